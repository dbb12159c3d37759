/** `reindex --search` and what `doctor` says of the index, beside a server and without one. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkIndex } from "../../src/store/search/check.ts";
import { claudeFile, put } from "../support/agents.ts";
import { cli, homes, serving } from "../support/cli.ts";
import { psid, talk } from "../support/fill.ts";

type Found = {
  readonly findings: readonly { readonly check: string; readonly level: string; readonly fix?: string }[];
};

test("the search index alone is built anew beside a server and without one; a damaged one is named, and mended", async () => {
  const where = homes();
  for (let n = 1; n <= 3; n++) put(claudeFile(where.user, n), talk(50, { id: psid(n) }));
  const index = join(where.home, "search.db");
  const server = await serving(where, ["--no-ship"]);
  await cli(where, ["ship"]);
  const beside = await cli(where, ["reindex", "--search", "--json"]);
  const found = await server.json<{ sessions: unknown[] }>("/api/agents/sessions?query=question");
  await server.stop();
  const whole = checkIndex(index);

  expect([beside.code, JSON.parse(beside.stdout).sessions]).toEqual([0, 0]);
  expect(found.sessions).toHaveLength(3);
  expect(whole).toEqual({ events: whole!.events, stale: 0, troubles: [] });

  writeFileSync(index, "no database at all ".repeat(2000));
  const { findings }: Found = JSON.parse((await cli(where, ["doctor", "--json"])).stdout);
  expect(findings.find(({ check }) => check === "search")).toMatchObject({
    level: "problem",
    fix: "longhouse reindex --search",
  });
  expect((await cli(where, ["reindex", "--search"])).stdout).toContain("The search index was built anew");
  expect(checkIndex(index)).toEqual(whole);
}, 60_000);
