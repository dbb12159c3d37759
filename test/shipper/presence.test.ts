import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Provider } from "../../src/domain/provider.ts";
import { startedAt } from "../../src/lib/process/started.ts";
import { claude } from "../../src/providers/claude.ts";
import { LiveSessions } from "../../src/shipper/presence.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, testAgent, until } from "../support/agent-home.ts";
import { startIngestServer } from "../support/ingest-server.ts";

const ID = "0997a687-2ef9-4e82-9a79-64e1909c7155";

let home: AgentHome;
const closing: { close(): unknown }[] = [];
beforeEach(() => {
  home = new AgentHome();
});
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
  await home.close();
});

const folder = () => join(home.dir, ".claude/sessions");

/** What the agent writes while it runs: its own process is this one. */
function signal(status: string, more: object = {}, pid = process.pid) {
  mkdirSync(folder(), { recursive: true });
  const said = { pid, sessionId: ID, cwd: "/work", kind: "interactive", status, updatedAt: Date.now(), ...more };
  writeFileSync(join(folder(), `${pid}.json`), JSON.stringify(said));
}

function watching(changed: () => void = () => {}): LiveSessions {
  const live = new LiveSessions([claude as Provider], { HOME: home.dir }, changed);
  closing.push(live);
  return live;
}

const states = (live: LiveSessions) => live.live.map(({ state, waiting_for }) => [state, waiting_for]);

test("a session is what its agent says of it, from one moment to the next", async () => {
  signal("busy");
  const live = watching();
  expect(live.live).toMatchObject([{ provider: "claude", provider_session_id: ID, state: "working" }]);

  signal("waiting", { waitingFor: "permission prompt" });
  await until(() => states(live)[0]?.[0] === "waiting", 1000);
  expect(states(live)).toEqual([["waiting", "permission prompt"]]);

  signal("idle");
  await until(() => states(live)[0]?.[0] === "idle", 1000);
  rmSync(join(folder(), `${process.pid}.json`));
  await until(() => live.live.length === 0, 1000);
});

test("a folder that appears later is watched from then on", async () => {
  const live = watching();

  signal("busy");

  await until(() => states(live)[0]?.[0] === "working", 3000);
});

test("the signal of a killed agent counts for nothing, also when its pid is another's now", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  signal("waiting", {}, child.pid);
  const live = watching();
  expect(states(live)).toHaveLength(1);

  child.kill("SIGKILL");
  await child.exited;
  await until(() => live.live.length === 0, 3000);

  const path = join(folder(), `${process.pid}.json`);
  signal("waiting");
  // Written an hour before the process that has this pid now was begun.
  const before = startedAt(process.pid)! / 1000 - 3600;
  utimesSync(path, before, before);
  expect(watching().live).toEqual([]);
});

test("what is torn, foreign, huge or no file says nothing, and keys beside the signals are never opened", () => {
  mkdirSync(join(folder(), "7.json"), { recursive: true });
  for (const [name, text] of [
    ["1.json", '{"sessionId":'],
    ["2.json", "[]"],
    ["3.json", JSON.stringify({ sessionId: ID, pid: 4 })],
    ["4.json", `{"sessionId":"${ID}","x":"${"x".repeat(70_000)}"}`],
    [`${process.pid}.key`, JSON.stringify({ sessionId: ID, status: "busy" })],
    [`${process.pid}.json.tmp`, JSON.stringify({ sessionId: ID, status: "busy" })],
  ] as const)
    writeFileSync(join(folder(), name), text);
  symlinkSync("/etc/hostname", join(folder(), "8.json"));

  expect(watching().live).toEqual([]);
});

test("a torn signal leaves what was said before it", async () => {
  signal("waiting");
  const live = watching();
  writeFileSync(join(folder(), `${process.pid}.json`), '{"pid":');
  await Bun.sleep(100);

  expect(states(live)).toEqual([["waiting", undefined]]);
});

test("of two processes that have one session open, the one that waits is told of", () => {
  const child = Bun.spawn(["sleep", "60"]);
  closing.push({ close: () => child.kill() });
  signal("waiting", { waitingFor: "answer" });
  signal("busy", {}, child.pid);

  expect(states(watching())).toEqual([["waiting", "answer"]]);
});

test("the server hears of a change at once, and of nothing while nothing changes", async () => {
  const heard: { live: { state: string }[] }[] = [];
  const server = startIngestServer();
  closing.push({ close: () => server.stop() });
  server.heard = (heartbeat) => void heard.push(heartbeat as (typeof heard)[number]);
  server.interval = 30;
  const agent: Provider = { ...testAgent, presence: (env) => claude.presence!(env) };
  const shipper = home.shipper(server.url, {}, [agent]);
  void shipForEver(shipper);
  await until(() => heard.length > 0);

  signal("waiting", { waitingFor: "permission prompt" });
  await until(() => heard.at(-1)?.live[0]?.state === "waiting", 3000);
  const quiet = heard.length;
  // Its `updatedAt` is another.
  signal("waiting", { waitingFor: "permission prompt" });
  await Bun.sleep(400);

  expect(heard.at(-1)?.live).toMatchObject([{ provider_session_id: ID, waiting_for: "permission prompt" }]);
  expect(heard.length).toBe(quiet);
});

test("an agent that writes on while it waits is told of again", async () => {
  const heard: unknown[] = [];
  const server = startIngestServer();
  closing.push({ close: () => server.stop() });
  server.heard = (heartbeat) => void heard.push(heartbeat);
  server.interval = 30;
  const agent: Provider = { ...testAgent, presence: (env) => claude.presence!(env) };
  void shipForEver(home.shipper(server.url, {}, [agent]));
  signal("waiting");
  await until(() => heard.length >= 1);
  await Bun.sleep(300);
  const before = heard.length;

  home.write("a.jsonl", "x\n");

  await until(() => heard.length > before, 6000);
});
