/** Copied history is searched where it came from; where that was never archived, in the session that holds the copy. */
import { afterEach, expect, test } from "bun:test";
import { dirname } from "node:path";
import { fileOf, psid, writer } from "../support/fill.ts";
import { openLab } from "../support/search-lab.ts";
import type { SearchLab } from "../support/search-lab.ts";

const labs: SearchLab[] = [];
const lab = (dir?: string) => {
  const made = openLab(dir);
  labs.push(made);
  return made;
};
afterEach(() => labs.splice(0).forEach((made) => made.close()));

const origin = writer({ id: psid(1) });
const said = [origin.prompt("where is the pterodactyl"), origin.reply("beside the stegosaurus")];
const parent = { path: fileOf(psid(1)), text: said.map((line) => `${line}\n`).join("") };
const copies = said.map((line) => {
  const from = { sessionId: psid(1), messageUuid: (JSON.parse(line) as { uuid: string }).uuid };
  return JSON.stringify({ ...JSON.parse(line), sessionId: psid(2), forkedFrom: from });
});
const own = writer({ id: psid(2), at: Date.parse("2026-01-02T10:00:00Z") }).prompt("and the ankylosaurus");
const fork = { path: fileOf(psid(2)), text: [...copies, own].map((line) => `${line}\n`).join("") };

/** In which sessions the copied words are found, by the agent's own names. */
const holders = (made: SearchLab) =>
  ["pterodactyl", "stegosaurus"].map((word) => made.find(word).sessions.map((one) => one.provider_session_id));

test("what a fork copied of a session that was never archived is found in the fork", async () => {
  const made = lab();
  await made.append(fork.path, fork.text);
  await made.settled();

  expect(holders(made)).toEqual([[psid(2)], [psid(2)]]);
  expect(made.find("ankylosaurus").sessions).toHaveLength(1);
});

test("once its origin is there it is found in that alone, whichever came first", async () => {
  const before = lab();
  await before.append(fork.path, fork.text);
  await before.settled();
  await before.append(parent.path, parent.text);
  await before.settled();
  const after = lab();
  await after.append(parent.path, parent.text);
  await after.append(fork.path, fork.text);
  await after.settled();

  expect(holders(before)).toEqual([[psid(1)], [psid(1)]]);
  expect(holders(after)).toEqual([[psid(1)], [psid(1)]]);
});

test("copies that come later, a restart and a reindex change nothing", async () => {
  const first = lab();
  const [line, ...rest] = fork.text.split("\n");
  await first.append(fork.path, `${line}\n`);
  await first.settled();
  labs.length = 0;
  first.close();

  const made = lab(dirname(first.paths.search));
  await made.archive.send({ path: fork.path, offset: line!.length + 1, bytes: rest.join("\n") });
  await made.settled();
  expect(holders(made)).toEqual([[psid(2)], [psid(2)]]);
  await made.archive.run("reindexAll", null);
  await made.settled();

  expect(holders(made)).toEqual([[psid(2)], [psid(2)]]);
});

test("a deleted session's words are not brought back by a copy that stays", async () => {
  const made = lab();
  await made.append(parent.path, parent.text);
  await made.append(fork.path, fork.text);
  await made.settled();
  const { uuid } = made.archive.db
    .query<{ uuid: string }, [string]>("SELECT uuid FROM sessions WHERE psid = ?")
    .get(psid(1))!;

  await made.archive.run("deleteSession", { id: uuid, copies: false });
  await made.archive.run("reindexAll", null);
  await made.settled();

  expect(holders(made)).toEqual([[], []]);
  expect(made.find("ankylosaurus").sessions).toHaveLength(1);
});
