/** Cursor's databases through the binary: a live one, the stores of one conversation, and a login token that goes nowhere. */
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { put } from "../support/agents.ts";
import { exchange, StateDatabase, writeStore } from "../support/cursor-databases.ts";
import { eventsOf, raw, sessionsOf, sourcesOf } from "../support/remote.ts";
import { command, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

const CANARY = "canary-b7d1f0e4c2";
const USER = ".config/Cursor/User";
const servers: Server[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function serve(home: string, args?: readonly string[]): Promise<Server> {
  const server = await startServer({ home, ...(args && { args }) });
  servers.push(server);
  return server;
}

/** All bytes of all files below `dir`. */
function bytesBelow(dir: string): Buffer {
  const files = (readdirSync(dir, { recursive: true }) as string[]).map((path) => join(dir, path));
  return Buffer.concat(files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)));
}

/** Forwards to the server and keeps what was sent, unpacked. */
function recorder(server: Server) {
  const sent: Buffer[] = [];
  const proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const body = Buffer.from(await request.arrayBuffer());
      const packed = request.headers.get("content-encoding") === "gzip";
      sent.push(Buffer.from(url.search), Buffer.from(JSON.stringify([...request.headers])));
      sent.push(packed ? Buffer.from(Bun.gunzipSync(body)) : body);
      const headers = new Headers(request.headers);
      headers.delete("host");
      return fetch(server.url + url.pathname + url.search, { method: request.method, headers, body });
    },
  });
  return { url: `http://127.0.0.1:${proxy.port}`, sent, stop: () => proxy.stop(true) };
}

/** A home with every store, each with secrets in it. */
function layStores(home: string): StateDatabase {
  const global = new StateDatabase(join(home, USER, "globalStorage/state.vscdb"));
  global.hide(CANARY);
  global.composer("c1", exchange(1, "Boil the water.", "It boils."), { name: "Tea", context: { key: CANARY } });
  const workspace = new StateDatabase(join(home, USER, "workspaceStorage/0a/state.vscdb"), "DELETE");
  workspace.hide(CANARY);
  const old = { composerId: "c2", createdAt: 1.7e12, conversation: exchange(2, "An old prompt.", "An old reply.") };
  workspace.item("composer.composerData", { allComposers: [old, { composerId: "c1", name: "Tea" }] });
  workspace.close();
  put(join(home, USER, "workspaceStorage/0a/workspace.json"), '{"folder":"file:///home/kim/tea"}');
  const said = [
    { role: "user", content: [{ type: "text", text: "<user_query>\nWarm the pot.\n</user_query>" }] },
    { role: "assistant", content: [{ type: "text", text: "The pot is warm." }] },
  ];
  writeStore(join(home, ".cursor/chats/0a/agent-1"), "agent-1", said, CANARY);
  const lines = said.map(({ role, content }) => JSON.stringify({ role, message: { content } }));
  put(join(home, ".cursor/projects/t/agent-transcripts/agent-1/agent-1.jsonl"), `${lines.join("\n")}\n`);
  put(join(home, ".cursor/projects/t/agent-transcripts/only.txt"), "user:\nSay tea.\n\nassistant:\nTea.\n");
  return global;
}

const texts = async (server: Server, psid: string): Promise<unknown[]> => {
  const session = (await sessionsOf(server)).find(({ provider_session_id }) => provider_session_id === psid);
  if (!session) return [];
  return (await eventsOf(server, session.id)).map((event) => event["content_text"]);
};

test("a login token in a database is found nowhere: home, spool, archive, logs, traffic", async () => {
  const home = tempDir("home");
  const server = await serve(home);
  const global = layStores(home);
  const proxy = recorder(server);

  for (const round of [1, 2]) {
    const env = { LONGHOUSE_TOKEN: server.token, LONGHOUSE_LOG_LEVEL: "debug" };
    const { code, stdout, stderr } = await command(server, ["ship", "--json", "--url", proxy.url], env);
    expect([round, code, stderr.includes(CANARY), stdout.includes(CANARY)]).toEqual([round, 0, false, false]);
    global.item("cursorAuth/accessToken", `${CANARY}-again`);
    global.composer("c1", [...exchange(1, "Boil the water.", "It boils."), ...exchange(3, "More.", "More.")]);
  }
  await server.settled();
  proxy.stop();

  const traffic = Buffer.concat(proxy.sent);
  expect(traffic.includes("Boil the water.")).toBe(true);
  expect(traffic.includes(CANARY)).toBe(false);
  for (const dir of [server.data, join(home, ".claude")])
    expect([dir, bytesBelow(dir).includes(CANARY)]).toEqual([dir, false]);
  for (const source of await sourcesOf(server)) {
    const bytes = await raw(server, source.id);
    expect([source.path, bytes.includes(CANARY)]).toEqual([source.path, false]);
  }
  global.close();
});

