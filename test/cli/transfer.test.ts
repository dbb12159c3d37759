import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "../../src/domain/session.ts";
import type { Source } from "../../src/domain/source.ts";
import { readZip } from "../../src/lib/zip.ts";
import { layAgents } from "../support/agents.ts";
import { cli, homes, serving, type Serving } from "../support/cli.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { tempDir } from "../support/temp.ts";

const one = homes();
const out = join(tempDir("out"), "all.zip");
let server: Serving;
let other: Serving;
const target = homes();

type Page = { sessions: Session[]; sources: Source[]; bytes: Map<string, string> };

/** All that a client sees of an archive. */
async function pageOf({ json, get }: Serving): Promise<Page> {
  const { sessions } = await json<{ sessions: Session[] }>(
    "/api/agents/sessions?limit=100&include_subagents=1&environment=production,test",
  );
  const { sources } = await json<{ sources: Source[] }>("/api/agents/sources?limit=1000");
  const alive = sources.filter(({ discarded }) => !discarded);
  const bytes = new Map<string, string>();
  for (const { id, device_id, path, generation } of alive)
    bytes.set(
      `${device_id} ${path} ${generation}`,
      Buffer.from(await (await get(`/api/agents/sources/${id}/raw`)).arrayBuffer()).toString("base64"),
    );
  return { sessions, sources: alive, bytes };
}

/** Without what belongs to one archive alone. */
const known = ({ id, title, tags, note, pinned, user_messages, tool_calls, tokens, parent_session_id }: Session) => ({
  id,
  title,
  tags,
  note,
  pinned,
  user_messages,
  tool_calls,
  tokens,
  parent_session_id,
});
const listed = (page: Page) => page.sessions.map(known).toSorted((a, b) => a.id.localeCompare(b.id));

async function post(to: Serving, method: string, path: string, body: unknown, type = "application/json") {
  const headers = { Authorization: `Bearer ${to.token}`, "Content-Type": type };
  return fetch(to.url + path, { method, headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}

async function settled(to: Serving) {
  for (let quiet = 0; quiet < 3; await Bun.sleep(50)) {
    const { derive } = await to.json<{ derive: { behind_bytes: number } }>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
}

let deletedId = "";
beforeAll(async () => {
  layAgents(one.user);
  server = await serving(one, ["--no-ship"]);
  await cli(one, ["ship"]);
  // Another machine's branch of a session, which came later, and the JSON form.
  const branch = { device_id: "second", provider: "claude", unit: "lines", generation: "0", offset: "0" };
  for (const [path, bytes] of [
    [fileOf(psid(70)), talk(4, { id: psid(70) })],
    [fileOf(psid(71)), talk(2, { id: psid(71) })],
  ] as const)
    await post(
      server,
      "POST",
      `/api/transfer/sources?${new URLSearchParams({ ...branch, path })}`,
      bytes,
      "text/plain",
    );
  const third = new URLSearchParams({ ...branch, device_id: "third", path: fileOf(psid(70)) });
  await post(
    server,
    "POST",
    `/api/transfer/sources?${third}`,
    `${talk(2, { id: psid(70) })}{"type":"y"}\n`,
    "text/plain",
  );
  await post(server, "POST", "/api/agents/ingest", {
    provider: "codex",
    started_at: "2026-01-01T00:00:00Z",
    provider_session_id: "by-json",
    project: "loom",
    events: [{ role: "user", timestamp: "2026-01-01T00:00:01Z", content_text: "hello" }],
  });
  await settled(server);
  const { sessions } = await pageOf(server);
  const [marked, doomed] = sessions.filter(({ provider_session_id: id }) => [psid(900), psid(71)].includes(id));
  await post(server, "PATCH", `/api/agents/sessions/${marked!.id}`, { title: "Mine", tags: ["kept"], pinned: true });
  deletedId = doomed!.id;
  await post(server, "DELETE", `/api/agents/sessions/${deletedId}`, "");
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await other?.stop();
});

test("an export is one file; imported elsewhere it gives the same sessions, ids, marks and bytes", async () => {
  const made = await cli(one, ["export", "--out", out, "--json"]);
  expect(JSON.parse(made.stdout)).toMatchObject({ failed: 0 });
  other = await serving(target, ["--no-ship"]);

  const taken = await cli(target, ["import", out, "--json"]);

  expect([taken.code, taken.stderr]).toEqual([0, ""]);
  expect(JSON.parse(taken.stdout)).toMatchObject({ failed: 0, discarded: 0 });
  const [before, after] = [await pageOf(server), await pageOf(other)];
  expect(listed(after)).toEqual(listed(before));
  expect(after.bytes).toEqual(before.bytes);
  expect(after.sessions.some(({ title }) => title === "Mine")).toBe(true);
}, 60_000);

test("importing it again changes nothing", async () => {
  const before = await pageOf(other);

  const taken = await cli(target, ["import", out]);

  expect(taken.code).toBe(0);
  const after = await pageOf(other);
  expect([listed(after), after.sources.length]).toEqual([listed(before), before.sources.length]);
}, 60_000);

test("a session deleted before the export is deleted in the other archive too", async () => {
  const { deleted } = await other.json<{ deleted: { id: string }[] }>("/api/agents/deleted");
  expect(deleted.map(({ id }) => id)).toEqual([deletedId]);
});

test("a session deleted where it is imported does not come back", async () => {
  const { sessions } = await pageOf(other);
  const gone = sessions.find(({ provider_session_id: id }) => id === psid(900))!;
  await post(other, "DELETE", `/api/agents/sessions/${gone.id}`, "");

  const taken = await cli(target, ["import", out, "--json"]);

  expect(JSON.parse(taken.stdout).discarded).toBeGreaterThan(0);
  await settled(other);
  expect((await pageOf(other)).sessions.some(({ id }) => id === gone.id)).toBe(false);
}, 60_000);

test("a folder is imported as a ZIP file is, and a damaged file is left out and told", async () => {
  const folder = join(tempDir("out"), "folder");
  await cli(one, ["export", "--out", folder]);
  const { sources } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const damaged = sources.find(({ through }: Source) => through > 100);
  writeFileSync(join(folder, damaged.file), readFileSync(join(folder, damaged.file)).fill(65, 10, 20));

  const taken = await cli(target, ["import", folder, "--json"]);

  expect([taken.code, JSON.parse(taken.stdout).failed]).toEqual([1, 1]);
}, 60_000);

test("what is no export is refused", async () => {
  const path = join(tempDir("no"), "x.zip");
  writeFileSync(path, "PK nothing");

  expect(readZip(path)).toBeNull();
  expect(await cli(target, ["import", path])).toMatchObject({ stderr: expect.stringContaining("no whole export") });
  expect(await cli(target, ["import", "/nowhere"])).toMatchObject({ code: 1 });
});
