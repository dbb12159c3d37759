/** What every part of a session's page needs, without handing it through all of them. */
import { createContext, useContext, type Accessor, type JSX } from "solid-js";
import type { Session } from "../../src/domain/session.ts";
import type { SessionDetail } from "../api/sessions.ts";
import type { Row, Step } from "./rows.ts";
import type { Transcript } from "./transcript.ts";

export type SessionView = {
  readonly id: string;
  readonly session: Accessor<SessionDetail | null>;
  readonly transcript: Transcript;
  /** The sub-agent a step called, when it is known. */
  readonly childOf: (step: Step) => Session | null;
  /** The event that the address names, to be seen at once. */
  readonly target: Accessor<string | null>;
  /** The agent is at work. */
  readonly live: Accessor<boolean>;
  /** A person unfolds or folds something: what is under the pointer must stay there. */
  toggle(key: string, open: boolean): void;
  /** Draws a row; through here, for a step may hold a transcript of its own. */
  draw(row: () => Row): JSX.Element;
  /** Stops following the end: what is under the hand is about to grow. */
  hold(): void;
};

export const SessionContext = createContext<SessionView>();

/** The page's session. Throws outside of one. */
export function useSession(): SessionView {
  const view = useContext(SessionContext);
  if (!view) throw new Error("no session around this component");
  return view;
}
