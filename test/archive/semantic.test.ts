/** Search by meaning: what is found, what goes with what is deleted, and that a bad server of embeddings changes nothing. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { startEmbeddings } from "../support/embeddings-server.ts";
import type { EmbeddingsTwin, Manner } from "../support/embeddings-server.ts";
import { sessionOf } from "../support/search-lab.ts";
import { KEY, openSemanticLab, until } from "../support/semantic-lab.ts";
import type { SemanticLab } from "../support/semantic-lab.ts";

let twin: EmbeddingsTwin;
let lab: SemanticLab;
beforeEach(() => {
  twin = startEmbeddings();
  lab = openSemanticLab(twin);
});
afterEach(async () => {
  twin.manner = "well";
  await lab.close();
  twin.stop();
});

/** Everything there is has its vectors. */
const made = (vectors: number) =>
  until(() => lab.status().state === "ready" && lab.status().vectors === vectors && lab.vectors().length === vectors);

const CAR = "the automobile needs repair before friday";
const BREAD = "flour water yeast and patience make bread";
const DATABASE = "sluggish database index statistics planner";

async function threeSessions() {
  await lab.tell(1, [CAR]);
  await lab.tell(2, [BREAD]);
  await lab.tell(3, [DATABASE]);
  await made(3);
}

test("what holds none of the words is found by what they mean, and says so", async () => {
  await threeSessions();

  const answer = await lab.find("fix my car");

  expect(answer.sessions.map(({ match }) => match?.snippet)).toEqual([CAR]);
  expect(answer.sessions[0]?.match).toMatchObject({ by_meaning: true, ranges: [], role: "user" });
  expect(answer).toMatchObject({ tier: "semantic", meaning: "used" });
});

test("without being asked to, it answers by words alone, offers more, and sends nothing", async () => {
  await threeSessions();
  const before = twin.requests;

  const answer = await lab.find("fix my car", { semantic: false });

  expect(answer.sessions).toEqual([]);
  expect(answer.meaning).toBe("offered");
  expect(twin.requests).toBe(before);
});

test("found by words and by meaning comes before found by one of them", async () => {
  await lab.tell(1, ["credentials of the staging machine expired"]);
  const much = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
  await lab.tell(2, [`password ${much}`]);
  await lab.tell(3, [`staging ${much}`]);
  await made(3);

  const numbers = await lab.found("staging password");

  expect(numbers[0]).toBe(1);
});

