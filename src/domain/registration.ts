/**
 * What Longhouse writes into an agent's own settings: the trigger that ships a session at its end, and the entry that lets
 * the agent ask the archive. Pure: text in, text out.
 */
import type { Env } from "./provider.ts";

/** What is registered, and what the agent is to run. */
export type RegistrationWish = {
  /** argv of this executable: its absolute path, then nothing else. */
  readonly self: string;
  /** Whether the agent is given the recent sessions of its project when it starts (`[hooks] recent`). */
  readonly recent: boolean;
};

/** One settings file of an agent, and how our entries get into it and out again. */
export type Registration = {
  /** `hooks` = triggers; `mcp` = the tools. */
  readonly kind: "hooks" | "mcp";
  /** Absolute. Two registrations of one agent may share it. */
  readonly file: string;
  /** The folder that tells whether the agent is used here; absent = that of `file`. */
  readonly home?: string;
  /**
   * The text with our entries in it: those of an earlier version replaced, all else kept to the byte. `text` null = no such
   * file. Throws a Fault that says what to do when the text cannot be parsed.
   */
  install(text: string | null, wish: RegistrationWish): string;
  /** The text as it was before `install`, but for what the user has changed since; null = the file holds nothing else. */
  remove(text: string): string | null;
  /** Whether our entries are in it, of this executable (`ours`), of another or an older one (`stale`), or not (`none`). */
  state(text: string | null, wish: RegistrationWish): "ours" | "stale" | "none";
};

/** The settings of one agent on this machine: absent folder = the agent is not used here. */
export type Registrations = (env: Env) => readonly Registration[];
