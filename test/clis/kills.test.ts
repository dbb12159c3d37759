/** Servers that are KILLed at random moments while the real agents go on with a session. TURN_KILLS: how many for each agent. */
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Approval, ChatTurn } from "../../src/domain/chat.ts";
import { MARKER } from "../../src/lib/process/launch.ts";
import { markedProcesses } from "../../src/lib/process/table.ts";
import { put } from "../support/agents.ts";
import { answer, lockOf, message, rejoined } from "../support/chat.ts";
import { seeded } from "../support/random.ts";
import { eventsOf, raw, sourcesOf } from "../support/remote.ts";
import { eventually } from "../support/web.ts";
import { AGENTS, type RealAgent } from "./support/agents.ts";
import { clisOrReason } from "./support/install.ts";
import { free, made, model, setUp, type There } from "./support/two-machines.ts";

const clis = clisOrReason();
const dir = clis.kind === "ready" ? clis.dir : "";
const title = (name: string) => (clis.kind === "ready" ? name : `${name} (skipped: ${clis.reason})`);
/** Ten for each of the three are the thirty that the figures name. */
const KILLS = Number(process.env.TURN_KILLS ?? 2);
const STEPS = [0, 1, 2, 3];

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe.skipIf(clis.kind === "missing")(title("servers that are killed"), () => {
  for (const agent of AGENTS)
    test(
      `${agent.name}: ${KILLS} KILLs at random moments: each turn ends once, complete, alone, archived once`,
      async () => {
        const there = await setUp(agent, dir);
        closing.push(there.close);
        // Its settings allow much without asking.
        if (agent.name === "claude") put(join(there.home, agent.settings), "{}");
        const session = await made(there, "ash");
        const pick = seeded(Number(process.env.SEED ?? 1));
        const outcomes: string[] = [];
        for (let kill = 0; kill < KILLS; kill++) outcomes.push(await killed(there, session, kill, pick.int(0, 3500)));
        console.log(`${agent.name}, turns after a kill: ${outcomes.join(" ")}`);
      },
      60_000 + KILLS * 60_000,
    );
});

const word = (kill: number, step: number) => `word-${kill}-${step} of the turn`;

/** It can be asked once it goes on with a session. */
const asks = ({ name }: RealAgent) => name !== "gemini";

/** One turn whose server is killed after so many ms; what became of the turn. */
async function killed(there: There, session: string, kill: number, afterMs: number): Promise<string> {
  const mayAsk = asks(there.agent) && kill % 2 === 1;
  const steps = STEPS.map((step) => ({
    text: word(kill, step),
    delayMs: 150,
    tools: [{ bash: `echo x >> ran-${kill}-${step}` }],
  }));
  const begun = message(there.server, session, {
    message: model([...steps, { text: word(kill, STEPS.length) }]),
    workspace: "scratch",
    ...(mayAsk ? {} : { permission_mode: free(there.agent) }),
  }).then(
    (one) => one.headers.get("X-Turn-Id"),
    () => null,
  );
  await Bun.sleep(afterMs);
  await there.server.stop("SIGKILL");
  const told = await Promise.race([begun, Bun.sleep(1000).then(() => null)]);
  const server = await there.again();
  const id = told ?? (await lockOf(server, session)).holder?.id ?? null;
  if (id === null || (await server.api(`/api/turns/${id}`)).status === 404) {
    await eventually(
      () => lockOf(server, session),
      ({ locked }) => !locked,
      70_000,
    );
    return "never";
  }
  await eventually(() => answered(there, id), Boolean, 60_000);
  const turn = await server.json<ChatTurn>(`/api/turns/${id}`);
  await expectAlone(there, session, id);
  await expectOnce(there, session, kill, turn);
  return mayAsk ? `${turn.outcome!.kind}, asked` : turn.outcome!.kind;
}

/** It has one end, nothing of it runs, and nobody holds the session. */
async function expectAlone({ server }: There, session: string, id: string) {
  expect((await rejoined(server, id, -1)).filter(({ name }) => name === "done")).toHaveLength(1);
  expect(markedProcesses(MARKER, id)).toEqual([]);
  expect((await lockOf(server, session)).locked).toBe(false);
}

/** What it said and did is in the archive and in the folder once, and the archive has the file's bytes. */
async function expectOnce({ server, home }: There, session: string, kill: number, { outcome, workspace }: ChatTurn) {
  await server.settled();
  const replies = (await eventsOf(server, session)).filter(({ kind }) => kind === "reply");
  const said = replies.map((reply) => JSON.stringify(reply));
  const times = [...STEPS, STEPS.length].map((step) => said.filter((one) => one.includes(word(kill, step))).length);
  const log = (await sourcesOf(server)).find(
    ({ path, session_id }) => session_id === session && path.startsWith(home) && path.endsWith(".jsonl"),
  );
  if (log) expect(await raw(server, log.id)).toEqual(Buffer.from(await Bun.file(log.path).arrayBuffer()));
  if (outcome!.kind === "ok") {
    expect(times).toEqual([1, 1, 1, 1, 1]);
    for (const step of STEPS) expect(await Bun.file(join(workspace!.path, `ran-${kill}-${step}`)).text()).toBe("x\n");
  } else {
    // Killed while the prompt was handed over it was not heard.
    expect(outcome!.message).toContain("it was not heard");
    expect(times).toEqual([0, 0, 0, 0, 0]);
  }
}

/** Answers what waits; true once the turn has ended. */
async function answered({ server }: There, id: string): Promise<boolean> {
  const { approvals } = await server.json<{ approvals: Approval[] }>("/api/approvals?state=pending");
  for (const one of approvals) await answer(server, one.id, { decision: "once" });
  return (await server.json<ChatTurn>(`/api/turns/${id}`)).state === "ended";
}
