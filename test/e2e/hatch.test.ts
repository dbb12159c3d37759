/** `longhouse hatch` where the archive is another machine's, on the compiled binary: its tools in the turn, its session there. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { storeDeviceToken } from "../../src/shipper/token.ts";
import { program } from "../support/fake-cli.ts";
import { writer } from "../support/fill.ts";
import { sessionsOf } from "../support/remote.ts";
import { BINARY, isolated, type Server, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { turnTokens } from "../support/turn-tokens.ts";
import { eventually } from "../support/web.ts";

let far: Server;
beforeAll(async () => {
  far = await startServer();
});
afterAll(() => far.stop());

test("named by LONGHOUSE_URL: the turn has its tools and no more, the token ends with it, the session is there", async () => {
  const desk = deskOf("named");
  const shown = await hatch(desk, { LONGHOUSE_URL: far.url, LONGHOUSE_TOKEN: await deviceToken("named") });

  expect(shown).toMatchObject({ ok: true, output: "wrote 200, made 403, shipped 403" });
  const kept = await far.json<{ value: string; by: string }>("/api/memory/named");
  expect(kept).toMatchObject({ value: "green", by: "named" });
  expect(turnTokens(far.data)).toEqual({ made: 1, good: 0 });
  await archivedAt(far, desk.session);
  expect(existsSync(desk.data)).toBe(false);
});

test("met by auth: the same, without a word about it on the command line", async () => {
  const desk = deskOf("met");
  storeDeviceToken(join(desk.home, ".claude"), { url: far.url, token: await deviceToken("met") });

  expect(await hatch(desk)).toMatchObject({ ok: true, output: "wrote 200, made 403, shipped 403" });
  expect(await far.json("/api/memory/met")).toMatchObject({ by: "met" });
  await archivedAt(far, desk.session);
});

test("named, while this machine's own server ships its sessions: it is in the archive that was named as well", async () => {
  const desk = deskOf("both");
  const near = await startServer({ home: desk.home, data: desk.data, args: [] });
  const shown = await hatch(desk, { LONGHOUSE_URL: far.url, LONGHOUSE_TOKEN: await deviceToken("both") });

  expect(shown).toMatchObject({ ok: true });
  expect(await far.json("/api/memory/both")).toMatchObject({ value: "green" });
  await archivedAt(far, desk.session);
  await archivedAt(near, desk.session);
  await near.stop();
});

test("a token that may not give tools away, and a server that is away, leave the turn without them", async () => {
  const desk = deskOf("alone");
  const without = { ok: true, output: "no tools" };
  const reading = { LONGHOUSE_URL: far.url, LONGHOUSE_TOKEN: await deviceToken("alone", "ingest") };
  expect(await hatch(desk, reading)).toMatchObject(without);
  const away = { LONGHOUSE_URL: "http://127.0.0.1:1", LONGHOUSE_TOKEN: "lh_x" };
  expect(await hatch(desk, away)).toMatchObject(without);
});

type Desk = { readonly home: string; readonly data: string; readonly bin: string; readonly session: string };

/** A machine whose only agent calls a tool, tries what its token must not do, writes its session and is done. */
function deskOf(key: string): Desk {
  const home = tempDir(`hatch-${key}`);
  const folder = join(home, ".claude/projects/-w");
  mkdirSync(folder, { recursive: true });
  const session = crypto.randomUUID();
  const lines = writer({ id: session, cwd: "/w" });
  const text = `${[lines.prompt("Please do it."), lines.reply("It is done.")].join("\n")}\n`;
  writeFileSync(join(home, "lines"), text);
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call" };
  const call = { ...body, params: { name: "memory_write", arguments: { key, value: "green" } } };
  const script = `#!${process.execPath}
    import { cpSync, readFileSync } from "node:fs";
    await Bun.stdin.text();
    const file = process.argv.find((word) => word.startsWith("--mcp-config="))?.slice(13);
    const said = file === undefined ? "no tools" : await use(JSON.parse(readFileSync(file, "utf8")).mcpServers.longhouse);
    cpSync(${JSON.stringify(join(home, "lines"))}, ${JSON.stringify(join(folder, `${session}.jsonl`))});
    say({ type: "system", subtype: "init", session_id: ${JSON.stringify(session)} });
    say({ type: "assistant", message: { content: [{ type: "text", text: said }] } });
    say({ type: "result", subtype: "success", is_error: false, result: said });

    async function use({ url, headers }) {
      const post = async (path, body) => {
        const own = { ...headers, "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
        return (await fetch(new URL(path, url), { method: "POST", headers: own, body: JSON.stringify(body) })).status;
      };
      const wrote = await post("/mcp", ${JSON.stringify(call)});
      const made = await post("/api/devices/tokens", { device_id: "x", scope: "tools" });
      return \`wrote \${wrote}, made \${made}, shipped \${await post("/api/agents/ingest?provider=claude&path=/x", {})}\`;
    }
    function say(line) { console.log(JSON.stringify(line)); }
  `;
  return { home, data: join(home, ".longhouse"), bin: program(tempDir("bin"), "claude", script), session };
}

async function hatch({ home, data, bin }: Desk, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const own = isolated(home, data, env);
  const child = Bun.spawn([BINARY, "hatch", "--json", "-"], {
    cwd: home,
    env: { ...own, PATH: [bin, own["PATH"]].join(delimiter) },
    stdio: [new Blob(["Please do it."]), "pipe", "inherit"],
  });
  return JSON.parse(await new Response(child.stdout).text());
}

async function deviceToken(device_id: string, scope = "device"): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const answer = await far.api("/api/devices/tokens", {
    method: "POST",
    headers,
    body: JSON.stringify({ device_id, scope }),
  });
  return ((await answer.json()) as { token: string }).token;
}

async function archivedAt(server: Server, session: string): Promise<void> {
  const ids = async () => (await sessionsOf(server)).map(({ provider_session_id }) => provider_session_id);
  await eventually(ids, (all) => all.includes(session), 30_000);
}
