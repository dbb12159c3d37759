/**
 * Records what the real agents write in one turn, for `test/fixtures/turns`: `bun test/clis/record.ts [AGENT [NAME]]`. What a
 * turn does not need to be understood (tool lists, commands, prompts of the vendor's) is cut out of the lines.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenTurn, openTurn } from "../../src/commis/turn/turn.ts";
import type { Decision, Outcome, Runner, Said, Turn } from "../../src/domain/turn.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { startModel } from "../support/model/server.ts";
import { tempDir } from "../support/temp.ts";
import { AGENTS, type Desk, type RealAgent } from "./support/agents.ts";
import { installClis } from "./support/install.ts";
import { agentEnv, turnIn } from "./support/turns.ts";
import { type Scenario, SCENARIOS } from "./support/scenarios.ts";

const LONGEST = 300;
const DROPPED = new Set(
  "tools slash_commands agents skills plugins mcp_servers commands models availableCommands baseInstructions base_instructions developerInstructions instructions configOptions output_styles available_output_styles".split(
    " ",
  ),
);

const TURNS = join(import.meta.dir, "../fixtures/turns");
const clis = installClis();
if (clis.kind === "missing") throw new Error(clis.reason);
const [onlyAgent, onlyName] = process.argv.slice(2);

for (const agent of AGENTS.filter(({ name }) => !onlyAgent || name === onlyAgent))
  for (const scenario of SCENARIOS.filter(({ name }) => !onlyName || name === onlyName))
    if (!scenario.agents || scenario.agents.includes(agent.name)) await record(agent, scenario, clis.dir);

async function record(agent: RealAgent, scenario: Scenario, dir: string) {
  const home = tempDir("record");
  const cwd = join(home, "work/loom");
  mkdirSync(cwd, { recursive: true });
  const model = startModel();
  const desk: Desk = { home, cwd, model: model.url, clis: dir };
  agent.prepare(desk);
  // What a person allows in general is not asked.
  if (agent.name === "claude") writeFileSync(join(home, agent.settings), "{}");
  const settings = join(home, agent.settings);
  if (scenario.settings) writeFileSync(settings, scenario.settings(readFileSync(settings, "utf8")));
  const runner = PROVIDERS.find(({ name }) => name === agent.name)!.runner!;
  const turn = turnIn(desk, scenario.turn);
  const done = await play(scenario, headlessOr(runner, scenario), {
    turn,
    env: agentEnv(agent, desk, scenario.env),
    home,
  });
  await model.close();
  const clean = (text: string) =>
    text.replaceAll(home, "/home/kim").replaceAll(model.url, "http://model").replaceAll(dir, "/opt");
  const lines = clean(done.out)
    .split("\n")
    .filter(Boolean)
    .map(shortened)
    .filter((line) => line !== null);
  const file = join(TURNS, agent.name, scenario.name);
  mkdirSync(join(TURNS, agent.name), { recursive: true });
  writeFileSync(`${file}.out.jsonl`, `${lines.join("\n")}\n`);
  const { way } = scenario;
  const exit = { code: done.code, errors: clean(done.errors).slice(-600) };
  writeFileSync(
    `${file}.turn.json`,
    `${clean(JSON.stringify({ way, turn, decisions: done.decisions, exit }, null, 2))}\n`,
  );
  console.log(
    agent.name,
    scenario.name,
    lines.length,
    "lines",
    JSON.stringify(done.outcome),
    done.said
      .map(({ kind }) => kind)
      .filter((kind) => kind !== "delta")
      .join(" "),
  );
}

function headlessOr(runner: Runner, { way }: Scenario): Runner {
  const { dialogue: _, ...rest } = runner;
  return way === "headless" ? rest : runner;
}

type Played = {
  readonly out: string;
  readonly errors: string;
  readonly code: number | null;
  readonly decisions: Readonly<Record<string, Decision>>;
  readonly said: readonly Said[];
  readonly outcome: Outcome;
};
type Place = { readonly turn: Turn; readonly env: Record<string, string>; readonly home: string };

async function play(scenario: Scenario, runner: Runner, { turn, env, home }: Place): Promise<Played> {
  const said: Said[] = [];
  const decisions: Record<string, Decision> = {};
  let open: OpenTurn | null = null;
  const hear = (one: Said) => {
    said.push(one);
    if (scenario.stopAt === one.kind) setTimeout(() => open?.stop("You stopped it."), 200);
    if (one.kind !== "ask" || !scenario.decide) return;
    decisions[one.ask.id] = scenario.decide(one.ask);
    setTimeout(() => void open!.decide(one.ask.id, decisions[one.ask.id]!), 50);
  };
  const dir = join(home, "turn");
  const limits = { total: 60_000, silence: 60_000, grace: 3000 };
  open = await openTurn({ dir, job: crypto.randomUUID(), runner, turn, env, limits, hear });
  const outcome = await open.ended;
  const read = (name: string) => readFileSync(join(dir, name), "utf8");
  return { out: read("out"), errors: read("err"), code: null, decisions, said, outcome };
}

/** The line without what nobody reads; null when it is news that no machine knows. */
function shortened(line: string): string | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    return JSON.stringify(value, (key, one: unknown) => {
      if (DROPPED.has(key)) return undefined;
      return typeof one === "string" && one.length > LONGEST && key !== "text" ? `${one.slice(0, LONGEST)}…` : one;
    });
  } catch {
    return line.slice(0, LONGEST);
  }
}
