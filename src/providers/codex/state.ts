/** What is remembered between lines: enough to show each text once, to name results, and to count each call once. */

/** A tool call of the last ones. `done`: its result has been given. */
export type Call = { readonly id: string; readonly tool: string; done: boolean };

/** Where a session stands in history that it copied. */
export type Copy = {
  /** Time of its last record, milliseconds UTC; 0 when it had none. */
  readonly last: number;
  /** "maybe" after a pause, "surely" after a record that names the session or is of a turn of its own. */
  readonly ended: "maybe" | "surely" | null;
  /** The first ordinal that is the session's own, where its header says it. */
  readonly until: number | null;
  /** It has turns that tell their age. */
  readonly turns: boolean;
};

export type State = {
  /** The session's own id, from its first header; later headers are of copied history. */
  id: string;
  /** The oldest session that this one continues: its usage figures go on from there. */
  root: string;
  /** When the session began, by its id or its header's time, milliseconds UTC; 0 while nobody said it. */
  born: number;
  /** null while no history was copied. */
  copy: Copy | null;
  model: string;
  /** Cumulative figures of the last usage record: the same again is a refresh, not a call. Empty before the first one. */
  total: readonly number[];
  /** How often the figures began anew. */
  resets: number;
  /** Where the session works now; "" until something said it. */
  cwd: string;
  titled: boolean;
  /** Texts shown whose twin in the other stream has not come yet: hash, negative for those that events brought. */
  twins: number[];
  /** Texts shown last, and when: a review's request and some thoughts are written again at once. */
  echoes: (readonly [hash: number, at: number])[];
  calls: Call[];
  /** Keys of the last prompts, oldest first: what a rollback takes back. */
  prompts: string[];
};

const TWINS = 32;
const ECHOES = 8;
/** An echo comes within milliseconds; a person needs longer to ask the same again. */
const ECHO_MS = 1000;
const CALLS = 64;
const PROMPTS = 32;

export function start(): State {
  return {
    id: "",
    root: "",
    born: 0,
    copy: null,
    model: "",
    total: [],
    resets: 0,
    cwd: "",
    titled: false,
    twins: [],
    echoes: [],
    calls: [],
    prompts: [],
  };
}

/** A record's time and the state; null when the line is read back alone. */
export type Context = { readonly at: number | undefined; readonly state: State | null };

/** Texts are written as model items and, again, as events; which of them comes first differs by version. */
export type Stream = "item" | "event";

/** Not 0, so that its sign can tell the stream. */
export function hashOf(text: string, kind: number): number {
  return Bun.hash.xxHash32(text, kind) + 1;
}

/** True when the other stream has shown this text already. Else the text is remembered for the other stream. */
export function isTwin(state: State | null, stream: Stream, hash: number): boolean {
  if (!state) return false;
  const own = stream === "item" ? hash : -hash;
  const met = state.twins.indexOf(-own);
  if (met >= 0) {
    state.twins.splice(met, 1);
    return true;
  }
  state.twins.push(own);
  if (state.twins.length > TWINS) state.twins.shift();
  return false;
}

/** True when the same text was shown a moment ago. Else it is remembered. */
export function isEcho({ state, at }: Context, hash: number): boolean {
  if (!state || at === undefined) return false;
  if (state.echoes.some(([last, when]) => last === hash && Math.abs(at - when) < ECHO_MS)) return true;
  state.echoes.push([hash, at]);
  if (state.echoes.length > ECHOES) state.echoes.shift();
  return false;
}

/** The call of that id, if it is one of the last 64. The newest wins: some gateways use an id again. */
export function callOf(state: State | null, id: string): Call | undefined {
  return state?.calls.findLast((call) => call.id === id);
}

export function remember(state: State | null, call: Call) {
  if (!state) return;
  state.calls.push(call);
  if (state.calls.length > CALLS) state.calls.shift();
}

export function asked(state: State | null, key: string) {
  if (!state) return;
  state.prompts.push(key);
  if (state.prompts.length > PROMPTS) state.prompts.shift();
}
