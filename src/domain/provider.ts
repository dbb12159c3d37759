/**
 * A provider is one module that says where an agent's logs live and what their lines mean.
 * Everything here is pure. Nothing outside src/providers names a provider.
 */
import type { SettingsAdvice } from "./advice.ts";
import type { DatabaseKinds } from "./database.ts";
import type { Kind, PricedTokens, Tokens, ToolKind } from "./event.ts";
import type { PresenceSignals } from "./presence.ts";
import type { Registrations } from "./registration.ts";
import type { Runner } from "./turn.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** How a source changes: appended lines, rewritten whole, or read by query. */
export type Unit = "lines" | "file" | "query";

/**
 * A folder an agent writes to. `unit` answers for a path relative to `dir` (with /): null = not the agent's, never shipped.
 * `flat`: only its own files, no folder in it is entered or watched. `enters`: whether the folder at a relative path may hold
 * any of the agent's files; absent: each may. A folder that is not entered costs nothing, however much lies in it.
 */
export type Root = {
  readonly dir: string;
  readonly flat?: boolean;
  unit(relative: string): Unit | null;
  enters?(relative: string): boolean;
};

/**
 * One value of a line. A line may glue several values together (`}{`): each is parsed on its own.
 * `text` is decoded UTF-8 without BOM, CR, LF and surrounding NULs; of a line over 16 MiB only its first 256 KiB (`oversize`);
 * of shorter ones too, where the provider's `headTells` says so.
 */
export type Line = {
  /** Of the line in its source, bytes. */
  readonly offset: number;
  readonly text: string;
  /** The JSON value; undefined when the text is none. */
  readonly value: unknown;
  readonly oversize: boolean;
};

/** A tool call or result in its normal form, so that neither search nor UI knows an agent. */
export type ToolForm = {
  readonly kind: ToolKind;
  /** As the agent named them; absolute or relative to cwd. */
  readonly paths?: readonly string[];
  /** Unified diff. */
  readonly patch?: string;
  readonly exitCode?: number;
  readonly durationMs?: number;
};

export type Image = { readonly mediaType: string; /** base64, as the record has it */ readonly data: string };

/** One event that a value yields. */
export type Part = {
  /** Its place among all parts the value could yield (0…1023): a function of the value alone, never of the state. */
  readonly index: number;
  readonly kind: Kind;
  /**
   * From the record's own key, unique among all parts of its session (so with the part's place in it);
   * absent: the store takes the line's hash, its ordinal among equal lines and `index`.
   */
  readonly key?: string;
  /** Milliseconds UTC. */
  readonly at?: number;
  readonly text?: string;
  /** The agent's id that a call and its result share. */
  readonly call?: string;
  /** On results too (from the state, while it remembers the call). */
  readonly tool?: string;
  readonly input?: unknown;
  readonly output?: string;
  readonly form?: ToolForm;
  readonly isError?: boolean;
  readonly model?: string;
  readonly tokens?: Tokens;
  readonly images?: readonly Image[];
  /** Copied history (a resume copy, a fork, a compaction agent): shown as such, not counted, not indexed. */
  readonly replayed?: boolean;
  /** Told from noise: text that the tool, not the person, put there. Kind is then `notice`. */
  readonly injected?: boolean;
  /** The record repeats an earlier one under the same key and replaces what is shown (Gemini upserts). */
  readonly replaces?: boolean;
  /** The agent has given its final answer of the turn with this event (or the person is to speak). */
  readonly final?: boolean;
};

/** Usage of one model call. The store keeps, for each (provider, key), the maximum of each figure. */
export type Usage = {
  readonly key: string;
  readonly model: string | null;
  readonly at?: number;
  readonly tokens: PricedTokens;
  /** Of copied history; absent = as the value's parts say. */
  readonly replayed?: boolean;
};

/** Sources of a title, in order of trust. At equal trust the last one wins, but for `prompt`: the first. */
export const TITLE_TRUST = { prompt: 1, summary: 2, index: 3, ai: 4, custom: 5 } as const;
export type TitleTrust = keyof typeof TITLE_TRUST;

/** What a line says about its session. Absent = nothing new; the last word wins (cwd and branch are the current ones). */
export type Facts = {
  readonly title?: { readonly text: string; readonly trust: TitleTrust };
  readonly cwd?: string;
  readonly branch?: string;
  /** URL of the repository. */
  readonly repo?: string;
  readonly startedAt?: number;
  readonly kind?: "main" | "subagent" | "internal";
  readonly parent?: SessionKey;
  readonly forkOf?: SessionKey;
};

