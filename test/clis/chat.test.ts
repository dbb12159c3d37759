/** Sessions gone on with over HTTP by the real agents: restored, asked, answered, stopped, found again after a kill. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Approval, ChatTurn } from "../../src/domain/chat.ts";
import { MARKER } from "../../src/lib/process/launch.ts";
import { markedProcesses } from "../../src/lib/process/table.ts";
import { createParser, type TurnEvent } from "../../ui/chat/stream.ts";
import { until } from "../support/agent-home.ts";
import { put } from "../support/agents.ts";
import { eventsOf, raw, sourcesOf } from "../support/remote.ts";
import type { Server } from "../support/server.ts";
import { AGENTS, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { free, made, model, setUp, type There } from "./support/two-machines.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = (name: string) => (clis.kind === "ready" ? name : `${name} (skipped: ${clis.reason})`);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function ready(agent: RealAgent): Promise<There> {
  const there = await setUp(agent, dir);
  closing.push(there.close);
  return there;
}

/** An agent that cannot be asked once it goes on with a session. */
const asks = ({ name }: RealAgent) => name !== "gemini";

describe.skipIf(clis.kind === "missing")(title("going on with a session"), () => {
  for (const agent of AGENTS) {
    test(`${agent.name}: a session of another machine that is gone there goes on here, both turns once and byte-exact`, async () => {
      const there = await ready(agent);
      const session = await made(there, "cedar");
      const choose = await say(there.server, session, { message: model([{ text: "no" }]) });
      expect([choose.status, choose.fault?.error.code]).toEqual([409, "workspace_choice"]);
      expect(choose.fault!.choices.map(({ kind }: { kind: string }) => kind)).toContain("scratch");
      const said = await say(there.server, session, {
        message: model([
          { text: "second birch", tools: [{ write: { path: "made.txt", content: "by birch\n" } }] },
          { text: "last birch" },
        ]),
        workspace: "scratch",
        permission_mode: free(agent),
      });
      expect(said.fault).toBe(null);
      expect(said.events.at(-1)).toMatchObject({ name: "done", data: { exit_code: 0, outcome: "ok" } });
      // It remembers: what was asked and said on the other machine is before the model.
      const asked = there.model.told.findLast((text) => text.includes("second birch"))!;
      expect(asked.split("last cedar").length - 1).toBeGreaterThanOrEqual(2);
      const texts = (await eventsOf(there.server, session)).map((event) => JSON.stringify(event));
      for (const word of ["last cedar", "second birch", "last birch"])
        expect([word, texts.filter((text) => text.includes(word) && text.includes('"kind":"reply"')).length]).toEqual([
          word,
          1,
        ]);
      const turn = await there.server.json<ChatTurn>(`/api/turns/${said.turn}`);
      expect(turn.workspace).toMatchObject({ kind: "scratch", changed: true });
      expect(await Bun.file(join(turn.workspace!.path, "made.txt")).text()).toBe("by birch\n");
      const where = `/api/sessions/${session}/workspace`;
      expect(await there.server.json<unknown>(where)).toMatchObject({ changes: ["made.txt"] });
      const logs = (await sourcesOf(there.server)).filter(
        ({ path, session_id }) => session_id === session && path.endsWith(".jsonl"),
      );
      const here = logs.find(({ path }) => path.startsWith(there.home));
      expect(await raw(there.server, here!.id)).toEqual(Buffer.from(await Bun.file(here!.path).arrayBuffer()));
      const discarded = await there.server.api(where, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ decision: "discard" }),
      });
      expect(await discarded.json()).toMatchObject({ changes: [] });
      expect(existsSync(turn.workspace!.path)).toBe(false);
    }, 90_000);

    test(`${agent.name}: three messages at once, one goes through and the others are told who holds the session`, async () => {
      const there = await ready(agent);
      const session = await made(there, "elm");
      const wish = {
        message: model([{ text: "only one", delayMs: 1500 }]),
        workspace: "scratch",
        permission_mode: free(agent),
      };
      const all = await Promise.all([1, 2, 3].map(() => say(there.server, session, wish)));
      expect(all.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
      const refused = all.find(({ status }) => status === 409)!;
      expect(refused.fault).toMatchObject({
        error: { code: "session_locked" },
        lock: { locked: true, holder: { kind: "turn" } },
      });
      const lock = await there.server.json<{ locked: boolean }>(`/api/sessions/${session}/lock`);
      expect(lock.locked).toBe(false);
    }, 90_000);

    test(`${agent.name}: a turn that is stopped ends within seconds, and nothing of it is left`, async () => {
      const there = await ready(agent);
      const session = await made(there, "fir");
      const going = say(there.server, session, {
        message: model([
          { text: "working", tools: [{ bash: "sleep 300 & setsid sleep 301 & sleep 5" }] },
          { text: "never", delayMs: 60_000 },
        ]),
        workspace: "scratch",
        permission_mode: free(agent),
      });
      const id = await turnId(there.server, session);
      await Bun.sleep(3000);
      const asked = performance.now();
      await there.server.api(`/api/turns/${id}/cancellation`, { method: "PUT" });
      const said = await going;
      expect(performance.now() - asked).toBeLessThan(15_000);
      expect(said.events.at(-1)).toMatchObject({ name: "done", data: { exit_code: 1 } });
      expect(markedProcesses(MARKER, id)).toEqual([]);
    }, 90_000);

    test.skipIf(!asks(agent))(
      `${agent.name}: what it asks waits for an answer, through a kill of the server`,
      async () => {
        const there = await ready(agent);
        // Its settings allow much without asking.
        if (agent.name === "claude") put(join(there.home, agent.settings), "{}");
        const session = await made(there, "oak");
        const begun = say(there.server, session, {
          message: model([{ text: "may I", tools: [{ bash: "touch asked.txt" }] }, { text: "last oak two" }]),
          workspace: "scratch",
        }).catch(() => null);
        const approval = await pending(there.server);
        expect(approval.detail).toContain("touch asked.txt");
        await there.server.stop("SIGKILL");
        await begun;
        const server = await there.again();
        expect(await pending(server)).toMatchObject({ id: approval.id });
        const answer = (decision: string) =>
          server.api(`/api/approvals/${approval.id}`, {
            method: "PUT",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ decision }),
          });
        expect((await answer("once")).status).toBe(200);
        expect((await answer("once")).status).toBe(200);
        expect((await answer("deny")).status).toBe(409);
        const id = approval.turn_id;
        await until(async () => (await server.json<ChatTurn>(`/api/turns/${id}`)).state === "ended", 30_000);
        const turn = await server.json<ChatTurn>(`/api/turns/${id}`);
        expect(turn.outcome).toMatchObject({ kind: "ok" });
        expect(await Bun.file(join(turn.workspace!.path, "asked.txt")).exists()).toBe(true);
        expect(markedProcesses(MARKER, id)).toEqual([]);
        const whole = await stream(server, id, -1);
        for (const last of [0, Math.floor(whole.length / 2), whole.length - 2]) {
          const from = whole[last]!.id ?? -1;
          expect(numbered(await stream(server, id, from))).toEqual(numbered(whole).filter(({ id: n }) => n! > from));
        }
      },
      120_000,
    );
  }
});

