/** Sub-agents and their parents, whichever comes first, and whichever is deleted. */
import { expect, test } from "bun:test";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";
import { openArchive } from "../support/archive.ts";
import type { TestArchive } from "../support/archive.ts";

type Row = Record<string, unknown>;
type File = { readonly provider: string; readonly path: string; readonly bytes: string };

const codexFile = (n: number, source: object): File => {
  const payload = { id: psid(n), timestamp: "2026-01-01T10:00:00Z", cwd: "/w", cli_version: "0.140.0", ...source };
  const header = { timestamp: "2026-01-01T10:00:00Z", type: "session_meta", payload };
  const content = [{ type: "input_text", text: `canary ${n}` }];
  const prompt = {
    timestamp: "2026-01-01T10:00:01Z",
    type: "response_item",
    payload: { type: "message", role: "user", content },
  };
  return {
    provider: "codex",
    path: `/home/u/.codex/sessions/2026/01/01/rollout-2026-01-01T10-00-00-${psid(n)}.jsonl`,
    bytes: `${JSON.stringify(header)}\n${JSON.stringify(prompt)}\n`,
  };
};

const FAMILIES: Record<string, { readonly parent: File; readonly child: File }> = {
  "whose name says so": {
    parent: { provider: "claude", path: fileOf(psid(1)), bytes: talk(1, { id: psid(1) }) },
    child: { provider: "claude", path: subagentFileOf(psid(1), "a1"), bytes: talk(1, { id: psid(1), agent: "a1" }) },
  },
  "whose header says so": {
    parent: codexFile(1, { source: "cli" }),
    child: codexFile(2, { source: { subagent: { thread_spawn: { parent_thread_id: psid(1), depth: 1 } } } }),
  },
};

const put = async (archive: TestArchive, ...files: readonly File[]) => {
  const replies = [];
  for (const file of files) replies.push(await archive.send(file));
  await archive.derived();
  return replies;
};
const rows = ({ db }: TestArchive) =>
  db
    .query<Row & { uuid: string }, []>("SELECT uuid, kind, parent_uuid, events FROM sessions ORDER BY kind, uuid")
    .all();

for (const [name, { parent, child }] of Object.entries(FAMILIES)) {
  test(`a helper ${name} finds its parent, whichever came first`, async () => {
    const forth = openArchive();
    const back = openArchive();
    await put(forth, parent, child);
    await put(back, child, parent);

    expect(rows(back)).toEqual(rows(forth));
    const [main, helper] = rows(back);
    expect([main!.kind, helper!.kind, helper!.parent_uuid]).toEqual(["main", "subagent", main!.uuid]);
    forth.close();
    back.close();
  });

  test(`a helper ${name} that comes after its parent was deleted went with it, and comes back with it`, async () => {
    const archive = openArchive();
    await put(archive, parent);
    const { uuid } = rows(archive)[0]!;
    await archive.run("deleteSession", { id: uuid, copies: false });

    const [reply] = await put(archive, child);

    expect(reply).toMatchObject({ kind: "ok" });
    expect(rows(archive)).toEqual([]);
    expect(archive.faults).toEqual([]);
    expect(archive.db.query("SELECT count(*) AS n FROM blocks").get()).toEqual({ n: 0 });
    expect(archive.db.query("SELECT count(*) AS n FROM tails").get()).toEqual({ n: 0 });
    expect(archive.db.query("SELECT count(*) AS n FROM events").get()).toEqual({ n: 0 });

    await archive.run("undeleteSession", { id: uuid });
    await put(archive, child, parent);
    expect(rows(archive).map((row) => row.kind)).toEqual(["main", "subagent"]);
    archive.close();
  });
}