/**
 * Sets a flag on events already given: the one with `key`, or it and all after it (`from`), up to and without the one with
 * the key `until`, which may be of this very value: a line that is read a second time then still marks the same events.
 */
export type Mark = {
  readonly key: string;
  readonly flag: "abandoned" | "replayed";
  readonly reach: "one" | "from";
  readonly until?: string;
};

export type Parsed = {
  readonly parts: readonly Part[];
  readonly facts?: Facts;
  readonly usage?: readonly Usage[];
  readonly marks?: readonly Mark[];
};

/** The agent's own name of a session. `agent` = sub-agent id, "" for the main one. */
export type SessionKey = { readonly id: string; readonly agent: string };

/** Whose a source is. `wait` = more bytes are needed; `none` = not a session (archived, not derived). */
export type Identity =
  | {
      readonly kind: "session";
      readonly session: SessionKey;
      readonly facts?: Facts;
      /**
       * Told by the path alone, where one conversation is kept in several ways: while a source of a higher rank is there,
       * this one is archived and not derived.
       */
      readonly rank?: number;
    }
  | { readonly kind: "sidecar"; readonly of: SessionKey | null }
  | { readonly kind: "packed"; readonly session: SessionKey | null }
  | { readonly kind: "wait" }
  | { readonly kind: "none" };

/** What identify may look at. */
export type Head = {
  /** Absolute on its device, with /. */
  readonly path: string;
  readonly unit: Unit;
  /** The first whole line, or the first KiB; "" while nothing is there. Of a unit `file`: what is there, at most 256 KiB. */
  readonly text: string;
  /** The first line is whole, or 1 KiB is there. Of a unit `file`: all of it is archived (it may be torn all the same). */
  readonly whole: boolean;
};

/** US dollars per million tokens. */
export type Price = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Of what the cache keeps for an hour; absent = as `cacheWrite`. */
  readonly cacheWrite1h?: number;
  /** What calls before `until` (ms UTC) cost. */
  readonly before?: { readonly until: number; readonly price: Price };
};

/**
 * What a file beside the sessions says: about one of them, or about all on its device whose source lies in the folder
 * `under` (absolute, with / and without one at its end). Weaker than what a session says of itself.
 */
export type Aside =
  { readonly session: SessionKey; readonly facts: Facts } | { readonly under: string; readonly facts: Facts };

export type Provider<S extends object = object> = {
  readonly name: string;
  readonly label: string;
  /** One letter for the timeline. */
  readonly mark: string;
  /** Grows when the same bytes give other events; sources with an older one are derived again. */
  readonly version: number;
  roots(env: Env): readonly Root[];
  identify(head: Head): Identity;
  /** The state before the first line: small, plain JSON. */
  start(): S;
  /**
   * What one value says. Never throws; an unknown record gives a part of kind `unknown`.
   * Updates `state` in place. With `state` null (a line read back alone) it returns every part the value could yield,
   * under the same indexes; what only the state knows (a result's tool name, the model) is then absent.
   */
  parse(line: Line, state: S | null): Parsed;
  /**
   * Whether a line of which this is the beginning (256 characters) has said all there is to say in its first 256 KiB. A longer
   * one is then given to `parse` as `oversize`: the rest is archived, but costs no parsing.
   */
  headTells?(head: string): boolean;
  /**
   * For units `file` that hold a whole session: the values that a log of lines would have had, in order (first what is said
   * of the session, then its records). `value`: the file's JSON; its text when it is none. Each is given to `parse` with
   * offset 0; its `text` is the value's JSON, made when it is asked for. Absent or null: none of it is read.
   */
  explode?(value: unknown): readonly unknown[] | null;
  /** What a whole sidecar (its text; at most 8 MiB, read when it is asked for) says about sessions. Never throws. */
  aside?(path: string, text: () => string): readonly Aside[];
  /** How databases (unit `query`) are read, one source a conversation. */
  readonly databases?: DatabaseKinds;
  /** The agent's settings files that hold our triggers and tools. */
  readonly registrations?: Registrations;
  /** Folders in which the agent says which sessions are alive. */
  presence?(env: Env): readonly PresenceSignals[];
  /** How the agent is run; absent = its sessions are read only. */
  readonly runner?: Runner;
  /** What the agent's settings say of how long it keeps its files. */
  advice?(env: Env): readonly SettingsAdvice[];
  /** null = unknown model. */
  price(model: string): Price | null;
};
