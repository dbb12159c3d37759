/** One seed: the script runs, everything comes to rest, and the archive is judged. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { claudeFile, put } from "../support/agents.ts";
import { psid, writer } from "../support/fill.ts";
import { search, sourcesAt } from "../support/remote.ts";
import { tempDir } from "../support/temp.ts";
import { type Kept, keptBy, missing, type Round, unsound, wrong } from "./checks.ts";
import { startLagMeter } from "./lag.ts";
import { Model, owed } from "./model.ts";
import { bearServer, bearShipper, deviceToken, type Machines, type Mortal } from "./processes.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import { type Script, scriptOf, type Timed } from "./script.ts";
import { act, type Hand } from "./writer.ts";

/** After the last blow, for everything that is owed to arrive, and then for a fresh line. ms */
const REST_MS = 60_000;
const FRESH_MS = 10_000;

export type Verdict = {
  readonly seed: number;
  readonly kills: { readonly shipper: number; readonly server: number };
  readonly acts: number;
  readonly histories: number;
  readonly generations: number;
  /** Bytes that are gone from the disk and were owed all the same. */
  readonly owedGone: number;
  readonly bytes: number;
  /** From the end of the script until all was there, ms. */
  readonly restMs: number;
  readonly slackMs: number;
  readonly felt: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
  /** What the shipper said, and its home. */
  readonly home: string;
};

type Stage = {
  readonly machines: Machines;
  readonly shipper: Mortal;
  readonly proxy: Proxy;
  readonly hand: Hand;
  readonly home: string;
};

/** Runs a seed to its end. Throws only when the harness itself cannot go on. */
export async function runRound(seed: number, kills: number): Promise<Verdict> {
  const home = tempDir("crash-home");
  const script = scriptOf(seed, kills, home);
  const stage = await setUp(home);
  const lag = startLagMeter();
  await play(script, stage);
  const slack = lag.stop();
  stage.proxy.set({ kind: "pass" });
  await Promise.all([stage.machines.server.revive(), stage.shipper.revive()]);
  const ended = performance.now();
  const { kept, late } = await rest(stage, slack);
  const restMs = Math.round(performance.now() - ended);
  const round: Round = { model: stage.hand.model, kept, ran: stage.shipper.ran(), slack, home };
  const complaints = [...late, ...wrong(round), ...(await fresh(stage)), ...surprises(stage)];
  await stage.shipper.end();
  await stage.machines.server.end();
  stage.proxy.close();
  complaints.push(...unsound(stage.machines.data));
  return { ...told(script, stage, round), restMs, complaints };
}

async function setUp(home: string): Promise<Stage> {
  const began = performance.now();
  const now = () => performance.now() - began;
  const machines = await bearServer(now);
  const proxy = await startProxy(machines.port);
  const token = await deviceToken(machines.api());
  mkdirSync(join(home, ".claude"), { recursive: true });
  const shipper = await bearShipper({ home, url: proxy.url, token, log: join(home, "shipper.said") }, now);
  return { machines, shipper, proxy, home, hand: { model: new Model(), scratch: join(home, "scratch"), now } };
}

async function play(script: Script, { machines, shipper, proxy, hand }: Stage) {
  const mortals = { shipper, server: machines.server };
  const blows: Promise<void>[] = [];
  await Promise.all([
    inTime(script.files, hand, (todo) => act(hand, todo)),
    inTime(script.weather, hand, (weather) => proxy.set(weather)),
    inTime(script.blows, hand, ({ who, ...blow }) => void blows.push(mortals[who].strike(blow))),
  ]);
  await Promise.all(blows);
}

/** Each at its time; late ones at once. */
async function inTime<T>(all: readonly Timed<T>[], { now }: Hand, perform: (one: Timed<T>) => void) {
  const began = now();
  for (const one of all) {
    const wait = began + one.at - now();
    if (wait > 0) await Bun.sleep(wait);
    perform(one);
  }
}

/** Waits until nothing is missing; gives what the archive has then, and what is missing still when the time is over. */
async function rest({ machines, shipper, hand, home }: Stage, slack: number) {
  const known = new Map<string, Kept>();
  const deadline = performance.now() + REST_MS;
  for (;;) {
    const kept = await keptBy(machines.api(), known);
    const late = missing({ model: hand.model, kept, ran: shipper.ran(), slack, home });
    if (late.length > 0 && performance.now() < deadline) {
      await Bun.sleep(300);
      continue;
    }
    // Read anew: what was right once must be right still.
    return { kept: await keptBy(machines.api()), late };
  }
}

/** A new session's line is archived and found. */
async function fresh({ machines, home }: Stage): Promise<string[]> {
  const word = "freshlinearrives";
  const path = claudeFile(home, 99_999, "-w-fresh");
  put(path, "");
  const line = `${writer({ id: psid(99_999) }).prompt(word)}\n`;
  appendFileSync(path, line);
  for (const deadline = performance.now() + FRESH_MS; performance.now() < deadline; await Bun.sleep(50)) {
    const [source] = await sourcesAt(machines.api(), path);
    if (source?.through === line.length && (await search(machines.api(), word)).length === 1) return [];
  }
  return [`a fresh line was not found within ${FRESH_MS / 1000} s`];
}

function surprises({ machines, shipper, proxy }: Stage): string[] {
  const complaints: string[] = [];
  if (machines.server.surprises() > 0)
    complaints.push(`the server ended by itself ${machines.server.surprises()} times`);
  if (shipper.surprises() > 0) complaints.push(`the shipper ended by itself ${shipper.surprises()} times`);
  if (proxy.strays > 0) complaints.push(`${proxy.strays} requests followed a redirect`);
  return complaints;
}

function told(script: Script, { machines, shipper, proxy, home }: Stage, { model, kept, ran, slack }: Round) {
  const gone = model.histories.filter(({ until }) => until !== Infinity);
  return {
    seed: script.seed,
    kills: { shipper: shipper.kills(), server: machines.server.kills() },
    acts: script.files.length,
    histories: model.histories.length,
    generations: kept.length,
    owedGone: gone.reduce((sum, history) => sum + owed(history, ran, slack), 0),
    bytes: kept.reduce((sum, { bytes }) => sum + bytes.length, 0),
    slackMs: Math.round(slack),
    felt: Object.fromEntries([...proxy.felt].toSorted()),
    home,
  };
}
