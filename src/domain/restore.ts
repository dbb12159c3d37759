/** Where the files of a session must stand so that its agent, started in a folder, finds it. Pure, but for what `Look` reads. */
import type { Env } from "./provider.ts";

/** What may be looked at here. Never throws. */
export type Look = {
  /** The beginning of a file as text, at most 1 MiB; null when it is not there. */
  read(path: string): string | null;
  /** What stands in a folder; empty when it is none. */
  names(dir: string): readonly string[];
};

/** A session to be placed. */
export type Placing = {
  /** The agent's own id. */
  readonly id: string;
  /** Where its file stood when it was archived, absolute there; may be another machine's path. */
  readonly source: string;
  /** Its first line, cut at 256 KiB. */
  readonly head: string;
  /** Milliseconds UTC; null = unknown. */
  readonly startedAt: number | null;
  /** Where the agent will work: a real path. */
  readonly cwd: string;
  readonly env: Env;
};

/** A place for a session's file. */
export type Place = {
  /** Absolute. Where the agent has the session already, that file. */
  readonly path: string;
  /** Small files that must stand beside it; one that is there is left alone. */
  readonly beside?: readonly { readonly path: string; readonly text: string }[];
};

/** How an agent's sessions are put back. */
export type Restore = {
  /** Absent: the agent cannot fork by itself, a copy of the session under another id is made for it. */
  readonly forks?: true;
  /** Present: its id stands in the file too, and a copy has the new one there. Absent: the file's name is the id. */
  readonly idInside?: true;
  /** null = the agent cannot go on with a file like this. */
  place(wish: Placing, look: Look): Place | null;
  /** The agent's own ids of sessions whose files must be there too. */
  needs?(head: string): readonly string[];
};
