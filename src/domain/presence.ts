/** Which sessions are alive now, told by the agents' own signal files. Pure. */

/** What a live session does. `waiting` = it wants something of the person. */
export type PresenceState = "working" | "waiting" | "idle";

/** One live session, by the agent's own id. */
export type Presence = {
  readonly sessionId: string;
  readonly state: PresenceState;
  /** The tool that runs, as the agent calls it. */
  readonly tool?: string;
  /** What it waits for: "permission", "answer", … as the agent says. */
  readonly waitingFor?: string;
  /** Milliseconds UTC. */
  readonly since: number;
  /** The process; a signal whose process is gone counts for nothing. */
  readonly pid?: number;
};

/** A folder of signal files, one a session, and what each says. */
export type PresenceSignals = {
  /** Absolute. */
  readonly dir: string;
  /** Names of its signal files; no other file in it is ever opened. */
  readonly names: RegExp;
  /** null = not a signal, or torn. Never throws. */
  read(name: string, text: string): Presence | null;
};