type Fault = {
  readonly error: { readonly code: string };
  readonly choices: readonly { readonly kind: string }[];
  readonly lock: unknown;
};

async function say(server: Server, session: string, body: unknown) {
  const answer = await server.api(`/api/sessions/${session}/chat`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) return { status: answer.status, turn: "", events: [], fault: (await answer.json()) as Fault };
  return {
    status: answer.status,
    turn: answer.headers.get("X-Turn-Id")!,
    events: createParser()(await answer.text()),
    fault: null,
  };
}

async function stream(server: Server, turn: string, last: number): Promise<TurnEvent[]> {
  const answer = await server.api(`/api/turns/${turn}/stream`, { headers: { "Last-Event-ID": String(last) } });
  return createParser()(await answer.text());
}

const numbered = (events: readonly TurnEvent[]) =>
  events.filter(({ id, name }) => id !== null && !["done", "error"].includes(name));

async function turnId(server: Server, session: string): Promise<string> {
  type Lock = { readonly holder: { readonly id: string } | null };
  const look = () => server.json<Lock>(`/api/sessions/${session}/lock`);
  await until(async () => (await look()).holder !== null);
  return (await look()).holder!.id;
}

async function pending(server: Server): Promise<Approval> {
  const look = async () => (await server.json<{ approvals: Approval[] }>("/api/approvals?state=pending")).approvals[0];
  await until(async () => (await look()) !== undefined, 30_000);
  return (await look())!;
}
