/**
 * Which sessions are alive on this machine, as the agents' own signal files say. A signal counts while its process runs
 * and was begun before the file was written: a killed agent leaves its file, and its pid is given again.
 */
import { type FSWatcher, lstatSync, readdirSync, readFileSync, type Stats, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { LiveSession } from "../domain/heartbeat.ts";
import { KIB } from "../domain/limits.ts";
import type { Presence, PresenceSignals } from "../domain/presence.ts";
import type { Env, Provider } from "../domain/provider.ts";
import { codeOf } from "../lib/files.ts";
import { startedAt } from "../lib/process/started.ts";
import { routine } from "../lib/routine.ts";

/** Between an event and the look: an agent writes a file anew in two steps. */
const SETTLE_MS = 25;
/** Without events, and for processes that end without a word, folders are looked at so often, ms. */
const LOOK_MS = 1000;
/** A signal is a few hundred bytes. */
const SIGNAL_MAX = 64 * KIB;
/** Clocks of the boot, the process and the file agree to about this, ms. */
const SLACK_MS = 2000;
/** Sessions told of at once. */
const LIVE_MAX = 500;

type Folder = { readonly provider: string; readonly signals: PresenceSignals };
type Signal = { readonly stamp: string; readonly presence: Presence | null; readonly mtime: number };

/** Watches the signals of these providers; `changed` is called when `live` is another than before. */
export class LiveSessions {
  readonly #folders: readonly Folder[];
  readonly #known = new Map<string, Signal>();
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  readonly #stop: () => void;
  #soon: Timer | null = null;
  #live: readonly LiveSession[] = [];

  constructor(
    providers: readonly Provider[],
    env: Env,
    readonly changed: () => void,
  ) {
    this.#folders = providers.flatMap(({ name, presence }) =>
      (presence?.(env) ?? []).map((signals) => ({ provider: name, signals })),
    );
    this.#look();
    this.#stop = routine(LOOK_MS, () => this.#look());
  }

  /** As they were when last looked at, at most a second ago. */
  get live(): readonly LiveSession[] {
    return this.#live;
  }

  close(): void {
    this.#stop();
    if (this.#soon) clearTimeout(this.#soon);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #look() {
    const found = new Map<string, LiveSession>();
    const seen = new Set<string>();
    for (const { provider, signals } of this.#folders) {
      if (!this.#watch(signals.dir)) continue;
      for (const [path, signal] of this.#signalsIn(signals)) {
        seen.add(path);
        if (!signal.presence || !isAlive(signal.presence, signal.mtime)) continue;
        const session = sessionOf(provider, signal.presence, signal.mtime);
        const key = `${provider}\n${session.provider_session_id}`;
        found.set(key, urgent(found.get(key), session));
      }
    }
    for (const path of this.#known.keys()) if (!seen.has(path)) this.#known.delete(path);
    const live = [...found.values()].slice(0, LIVE_MAX).map((session) => this.#asBefore(session));
    if (Bun.deepEquals(live, this.#live)) return;
    this.#live = live;
    this.changed();
  }

  /** An agent writes its file anew while nothing changes: `since` is when the state began. */
  #asBefore(session: LiveSession): LiveSession {
    return this.#live.find((before) => Bun.deepEquals({ ...before, since: session.since }, session)) ?? session;
  }

  /** Each signal file; only those that were written since the last look are read. */
  #signalsIn({ dir, names, read }: PresenceSignals): [string, Signal][] {
    return namesIn(dir).flatMap((name): [string, Signal][] => {
      const path = join(dir, name);
      const stat = names.test(name) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
      if (!stat?.isFile() || stat.size > SIGNAL_MAX) return [];
      const stamp = stampOf(stat);
      const known = this.#known.get(path);
      if (known?.stamp === stamp) return [[path, known]];
      const presence = read(name, textOf(path));
      // Torn: what it said before stands until it is whole, which is a moment.
      const signal = { stamp, presence: presence ?? known?.presence ?? null, mtime: stat.mtimeMs };
      this.#known.set(path, signal);
      return [[path, signal]];
    });
  }

  /** False when there is no such folder. Events only make it quicker: where there are none, the routine finds the same. */
  #watch(dir: string): boolean {
    const inode = inodeOf(dir);
    const watched = this.#watchers.get(dir);
    if (watched?.inode === inode) return true;
    watched?.watcher.close();
    this.#watchers.delete(dir);
    if (inode === null) return false;
    try {
      const watcher = watch(dir, () => this.#lookSoon());
      watcher.on("error", () => {});
      this.#watchers.set(dir, { watcher, inode });
    } catch (error) {
      if (codeOf(error) === "") throw error;
    }
    return true;
  }

  #lookSoon() {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#look();
    }, SETTLE_MS);
  }
}

function sessionOf(
  provider: string,
  { sessionId, state, tool, waitingFor, since }: Presence,
  mtime: number,
): LiveSession {
  return {
    provider,
    provider_session_id: sessionId,
    state,
    since: new Date(since || mtime).toISOString(),
    ...(tool !== undefined && { tool }),
    ...(waitingFor !== undefined && { waiting_for: waitingFor }),
  };
}

const URGENCY = { waiting: 2, working: 1, idle: 0 } as const;

/** One session may be open in two processes: what wants a person comes first. */
function urgent(one: LiveSession | undefined, other: LiveSession): LiveSession {
  return one && URGENCY[one.state] >= URGENCY[other.state] ? one : other;
}

function isAlive({ pid }: Presence, mtime: number): boolean {
  if (pid === undefined) return true;
  const started = startedAt(pid);
  return started !== null && started <= mtime + SLACK_MS;
}

const stampOf = ({ ino, size, mtimeMs, ctimeMs }: Stats) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`;

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).toSorted();
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Of the folder that it is, or leads to; null when it can not be looked at. */
function inodeOf(dir: string): number | null {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.ino ?? null;
  } catch {
    return null;
  }
}
