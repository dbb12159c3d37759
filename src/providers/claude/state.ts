/** What the parser carries from line to line. Plain JSON and small: it is stored beside every source while it grows. */

export type ClaudeState = {
  /** Calls without a result yet: id, name, id, name … in the order of calling. */
  calls: string[];
  /** Hashes of blocks that lately streamed messages gave, to tell repeats. */
  blocks: number[];
  /** Prompts typed while the agent was busy and not delivered yet, oldest first. */
  queue: Queued[];
  /** The last messages, by uuid: a `summary` that names one of them is this session's own. */
  leaves: string[];
  /** Summaries whose leaf did not come yet, the last few: leaf, text, leaf, text … */
  summaries: string[];
  titled: boolean;
  started: boolean;
  /** The session that the last copied record was copied from, or "". */
  forkOf: string;
  /** Something here is no copy: the file's own history has begun. */
  own: boolean;
  /** The key of the first event since the last known copy, while all may be copies; else "". */
  since: string;
  /** Whose the last record was, and of when, while all may be copies. */
  last: { readonly session: string; readonly at: string } | null;
  /** The keys of the last prompts, and for each two hashes: of what it hangs on past loose records, and of its parent. */
  prompts: string[];
  under: number[];
  /** The last records that hang loosely, and what is before them: hash, hash, hash, hash … */
  loose: number[];
  /** Some record hangs on another. */
  chained: boolean;
  cwd: string;
  branch: string;
};

/** `key` is the key of the event that the queued text gave; it ends with the hash of the text. */
export type Queued = { readonly key: string; fate: "waiting" | "dequeued" | "removed" };

const CALLS_MAX = 200;
/** Longer than any real id and name, characters: it must not stand in the state. */
const CALL_MAX = 400;
const BLOCKS_MAX = 32;
const QUEUE_MAX = 50;
const LEAVES_MAX = 6;
const SUMMARIES_MAX = 16;
/** What a title can show. */
const SUMMARY_MAX = 200;

/** The state before the first line. */
export function start(): ClaudeState {
  return {
    calls: [],
    blocks: [],
    queue: [],
    leaves: [],
    summaries: [],
    titled: false,
    started: false,
    forkOf: "",
    own: false,
    since: "",
    last: null,
    prompts: [],
    under: [],
    loose: [],
    chained: false,
    cwd: "",
    branch: "",
  };
}

/** Keeps a call's name until its result comes; the oldest of too many is forgotten. */
export function rememberCall(state: ClaudeState, call: { readonly id: string; readonly name: string }) {
  if (call.id.length + call.name.length > CALL_MAX) return;
  state.calls.push(call.id, call.name);
  if (state.calls.length > CALLS_MAX * 2) state.calls.splice(0, 2);
}

/** The name of the call that `id` answers, forgotten by this; undefined when it is not known. */
export function takeCall(state: ClaudeState, id: string): string | undefined {
  for (let i = state.calls.length - 2; i >= 0; i -= 2) if (state.calls[i] === id) return state.calls.splice(i, 2)[1];
  return undefined;
}

/** Says whether this block of a message came before, and remembers it. */
export function isRepeat(state: ClaudeState, block: string): boolean {
  const hash = Bun.hash.xxHash32(block);
  if (state.blocks.includes(hash)) return true;
  state.blocks.push(hash);
  if (state.blocks.length > BLOCKS_MAX) state.blocks.shift();
  return false;
}

/** Remembers a message. */
export function rememberLeaf(state: ClaudeState, uuid: string) {
  state.leaves.push(uuid);
  if (state.leaves.length > LEAVES_MAX) state.leaves.shift();
}

/** Keeps a summary until the record that it names comes: a resumed session begins with what was said of its copied part. */
export function awaitLeaf(state: ClaudeState, summary: { readonly leaf: string; readonly text: string }) {
  state.summaries.push(summary.leaf, summary.text.slice(0, SUMMARY_MAX).toWellFormed());
  if (state.summaries.length > SUMMARIES_MAX * 2) state.summaries.splice(0, 2);
}

/** The summary that names this record; undefined when none does. */
export function takeSummary(state: ClaudeState, uuid: string): string | undefined {
  const { summaries } = state;
  for (let i = summaries.length - 2; i >= 0; i -= 2) if (summaries[i] === uuid) return summaries.splice(i, 2)[1];
  return undefined;
}

/** The part of a queued event's key that says which text it holds. */
export function textMark(text: string): string {
  return Bun.hash.xxHash32(text).toString(36);
}

/** Puts a queued prompt's key into the line. */
export function enqueue(state: ClaudeState, key: string) {
  state.queue.push({ key, fate: "waiting" });
  if (state.queue.length > QUEUE_MAX) state.queue.shift();
}

/** Notes that a waiting prompt left the queue: the one that holds `text`, else the oldest. */
export function leaveQueue(state: ClaudeState, as: { readonly fate: "dequeued" | "removed"; readonly text?: string }) {
  const waiting = state.queue.filter((queued) => queued.fate === "waiting");
  const mark = as.text === undefined ? null : `:${textMark(as.text)}`;
  const named = mark ? waiting.find((queued) => queued.key.endsWith(mark)) : undefined;
  const left = named ?? waiting[0];
  if (left) left.fate = as.fate;
}

/** The keys of all prompts that still wait; the queue is empty after. */
export function clearQueue(state: ClaudeState): readonly string[] {
  const keys = state.queue.filter((queued) => queued.fate === "waiting").map((queued) => queued.key);
  state.queue = [];
  return keys;
}

/** The key under which a delivered text stands already, because it was queued; undefined when it was not. */
export function delivered(
  state: ClaudeState,
  as: { readonly text: string; readonly fate?: "dequeued" },
): string | undefined {
  if (state.queue.length === 0) return undefined;
  const mark = `:${textMark(as.text)}`;
  const at = state.queue.findIndex((q) => (!as.fate || q.fate === as.fate) && q.key.endsWith(mark));
  return at < 0 ? undefined : state.queue.splice(at, 1)[0]!.key;
}
