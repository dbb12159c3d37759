/** One session's chat: the turn that runs, wherever it was begun, and what one may do with it. */
import { createSignal, onCleanup, type Accessor } from "solid-js";
import type { Approval, ChatTurn, SessionLock, WorkspaceChoice, WorkspaceKind } from "../../src/domain/chat.ts";
import type { Fault } from "../../src/domain/fault.ts";
import { asFault, isAbort } from "../api/call.ts";
import { live } from "../live.ts";
import { answerApproval, cancelTurn, getLock, listApprovals, rejoinTurn, startTurn } from "./api.ts";
import { after, NOTHING, type TurnView } from "./state.ts";
import { readEvents } from "./stream.ts";

export type Wish = {
  readonly message: string;
  readonly mode: "resume" | "fork";
  readonly permission_mode?: string;
  readonly model?: string;
  readonly workspace?: WorkspaceKind;
  readonly attachments?: readonly { readonly media_type: string; readonly data: string }[];
};

export type ChatStore = {
  readonly view: Accessor<TurnView>;
  /** A turn is under way, here or begun elsewhere. */
  readonly running: Accessor<boolean>;
  /** What was asked and is not in the transcript yet. */
  readonly message: Accessor<string | null>;
  readonly lock: Accessor<SessionLock | null>;
  readonly approvals: Accessor<readonly Approval[]>;
  /** Where it may work, when the person must choose. */
  readonly choices: Accessor<readonly WorkspaceChoice[]>;
  readonly fault: Accessor<Fault | null>;
  /** The last turn of this session, as its row says. */
  readonly turn: Accessor<ChatTurn | null>;
  /** False when it could not begin: the message is still the person's. */
  send(wish: Wish): Promise<boolean>;
  stop(): void;
  answer(approval: string, answer: Answer): Promise<void>;
  dismiss(): void;
  /** Asks again who holds the session, and what waits. */
  look(): void;
};

export type Answer = {
  readonly decision: "once" | "session" | "deny";
  readonly reason?: string;
  readonly answers?: readonly (readonly string[])[];
};

const REJOIN_MS = 800;

/** A store that looks whether somebody goes on with the session already. Ends with the component; the turn does not. */
export function createChat(session: string): ChatStore {
  const [view, setView] = createSignal<TurnView>(NOTHING);
  const [running, setRunning] = createSignal(false);
  const [message, setMessage] = createSignal<string | null>(null);
  const [lock, setLock] = createSignal<SessionLock | null>(null);
  const [approvals, setApprovals] = createSignal<readonly Approval[]>([]);
  const [choices, setChoices] = createSignal<readonly WorkspaceChoice[]>([]);
  const [fault, setFault] = createSignal<Fault | null>(null);
  const [turn, setTurn] = createSignal<ChatTurn | null>(null);
  const leaving = new AbortController();
  onCleanup(() => leaving.abort());

  const follow = async (answer: Response) => {
    setRunning(true);
    for await (const event of readEvents(answer)) setView((old) => after(old, event));
  };
  /** Until it is done: a line that breaks is taken up behind the last event. */
  const rejoin = async (id: string) => {
    while (!view().done && !leaving.signal.aborted) {
      try {
        await follow(await rejoinTurn(id, view().last, leaving.signal));
      } catch (error) {
        if (isAbort(error)) return;
        if (asFault(error).code === "not_found") break;
      }
      if (!view().done) await new Promise((resolve) => setTimeout(resolve, REJOIN_MS));
    }
    setRunning(false);
  };
  const look = async () => {
    try {
      const now = await getLock(session, leaving.signal);
      setLock(now);
      const { approvals: waiting } = await listApprovals("pending", leaving.signal);
      setApprovals(waiting.filter((one) => one.session_id === session));
      if (now.holder?.kind !== "turn" || running()) return;
      setView(NOTHING);
      setRunning(true);
      void rejoin(now.holder.id);
    } catch (error) {
      // Nobody asked for this look; that the server is away, the frame says.
      if (!isAbort(error) && asFault(error).code !== "unreachable") setFault(asFault(error));
    }
  };
  onCleanup(
    live().onFrame((frame) => {
      if (frame.type === "approval" && frame.approval.session_id === session)
        setApprovals((old) => merged(old, frame.approval));
      if (frame.type !== "turn" || frame.turn.session_id !== session) return;
      setTurn(frame.turn);
      if (frame.turn.state !== "ended" && !running()) void look();
      if (frame.turn.state === "ended") void getLock(session, leaving.signal).then(setLock, () => {});
    }),
  );
  onCleanup(live().onResync(() => void look()));

  return {
    view,
    running,
    message,
    lock,
    approvals,
    choices,
    fault,
    turn,
    async send(wish) {
      setFault(null);
      setChoices([]);
      setView(NOTHING);
      try {
        const answer = await startTurn(session, wish, leaving.signal);
        if (answer.ok) setMessage(wish.message);
        await follow(answer);
        setRunning(false);
        return true;
      } catch (error) {
        if (isAbort(error)) return true;
        const what = asFault(error);
        const begun = view().turn;
        if (begun !== null) return (void rejoin(begun), true);
        setRunning(false);
        if (what.code === "workspace_choice") setChoices(what.details["choices"] as readonly WorkspaceChoice[]);
        else setFault(what);
        return false;
      }
    },
    stop() {
      const id = view().turn;
      if (id !== null) cancelTurn(id).catch((error: unknown) => setFault(asFault(error)));
    },
    async answer(id, answer) {
      try {
        const answered = await answerApproval(id, answer);
        setApprovals((old) => merged(old, answered));
      } catch (error) {
        setFault(asFault(error));
        await look();
      }
    },
    look: () => void look(),
    dismiss: () => (setFault(null), setChoices([]), setView((old) => ({ ...old, error: null }))),
  };
}

/** Only what waits is kept. */
function merged(old: readonly Approval[], now: Approval): readonly Approval[] {
  const others = old.filter(({ id }) => id !== now.id);
  return now.state === "pending" ? [...others, now] : others;
}
