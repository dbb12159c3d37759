/**
 * One turn of an agent's command-line program, in terms in which no agent's name appears: how it is started, what its output
 * says, what it asks, and what really became of it. Pure: the processes themselves are started elsewhere.
 */
import type { Tokens } from "./event.ts";
import type { Restore } from "./restore.ts";

/** How much the agent may do without asking. `ask` needs somebody who answers: only a dialogue has that. */
export type Permission = "ask" | "edits" | "all" | "plan";

/** What is asked of an agent. */
export type Turn = {
  readonly prompt: string;
  /** Absolute. */
  readonly cwd: string;
  /** The agent's own id of the session to go on with; null = a new one. */
  readonly resume: string | null;
  /** Goes on in a copy of `resume` under a new id. */
  readonly fork: boolean;
  /** The agent's own word; null = its default. */
  readonly model: string | null;
  /** The agent's own word where the person gave one (`acceptEdits`), else ours. */
  readonly permission: Permission | { readonly own: string };
  readonly images: readonly { readonly mediaType: string; /** base64 */ readonly data: string }[];
  /** Our tools for this turn; null = none. `token` never stands in argv. */
  readonly tools: { readonly url: string; readonly token: string } | null;
};

/** How the program is called. The prompt is never in argv: it could be read as a flag, and others can see it there. */
export type Command = {
  /** Name of the program, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Set for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to its input before it ends; absent in a dialogue. */
  readonly input?: string;
  /** Files it needs, by path below the turn's folder; 0600. */
  readonly files?: Readonly<Record<string, string | { readonly base64: string }>>;
};

/** What an agent wants decided before it goes on. */
export type Ask = {
  /** The protocol's own id, unique in the turn. */
  readonly id: string;
  readonly kind: "tool" | "question" | "plan";
  /** One line: what will happen. */
  readonly title: string;
  /** What exactly: the command, the patch, the plan; plain text. */
  readonly detail: string;
  readonly tool: string | null;
  /** Of a question: each with the answers it offers. */
  readonly questions: readonly {
    readonly text: string;
    readonly options: readonly { readonly label: string; readonly note?: string }[];
    readonly several: boolean;
  }[];
  /** Whether `session` is among the decisions it understands. */
  readonly forSession: boolean;
};

/** `answers`: of each question, in order, the chosen labels or free text. */
export type Decision =
  | { readonly kind: "once" | "session"; readonly answers?: readonly (readonly string[])[] }
  | { readonly kind: "deny"; readonly reason: string };

/** What a turn came to. Told by the protocol; an exit code alone proves nothing. */
export type OutcomeKind =
  /** The agent gave its final answer. */
  | "ok"
  /** It says that it failed. */
  | "error"
  /** It ended, but was not let do what it wanted; `message` says what. */
  | "denied"
  /** The plan's or the model's limit is used up; `resetsAt` where it is told. */
  | "limit"
  /** Nobody is signed in, or the key is refused. */
  | "auth"
  /** There is no such session to go on with. */
  | "no_session"
  /** Ended by a signal or on request. */
  | "interrupted"
  /** It ended without a final word: crashed, killed, or not the program it should be. */
  | "lost";

export type Outcome = {
  readonly kind: OutcomeKind;
  /** For people: what happened; of `ok` "" . */
  readonly message: string;
  /** Milliseconds UTC. */
  readonly resetsAt?: number;
};

/** What a line of output says. */
export type Said =
  /** The agent's own id of the session. */
  | { readonly kind: "session"; readonly id: string }
  /** More of the reply that is being written. */
  | { readonly kind: "delta"; readonly text: string }
  /** A reply as a whole: takes the place of the deltas since the last. */
  | { readonly kind: "reply"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  /** A tool begins; `target` in one line: the command, the path. */
  | { readonly kind: "tool"; readonly id: string; readonly name: string; readonly target: string }
  | { readonly kind: "result"; readonly id: string; readonly text: string; readonly isError: boolean }
  /** Of this turn so far; replaces what was said before. `costUsd` null = the agent does not say. */
  | { readonly kind: "usage"; readonly tokens: Tokens; readonly costUsd: number | null }
  | { readonly kind: "ask"; readonly ask: Ask }
  /** The agent does not wait for it any more. */
  | { readonly kind: "withdrawn"; readonly id: string }
  /** The turn is over. The last one counts: background work gives a second. */
  | { readonly kind: "outcome"; readonly outcome: Outcome };

/** `say` = lines for the agent's input, each without its line end: the protocol's own (handshake, prompt), never a decision. */
export type Heard = { readonly said: readonly Said[]; readonly say: readonly string[] };

/**
 * Reads one turn's output line by line and knows what to answer. Deterministic: fed the same lines and decisions again (after
 * a crash of ours), it says the same, so that what was already written to the agent can be counted off. Never throws.
 */
export type Machine = {
  /** Before the first line of output. */
  begin(): Heard;
  /** One line of standard output without its end; may be no JSON at all. */
  line(text: string): Heard;
  /** Lines that tell the agent. Empty when it does not wait for that ask (any more). */
  decide(ask: string, decision: Decision): readonly string[];
  /** Lines that ask the agent to stop; null = only a signal does. */
  interrupt(): readonly string[] | null;
  /** After the last line: `code` null = unknown (it was not our child any more). `errors` = the end of its standard error. */
  end(exit: { readonly code: number | null; readonly errors: string }): Outcome;
};

/** How an agent is run. `dir` = an empty folder of the turn's own, absolute: files of the command are put there. */
export type Runner = {
  /** The program's name in PATH, and how one gets it. */
  readonly program: string;
  readonly install: string;
  /** What it may do without asking, in the agent's own words, for a person to choose from; asking is always among them. */
  readonly modes: readonly { readonly value: string; readonly label: string }[];
  /** Names of environment variables it needs beside the common ones: keys, base URLs, its own folder. A `*` at the end = all with that beginning. */
  readonly env: readonly string[];
  /** One turn without anybody to ask: prompt by `input`, answers nothing. */
  headless(turn: Turn, dir: string): { readonly command: Command; readonly machine: Machine };
  /** One turn that can be talked to: input stays open. null = the agent cannot do just this turn so; absent = it never can. */
  dialogue?(turn: Turn, dir: string): { readonly command: Command; readonly machine: Machine } | null;
  /** argv that goes on with a session at a terminal; the person types. Absent = it cannot. */
  interactive?(turn: { readonly resume: string; readonly fork: boolean; readonly cwd: string }): Command["argv"];
  /** How a session's files are put where the agent finds them; absent = it cannot go on with one. */
  readonly restore?: Restore;
};
