/**
 * `longhouse ship --session [ID]`, as agents' hooks call it: the agent waits until this returns. It leaves a wake for the
 * shipper that runs, or starts one that works on by itself, and is gone. It prints nothing and never fails; what goes wrong
 * is in the log. Little may be imported here, and nothing of the server.
 */
import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { hookPlaces, type HookPlaces } from "../config.ts";
import { isSessionId } from "../domain/session-id.ts";
import { selfCommand } from "../lib/self-path.ts";
import { logHook } from "./hook-log.ts";
import { readHookText } from "./hook-text.ts";
import { type HookScope, wakeHolder } from "../shipper/spool-hook.ts";

/** For the text on stdin, ms: where the id is known already, and where nothing else can say it. */
const TEXT_MS = { known: 100, unknown: 1000 } as const;

type Asked = {
  /** ID of the command line. */
  readonly id: string | null;
  /** The text that an agent gives as its last argument. */
  readonly text: string | null;
  /** A program that was there before us, with its words. */
  readonly next: readonly string[];
};

/** Hands the session over; gives when the agent may go on. `args` are those behind `ship`. Never throws. */
export async function shipHook(args: readonly string[]): Promise<void> {
  const places = hookPlaces();
  try {
    const asked = read(args);
    if (asked.next.length > 0) runNext(asked, places);
    const scopes = await scopesOf(asked, places);
    if (scopes.length > 0 && !wakeHolder(places.shipperDir, scopes)) startOneShot(scopes, places);
  } catch (error) {
    logHook(places, "a hook could not hand its session over", { error });
  }
}

/** `--session [ID] [--hook] [-- COMMAND…] [JSON]`. */
function read(args: readonly string[]): Asked {
  const end = args.indexOf("--");
  const ours = end < 0 ? args : args.slice(0, end);
  const next = end < 0 ? [] : args.slice(end + 1);
  const all = end < 0 ? ours : next;
  const text = all.at(-1)?.trimStart().startsWith("{") ? all.at(-1)! : null;
  const [first = ""] = ours;
  const named = first.startsWith("--session=") ? first.slice("--session=".length) : ours[1];
  const id = named && !named.startsWith("-") && named !== text ? named : null;
  return { id, text, next: text === null ? next : next.slice(0, -1) };
}

/** Runs what stood in the agent's settings before us, as the agent would have. */
function runNext({ next, text }: Asked, places: HookPlaces) {
  try {
    const argv = text === null ? next : [...next, text];
    Bun.spawn([...argv], { stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
  } catch (error) {
    logHook(places, "the agent's own notify could not be run", { command: next[0], error });
  }
}

/** What is to be shipped: the files that the agent names, else those of the session. */
async function scopesOf({ id: named, text }: Asked, places: HookPlaces): Promise<readonly HookScope[]> {
  const known = named ?? places.session;
  const said = readHook(text ?? (await readHookText(known === null ? TEXT_MS.unknown : TEXT_MS.known)));
  const id = named ?? said.id ?? places.session;
  if (id === null || !isSessionId(id)) {
    logHook(places, "a hook named no session", {});
    return [];
  }
  const file = named === null || named === said.id ? transcript(said.file) : null;
  if (!file) return [{ session: id }];
  // Sub-agents have files of their own in a folder with the session's name.
  const folder = join(dirname(file), id);
  return existsSync(folder) ? [{ file }, { file: folder }] : [{ file }];
}

/** Id and file from an agent's text, even from one that is cut off. */
function readHook(text: string): { readonly id: string | null; readonly file: string | null } {
  const field = (name: string) => {
    const found = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`).exec(text)?.[1];
    return found ? unquoted(found) : null;
  };
  return { id: field("session_id") ?? field("thread-id"), file: field("transcript_path") };
}

function unquoted(json: string): string | null {
  try {
    return JSON.parse(json) as string;
  } catch {
    return null;
  }
}

/** As it really stands on the disk; what is none of the agents' files is passed over by who ships. */
function transcript(path: string | null): string | null {
  if (path === null || !isAbsolute(path) || !/\.jsonl?$/.test(path)) return null;
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** A process in a session of its own: it outlives the agent, and its terminal. */
function startOneShot(scopes: readonly HookScope[], { env }: HookPlaces) {
  const argv = [...selfCommand(), "ship-later", JSON.stringify(scopes)];
  Bun.spawn(argv, { env, cwd: "/", stdio: ["ignore", "ignore", "ignore"], detached: true }).unref();
}