test("every store gives its sessions, and of two that have one conversation the better is shown", async () => {
  const home = tempDir("home");
  const server = await serve(home);
  layStores(home).close();
  await command(server, ["ship", "--json", "--url", server.url]);
  const second = await command(server, ["ship", "--json", "--url", server.url]);
  await server.settled();

  expect(JSON.parse(second.stdout)).toMatchObject({ bytes: 0, failed: 0 });
  const sessions = await sessionsOf(server);
  expect(sessions.map((session) => session.provider_session_id).toSorted()).toEqual(["agent-1", "c1", "c2", "only"]);
  expect(await texts(server, "c1")).toEqual(["Boil the water.", "It boils."]);
  expect(await texts(server, "c2")).toEqual(["An old prompt.", "An old reply."]);
  expect(await texts(server, "only")).toEqual(["Say tea.", "Tea."]);
  expect(await texts(server, "agent-1")).toEqual(["Warm the pot.", "The pot is warm."]);
  // The global database does not know the folder: the workspace's has the conversation's head.
  const tea = sessions.find((session) => session.provider_session_id === "c1")!;
  expect(tea).toMatchObject({ title: "Tea", cwd: "/home/kim/tea", project: "tea" });
  const chat = sessions.find((session) => session.provider_session_id === "agent-1")!;
  expect(chat).toMatchObject({ title: "Warm the pot", cwd: "/home/kim/tea", models: ["composer-1"] });
});

test("a transcript that came before its database gives way to it", async () => {
  const home = tempDir("home");
  const server = await serve(home);
  layStores(home).close();
  const first = await command(server, [
    "ship",
    "--json",
    "--url",
    server.url,
    "--file",
    join(home, ".cursor/projects/t"),
  ]);
  await server.settled();
  const before = (await sessionsOf(server)).find((session) => session.provider_session_id === "agent-1");

  await command(server, ["ship", "--json", "--url", server.url]);
  await server.settled();

  expect([first.code, before?.models]).toEqual([0, []]);
  expect(await texts(server, "agent-1")).toEqual(["Warm the pot.", "The pot is warm."]);
  expect((await sessionsOf(server)).find(({ id }) => id === before!.id)).toMatchObject({
    models: ["composer-1"],
    user_messages: 1,
    assistant_messages: 1,
  });
});

test("a live database of another process is followed, and never blocked", async () => {
  const home = tempDir("home");
  const global = layStores(home);
  const server = await serve(home, []);
  const script = put(
    join(home, "writer.ts"),
    `import { Database } from "bun:sqlite";
     const db = new Database(${JSON.stringify(global.path)}, { readwrite: true });
     db.run("PRAGMA busy_timeout = 0");
     const put = db.query("INSERT INTO cursorDiskKV VALUES (?, ?)");
     const headers = [];
     let failed = 0;
     for (let n = 0; n < 200; n++) {
       headers.push({ bubbleId: "n" + n, type: 1 });
       try {
         put.run("bubbleId:live:n" + n, JSON.stringify({ bubbleId: "n" + n, type: 1, text: "prompt " + n }));
         put.run("composerData:live", JSON.stringify({ composerId: "live", createdAt: 1.77e12, fullConversationHeadersOnly: headers }));
         db.run("INSERT INTO ItemTable VALUES ('cursorAuth/accessToken', '${CANARY}' || " + n + ")");
       } catch { failed++; }
       await Bun.sleep(10);
     }
     console.log(failed);`,
  );
  const child = Bun.spawn([process.execPath, script], { env: isolated(home, server.data), stdout: "pipe" });
  const failed = (await new Response(child.stdout).text()).trim();
  const deadline = Date.now() + 15_000;
  let shown: unknown[] = [];
  while (shown.length < 200 && Date.now() < deadline) {
    await Bun.sleep(100);
    shown = await texts(server, "live");
  }

  expect(failed).toBe("0");
  expect(shown).toEqual(Array.from({ length: 200 }, (_, n) => `prompt ${n}`));
  expect(bytesBelow(server.data).includes(CANARY)).toBe(false);
  expect(bytesBelow(join(home, ".claude")).includes(CANARY)).toBe(false);
  global.close();
}, 40_000);
