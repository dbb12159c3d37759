/** The server and the shipper as processes that are killed and come back. */
import { openSync, closeSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { BINARY, freePort, isolated, type Server, startServer } from "../support/server.ts";
import { atEnd, tempDir } from "../support/temp.ts";
import type { Span } from "./model.ts";
import type { Blow } from "./script.ts";

/** Shortened, so that a round has many of everything; they change no logic. */
const TIMES = {
  LONGHOUSE_RESCAN_MS: "8000",
  LONGHOUSE_QUIET_MS: "1000",
  LONGHOUSE_ROOTS_MS: "500",
  LONGHOUSE_BACKOFF_MS: "100",
  LONGHOUSE_BACKOFF_MAX_MS: "1500",
  LONGHOUSE_REQUEST_MS: "2500",
  LONGHOUSE_REPLAY_MS: "2000",
  LONGHOUSE_PAUSE_MS: "1500",
  LONGHOUSE_HEARTBEAT_MS: "2000",
};

/** One that dies when it is told to and comes back after a while. Blows to one that is away are let pass. */
export type Mortal = {
  /** Times in which it ran without a break; the last one is open until now. */
  ran(): readonly Span[];
  kills(): number;
  /** Times that it ended and nobody had told it to. */
  surprises(): number;
  /** Resolves when it is back. */
  strike(blow: Omit<Blow, "who">): Promise<void>;
  /** Starts it unless it runs. */
  revive(): Promise<void>;
  /** Ends it for good. */
  end(): Promise<void>;
};

type Birth = () => Promise<Subprocess>;

/** `born` starts the process and resolves when it counts as running. */
export async function mortal(born: Birth, now: () => number): Promise<Mortal> {
  const spans: Span[] = [];
  let [from, kills, surprises, busy] = [now(), 0, 0, Promise.resolve()];
  const told = new WeakSet<Subprocess>();
  let child = watched(await born());
  const over = () => void spans.push({ from, to: now() });
  const start = async () => {
    from = now();
    child = watched(await born());
  };
  function watched(born: Subprocess): Subprocess {
    void born.exited.then(() => !told.has(born) && surprises++);
    return born;
  }
  const die = async (signal: NodeJS.Signals) => {
    over();
    told.add(child);
    child.kill(signal);
    await child.exited;
  };
  const suffer = async ({ how, away }: Omit<Blow, "who">) => {
    if (how === "SIGSTOP") {
      over();
      child.kill(how);
      await Bun.sleep(away);
      child.kill("SIGCONT");
      from = now();
      return;
    }
    await die(how);
    if (how === "SIGKILL") kills++;
    await Bun.sleep(away);
    await start();
  };
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return {
    ran: () => [...spans, { from, to: now() }],
    kills: () => kills,
    surprises: () => surprises,
    strike: (blow) => (busy = busy.then(() => suffer(blow))),
    revive: () => (busy = busy.then(() => (isAlive() ? undefined : start()))),
    end: () => busy.then(() => die("SIGTERM")),
  };
}

export type Machines = {
  readonly server: Mortal;
  /** For requests that go past the proxy. */
  api(): Server;
  readonly data: string;
  readonly port: number;
};

/** A token for the shipper's device. */
export async function deviceToken(server: Server): Promise<string> {
  const answer = await server.api("/api/devices/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ device_id: "crash", scope: "device" }),
  });
  return ((await answer.json()) as { token: string }).token;
}

/** A server on a port that stays. */
export async function bearServer(now: () => number): Promise<Machines> {
  const [data, port, home] = [join(tempDir("data"), "lh"), freePort(), tempDir("server-home")];
  let running: Server | null = null;
  const server = await mortal(async () => {
    running = await startServer({ data, port, home });
    return running.process;
  }, now);
  return { server, api: () => running!, data, port };
}

export type ShipperPlace = {
  /** HOME, with the agents' files. */
  readonly home: string;
  /** Of the proxy. */
  readonly url: string;
  readonly token: string;
  /** What it says is appended here. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it, as `strace -D …`. */
  readonly wrap?: readonly string[];
};

const CHILD = join(import.meta.dir, "shipper.child.ts");
const connects = Bun.spawnSync([BINARY, "connect", "--help"], { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
const children = new Set<Subprocess>();
atEnd(() => children.forEach((child) => child.kill("SIGKILL")));

/** The shipper as users run it; without `connect` in the binary, the same code from source. */
export function bearShipper(place: ShipperPlace, now: () => number): Promise<Mortal> {
  const { home, url, token, log, env, wrap = [] } = place;
  const data = tempDir("shipper-home");
  const command = connects ? [BINARY, "connect", url] : [process.execPath, CHILD, url];
  return mortal(async () => {
    const said = openSync(log, "a");
    const child = Bun.spawn([...wrap, ...command], {
      env: isolated(home, data, { ...TIMES, LONGHOUSE_TOKEN: token, ...env }),
      cwd: home,
      stdio: ["ignore", said, said],
    });
    closeSync(said);
    children.add(child);
    void child.exited.then(() => children.delete(child));
    return child;
  }, now);
}
