import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ChangedFiles } from "../../src/domain/changed-file.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp, type ApiApp } from "../support/api-app.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";

const CWD = "/home/ada/work/kiln";
const hunk = (at: number, before: string, after: string) => ({
  structuredPatch: [{ oldStart: at, oldLines: 1, newStart: at, newLines: 1, lines: [`-${before}`, `+${after}`] }],
});

let app: ApiApp;
beforeAll(async () => {
  app = await apiApp();
  const talk = conversation({ id: idOf(1), at: Date.now() - 60_000, cwd: CWD });
  talk.prompt("change it");
  const edit = (path: string, [at, before, after]: [number, string, string], failed = false) => {
    talk.call("Edit", { file_path: path, old_string: before, new_string: after });
    talk.result(failed ? "not found" : "done", {
      failed,
      result: failed ? "" : { filePath: path, ...hunk(at, before, after) },
    });
  };
  edit(`${CWD}/src/a.ts`, [10, "one", "two"]);
  edit(`${CWD}/src/a.ts`, [10, "two", "three"]);
  edit(`${CWD}/src/b.ts`, [1, "x", "y"]);
  edit(`${CWD}/src/b.ts`, [1, "z", "q"]);
  edit(`${CWD}/src/c.ts`, [1, "gone", "wrong"], true);
  talk.call("Write", { file_path: `${CWD}/new.ts`, content: "made\n" });
  talk.result("created", {
    result: { type: "create", filePath: `${CWD}/new.ts`, content: "made\n", structuredPatch: [] },
  });
  await app.archive.send({ path: pathOf({ id: idOf(1) }), bytes: talk.text() });
  const quiet = conversation({ id: idOf(2), at: Date.now() - 60_000 });
  quiet.prompt("only talk");
  await app.archive.send({ path: pathOf({ id: idOf(2) }), bytes: quiet.text() });
  await app.archive.derived();
});
afterAll(() => app.close());

const files = async (n: number) => {
  const answer = await app.ask(`/api/agents/sessions/${sessionId("claude", idOf(n))}/files`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as ChangedFiles).files;
};

test("edits of one file are summed up to what is left of them", async () => {
  const [a] = await files(1);

  expect(a).toMatchObject({ path: `${CWD}/src/a.ts`, edits: 2, added: 1, removed: 1, net: true, truncated: false });
  expect(a!.patch).toContain("@@ -10,1 +10,1 @@\n-one\n+three\n");
});

test("edits that do not fit together stand one after another, and it is said", async () => {
  const b = (await files(1)).find((file) => file.path.endsWith("b.ts"))!;

  expect(b).toMatchObject({ edits: 2, added: 2, removed: 2, net: false });
  expect(b.patch).toContain("-x\n+y\n");
  expect(b.patch).toContain("-z\n+q\n");
});

test("an edit that failed changed nothing; a file that was made is shown as made", async () => {
  const all = await files(1);

  expect(all.map((file) => file.path.slice(CWD.length + 1))).toEqual(["src/a.ts", "src/b.ts", "new.ts"]);
  expect(all[2]!.patch).toBe(`--- /dev/null\n+++ ${CWD}/new.ts\n@@ -0,0 +1,1 @@\n+made\n`);
});

test("a session that changed nothing has no files, one that is not there is 404", async () => {
  expect(await files(2)).toEqual([]);
  const missing = await app.ask(`/api/agents/sessions/${sessionId("claude", idOf(9))}/files`);
  expect(missing.status).toBe(404);
});