test("a page of both goes on where it ended, and nothing comes twice", async () => {
  for (let n = 1; n <= 7; n++)
    await lab.tell(n, [n < 4 ? `automobile repair in garage number ${n}` : `the car ${n} needs some washing`]);
  await made(7);

  const all: number[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<SemanticLab["find"]>> = await lab.find("car", { limit: 2, cursor });
    all.push(...page.sessions.map(({ provider_session_id: id }) => Number(id.slice(-12))));
    cursor = page.next;
  } while (cursor !== null);

  expect(all.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("filters hold for what is found by meaning too", async () => {
  await lab.tell(1, [CAR], Date.parse("2026-01-01T10:00:00Z"));
  await lab.tell(2, [`${CAR} again`], Date.parse("2026-03-01T10:00:00Z"));
  await made(2);

  expect((await lab.found("fix car")).toSorted()).toEqual([1, 2]);
  expect(await lab.found("fix car before:2026-02-01")).toEqual([1]);
  expect(await lab.found("fix car agent:nobody")).toEqual([]);
});

test("what asks for exactly something is not answered by what is merely near", async () => {
  await threeSessions();
  const before = twin.requests;

  for (const query of ['"fix car"', "car -bread", "fix OR car", "vehicl*", "tool:bash car", "role:user vehicle"])
    expect([query, (await lab.find(query)).meaning]).toEqual([query, undefined]);
  expect(twin.requests).toBe(before);
});

test("a deleted session's vectors are gone from the table and from the file", async () => {
  await threeSessions();
  const db = new Database(lab.path, { readonly: true });
  const row = db.query<{ numbers: Uint8Array }, []>("SELECT numbers FROM vectors ORDER BY session LIMIT 1").get()!;
  db.close();
  const [session] = (await lab.find("fix my car")).sessions;

  await lab.archive.run("deleteSession", { id: session!.id, copies: false });
  await until(() => lab.vectors().length === 2);
  await lab.settled();

  expect((await lab.find("fix my car")).sessions).toEqual([]);
  await until(async () => {
    const files = await Promise.all(
      ["", "-wal"].map(async (end) =>
        existsSync(lab.path + end) ? Bun.file(lab.path + end).bytes() : new Uint8Array(),
      ),
    );
    return files.every((bytes) => !Buffer.from(bytes).includes(row.numbers));
  });
});

test("deletion does not wait for a server that does not answer", async () => {
  await threeSessions();
  const [session] = (await lab.find("fix my car")).sessions;
  twin.manner = "silent";
  await lab.tell(4, ["this text waits for its vector for a long time"]);
  await until(() => twin.asked.some((text) => text.includes("waits for its vector")));

  await lab.archive.run("deleteSession", { id: session!.id, copies: false });

  await until(() => lab.vectors().length === 2);
});

test("only what changed is asked for again", async () => {
  const { path, write } = sessionOf(1, []);
  await lab.append(path, `${write.prompt(CAR)}\n`);
  await made(1);
  await lab.append(path, `${write.prompt(BREAD)}\n`);
  await made(2);
  const before = twin.asked.length;

  await lab.archive.run("reindexAll", null);
  await lab.settled();
  await lab.append(path, `${write.prompt(DATABASE)}\n`);
  await until(() => lab.vectors().length === 3);

  expect(twin.asked.slice(before)).toEqual([DATABASE]);
});

test("what stands there is not asked for again after a restart, nor what a killed one had made", async () => {
  await threeSessions();
  const asked = twin.asked.length;
  const dir = lab.path.replace(/\/[^/]+$/, "");
  await lab.close();

  lab = openSemanticLab(twin, { dir });
  await made(3);

  expect(twin.asked.length).toBe(asked);
  expect(await lab.found("fix my car")).toEqual([1]);
});

test("another model makes all vectors anew", async () => {
  await threeSessions();
  const asked = twin.asked.length;
  const dir = lab.path.replace(/\/[^/]+$/, "");
  await lab.close();

  lab = openSemanticLab(twin, { dir, model: "words-2" });
  await made(3);

  expect(twin.asked.slice(asked).toSorted()).toEqual([CAR, BREAD, DATABASE].toSorted());
});

test("a server that gives vectors of another length twice has another model", async () => {
  await threeSessions();
  twin.dims = 64;

  await lab.tell(4, ["and one more text about something else"]);
  await made(4);

  const db = new Database(lab.path, { readonly: true });
  const lengths = db.query<{ n: number }, []>("SELECT DISTINCT length(numbers) AS n FROM vectors").all();
  db.close();
  expect(lengths).toEqual([{ n: 64 }]);
  expect(await lab.found("fix my car")).toEqual([1]);
});

test("turned off, the vectors' file is removed and nothing is sent; the index is not touched", async () => {
  await threeSessions();
  const dir = lab.path.replace(/\/[^/]+$/, "");
  const requests = twin.requests;
  await lab.close();
  const index = await Bun.file(lab.paths.search).bytes();

  lab = openSemanticLab(twin, { dir, off: true });
  const answer = await lab.find("fix my car");

  expect(["", "-wal", "-shm"].filter((end) => existsSync(lab.path + end))).toEqual([]);
  expect([answer.sessions, answer.meaning]).toEqual([[], undefined]);
  expect(await Bun.file(lab.paths.search).bytes()).toEqual(index);
  expect(twin.requests).toBe(requests);
});

const BAD: readonly Manner[] = ["broken", "limited", "denied", "garbage", "short", "uneven", "infinite", "elsewhere"];

test("a server that is wrong in any way says so, changes no answer, and is used again when it is well", async () => {
  await threeSessions();
  const byWords = await lab.find("bread", { semantic: false });
  for (const [n, manner] of BAD.entries()) {
    twin.manner = manner;
    await lab.tell(4 + n, [`quick brown foxes jump over ${n} lazy dogs`]);
    await until(() => lab.status().state === "waiting");

    const answer = await lab.find(`bread${" ".repeat(n)}`);

    // A single vector is never one too few for what is `uneven`.
    if (manner !== "uneven")
      expect([manner, answer.sessions, answer.tier]).toEqual([manner, byWords.sessions, byWords.tier]);
    expect([manner, lab.status().error]).not.toEqual([manner, null]);
    twin.manner = "well";
    await made(4 + n);
    expect(lab.status().error).toBeNull();
  }
  const told = JSON.stringify([lab.status(), lab.troubles]);
  expect(lab.troubles.length).toBeGreaterThanOrEqual(BAD.length);
  for (const secret of [KEY, "foxes", "you sent"]) expect(told).not.toContain(secret);
});

test("a server that does not answer is not waited for", async () => {
  await threeSessions();
  twin.manner = "silent";

  const answer = await lab.find("bread");
  const again = await lab.find("bread flour");

  expect(answer.sessions.length).toBe(1);
  expect([answer.meaning, again.meaning]).toEqual([undefined, undefined]);
});

test("a text that the server refuses is left out, the others are not", async () => {
  twin.manner = "picky";
  await lab.tell(1, ["an unwelcome text that no server wants", CAR, BREAD, `${BREAD} once more`]);

  await made(3);

  expect(lab.status().error).toBeNull();
  expect(await lab.found("fix my car")).toEqual([1]);
});

test("an archive damaged in its vectors makes them anew", async () => {
  await threeSessions();
  const dir = lab.path.replace(/\/[^/]+$/, "");
  await lab.close();
  await Bun.write(lab.path, "this is no database, and it never was one; it is only long enough to look at");

  lab = openSemanticLab(twin, { dir });

  await made(3);
});

test("nothing is sent before it is set up, and only prompts and replies are", async () => {
  const { path, write } = sessionOf(1, []);
  const lines = [write.prompt(CAR), write.call("Bash", "c1", { command: "cat /etc/hostname-of-the-machine" })];
  lines.push(write.result("c1", "a-host-that-nobody-is-to-know-of"), write.reply(BREAD));
  await lab.append(path, `${lines.join("\n")}\n`);
  await made(2);

  expect(twin.asked.toSorted()).toEqual([CAR, BREAD].toSorted());
  expect([...twin.keys]).toEqual([`Bearer ${KEY}`]);
});
