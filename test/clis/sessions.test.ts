/** Sessions of the real agents: on the timeline by hook and by watcher, once, whole; and nothing of ours in the agent. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventsOf, sessionsOf, sourcesOf } from "../support/remote.ts";
import { AGENTS } from "./support/agents.ts";
import { type Clis, installClis } from "./support/install.ts";
import { arrival, type Lab, openLab } from "./support/lab.ts";
import { runHeadless, runTyped, script } from "./support/run.ts";

// Installing takes minutes and 860 MB: only where somebody asks for it.
const clis: Clis = process.env["TEST_CLIS"]
  ? installClis()
  : { kind: "missing", reason: "bun run test:clis runs them" };
const dir = clis.kind === "ready" ? clis.dir : "";
const title = (name: string) => (clis.kind === "ready" ? name : `${name} (skipped: ${clis.reason})`);

/** Figures, printed in the end: they are no assertions, for machines are noisy. */
const figures: string[] = [];
afterAll(() => console.log(figures.join("\n")));

const WAYS = [
  { by: "hook", ships: false, hooked: true },
  { by: "watcher", ships: true, hooked: false },
  { by: "both", ships: true, hooked: true },
] as const;

/** Everything the agent said and did is an event, once. */
async function expectWhole(lab: Lab, word: string) {
  await lab.server.settled();
  const sessions = await sessionsOf(lab.server);
  expect(sessions).toHaveLength(1);
  const texts = (await eventsOf(lab.server, sessions[0]!.id)).map((event) => JSON.stringify(event));
  for (const said of [`first ${word}`, `last ${word}`, `ran ${word}`])
    expect(
      texts.some((text) => text.includes(said)),
      `${said}: ${texts.join("\n").slice(0, 3000)}`,
    ).toBe(true);
  const replies = texts.filter(
    (text) => text.includes('"kind":"reply"') && text.includes(`last ${word}`) && !text.includes("FAKE"),
  );
  expect(replies).toHaveLength(1);
  const logs = (await sourcesOf(lab.server)).filter(({ path }) => path.endsWith(".jsonl"));
  expect(logs.every(({ generation }) => generation === 0)).toBe(true);
}

test(title("the agents' CLIs are there, or the reason why they are not is in a test's name"), () => {
  expect(clis.kind === "ready" || clis.reason !== "").toBe(true);
});

describe.skipIf(clis.kind === "missing")(title("real agents"), () => {
  for (const agent of AGENTS) {
    for (const { by, ships, hooked } of WAYS) {
      test(`${agent.name}, headless: its session is on the timeline by ${by}, once and whole`, async () => {
        const lab = await openLab(agent, { clis: dir, ships });
        const before = lab.settings();
        if (hooked) lab.hooks();
        const word = `plum${by}`;

        const { done: run, lateMs } = await arrival(lab, runHeadless(agent, lab.desk, script(word)));
        expect(run.code, run.stderr + run.stdout).toBe(0);

        figures.push(`${agent.name} headless by ${by}: ${Math.round(lateMs)} ms after its last write`);
        await expectWhole(lab, word);
        expect(run.stderr).not.toContain("longhouse");
        if (hooked) lab.unhook();
        expect(lab.settings().equals(before)).toBe(true);
        await lab.close();
      }, 120_000);
    }

    test(`${agent.name}, at a terminal: its session is on the timeline while it is open`, async () => {
      const lab = await openLab(agent, { clis: dir, ships: false });
      lab.hooks();
      const word = "quince";

      const { screen } = await runTyped(agent, lab.desk, {
        prompt: script(word),
        answer: `last${word}(?!["\\\\])`,
        look: async () => {
          // Only its pause says that it has written all of the turn.
          const { lateMs } = await arrival(lab, Bun.sleep(3000));
          figures.push(`${agent.name} typed, by hook: ${Math.round(lateMs)} ms after its last write`);
        },
      });

      expect(screen).not.toContain("ship--session");
      await arrival(lab, Promise.resolve());
      await expectWhole(lab, word);
      await lab.close();
    }, 120_000);
  }

  test("Codex' own notify is still run, with ours before it", async () => {
    const codex = AGENTS.find(({ name }) => name === "codex")!;
    const lab = await openLab(codex, { clis: dir, ships: false });
    lab.hooks();

    await runHeadless(codex, lab.desk, script("pear"));

    const told = join(lab.desk.home, "notified");
    for (const end = Date.now() + 5000; Date.now() < end && !existsSync(told);) await Bun.sleep(20);
    expect(JSON.parse(readFileSync(told, "utf8"))).toMatchObject({ type: "agent-turn-complete" });
    await lab.close();
  }, 120_000);

  test("hooks slow no agent", async () => {
    const slowed: string[] = [];
    for (const agent of AGENTS) {
      const [bare, hooked] = [
        await openLab(agent, { clis: dir, ships: true }),
        await openLab(agent, { clis: dir, ships: true }),
      ];
      // Not the tools' server, which the agent starts and waits for as well.
      hooked.hooks(["hooks"]);
      const times: [number[], number[]] = [[], []];
      for (let i = 0; i < 15; i++)
        for (const [n, lab] of [bare, hooked].entries())
          times[n]!.push((await runHeadless(agent, lab.desk, script(`fig${i}`))).ms);
      const [without, with_] = times.map((each) => each.toSorted((a, b) => a - b)) as [number[], number[]];
      const said = (at: number) => `${Math.round(without[at]!)} ms without hooks, ${Math.round(with_[at]!)} ms with`;
      figures.push(`${agent.name}: median of 15 ${said(7)}; fastest ${said(0)}`);
      // A machine at work is allowed more than the goal; a hook that waits for a server is not.
      const most = process.env["CLIS_QUIET"] ? 100 : 400;
      const at = process.env["CLIS_QUIET"] ? 7 : 0;
      if (with_[at]! - without[at]! >= most) slowed.push(agent.name);
      await bare.close();
      await hooked.close();
    }
    expect(slowed).toEqual([]);
  }, 300_000);
});
