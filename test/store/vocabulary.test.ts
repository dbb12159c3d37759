import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeAppender } from "../../src/store/search/append.ts";
import { openIndex } from "../../src/store/search/schema.ts";
import { dropShard, listShards } from "../../src/store/search/shards.ts";
import { makeVocabulary } from "../../src/store/search/vocabulary.ts";
import { tempDir } from "../support/temp.ts";

test("of a shard that was taken away since, no words are found, and those of the others still are", () => {
  const path = join(tempDir(), "search.db");
  const index = openIndex(path);
  const appender = makeAppender(index);
  const put = (kind: "live" | "backfill", session: number, text: string) =>
    index
      .transaction(() => {
        appender.append(kind, { session, position: 0, events: [{ kind: 0, at: 1, tool: 0, text }] });
        appender.flush();
      })
      .immediate();
  put("live", 1, "pterodactyl");
  put("backfill", 2, "stegosaurus");
  const tables = listShards(index).map(({ id }) => `f${id}`);
  const vocabulary = makeVocabulary(path);
  expect(vocabulary.alike("pterodactil", tables)).toEqual(["pterodactyl"]);

  appender.forget();
  dropShard(index, listShards(index).find(({ kind }) => kind === "live")!.id);

  expect(vocabulary.alike("pterodactil", tables)).toEqual([]);
  expect(vocabulary.alike("stegosaurs", tables)).toEqual(["stegosaurus"]);
  vocabulary.close();
  index.close();
});
