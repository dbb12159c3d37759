/**
 * Messages to sessions: who may begin one, what runs, what it asks, how it ends. A server that comes after us finds all of it
 * again: in the turns' rows and in their folders.
 */
import { join } from "node:path";
import type { App } from "../app.ts";
import type { Approval, ChatTurn, SessionLock, WorkspaceKind } from "../domain/chat.ts";
import { Fault } from "../domain/fault.ts";
import type { Session } from "../domain/session.ts";
import type { Decision, Outcome, Runner, Said, Turn } from "../domain/turn.ts";
import { provider } from "../providers/all.ts";
import { leaseOf } from "../store/locks.ts";
import { sessionByUuid } from "../store/session-rows.ts";
import { openTurns, toChatTurn, turnById, type TurnRow } from "../store/turns.ts";
import { type Approvals, createApprovals } from "./approvals.ts";
import { archiveSession } from "./archive-session.ts";
import { type Chat, createChat } from "./chat.ts";
import { createLease, type HeldLease } from "./lease.ts";
import { openInTerminal } from "./resume/elsewhere.ts";
import { restoreSession } from "./resume/restore.ts";
import { leaveWorkspace, workspaceFor } from "./resume/workspace.ts";
import { endTools, toolsIn } from "./turn/tools.ts";
import { type OpenTurn, openTurn, wasStarted } from "./turn/turn.ts";

export type Message = {
  readonly session: string;
  readonly mode: "resume" | "fork";
  readonly text: string;
  readonly model: string | null;
  /** The agent's own word; null = it asks. */
  readonly permission: string | null;
  readonly images: Turn["images"];
  readonly workspace: WorkspaceKind | null;
  readonly onDisconnect: "continue" | "stop";
  /** Who asks, for the audit log. */
  readonly by: string;
};

export type Turns = {
  /** Finds what an earlier server began; call once, before anything else. */
  adopt(): Promise<void>;
  /** Begins a turn and gives its id. Throws a Fault: `session_locked`, `workspace_choice`, or why it cannot begin. */
  begin(message: Message): Promise<string>;
  /** What it has said and says. Throws `not_found`. */
  chat(id: string): Promise<Chat>;
  /** Asks it to stop; one that has ended stays as it is. */
  cancel(id: string, why: string): void;
  /** Answers an ask. Throws `not_found`, `already_answered`, `withdrawn`; the same answer again is no fault. */
  answer(approval: string, decision: Decision, by: string): Promise<Approval>;
  /** Who holds a session now. */
  lock(session: string): SessionLock;
  /** Lets go of all: the agents go on without us. */
  close(): void;
};

/** An hour, and half of it without a word: builds and tests say nothing for long. A person's time to answer counts for neither. */
const LIMITS = { total: 3_600_000, silence: 1_800_000, grace: 5000 };
/** Ended turns whose words are kept in memory; others are read from their folder again. */
const KEPT = 20;

type Live = { readonly row: TurnRow; readonly chat: Chat; readonly open: OpenTurn; readonly lease: HeldLease | null };

/** Nothing runs until `adopt` or `begin`. */
export function createTurns(app: App): Turns {
  return new RunningTurns(app);
}

class RunningTurns implements Turns {
  readonly #live = new Map<string, Promise<Live>>();
  readonly #ended = new Map<string, Chat>();
  readonly #approvals: Approvals;

  constructor(readonly app: App) {
    this.#approvals = createApprovals(app, async (turn) => (await this.#live.get(turn))?.open ?? null);
  }

  async adopt(): Promise<void> {
    for (const row of openTurns(this.app.db)) {
      const live = this.#open(row);
      this.#live.set(row.id, live);
      live.catch((error: unknown) => this.#never(row, error));
    }
  }

  async begin(message: Message): Promise<string> {
    const { app } = this;
    const session = sessionByUuid(app.db, message.session, app.now());
    if (!session) throw new Fault("not_found", "There is no such session.");
    runnerOf(session.provider);
    if (message.mode === "resume") this.#refuseOpen(session);
    const id = crypto.randomUUID();
    const lease = message.mode === "resume" ? await this.#take(session.id, id) : null;
    try {
      const row = await this.#prepare(id, session, message, lease);
      const live = this.#open(row, lease);
      this.#live.set(id, live);
      await live;
      app.log.audit("session message", { session: session.id, turn: id, mode: message.mode, by: message.by });
      return id;
    } catch (error) {
      this.#live.delete(id);
      await lease?.release();
      const row = turnById(app.db, id);
      if (row) await this.#never(row, error);
      throw error;
    }
  }

  async chat(id: string): Promise<Chat> {
    const live = await this.#live.get(id);
    if (live) return live.chat;
    const kept = this.#ended.get(id);
    if (kept) return kept;
    const row = turnById(this.app.db, id);
    if (!row) throw new Fault("not_found", "There is no such turn.");
    return this.#again(row);
  }

  cancel(id: string, why: string): void {
    void this.#live.get(id)?.then(({ open }) => open.stop(why));
  }

  answer(id: string, decision: Decision, by: string): Promise<Approval> {
    return this.#approvals.answer(id, decision, by);
  }

  lock(session: string): SessionLock {
    const { app } = this;
    const lease = leaseOf(app.db, session, app.now());
    if (lease)
      return {
        locked: true,
        holder: lease.holder,
        expires_at: new Date(lease.expiresAt).toISOString(),
        fork_available: true,
      };
    const holder = openInTerminal(app, session);
    return { locked: holder !== null, holder, expires_at: null, fork_available: true };
  }

  close(): void {
    for (const live of this.#live.values())
      void live.then(
        ({ open, lease }) => (open.leave(), lease?.leave()),
        () => {},
      );
  }

  #refuseOpen(session: Session) {
    const lock = this.lock(session.id);
    if (!lock.locked || lock.holder?.kind !== "terminal") return;
    throw locked("It is open in a terminal now.", lock);
  }

  async #take(session: string, id: string): Promise<HeldLease> {
    const lease = await createLease(this.app, { session, holder: id, kind: "turn" });
    if (lease) return lease;
    throw locked("Somebody else is going on with this session now.", this.lock(session));
  }

  async #prepare(id: string, session: Session, message: Message, lease: HeldLease | null): Promise<TurnRow> {
    const { app } = this;
    const place = await workspaceFor(app, session, message.workspace);
    if (place.kind === "choose")
      throw new Fault("workspace_choice", "Where is it to work?", "Choose one of the places.", {
        choices: place.choices,
      });
    const wanted = { fork: message.mode === "fork" };
    const { resume, fork } = await restoreSession(app, session.id, place.workspace.path, wanted);
    const turn: Omit<Turn, "tools"> = {
      prompt: message.text,
      cwd: place.workspace.path,
      resume,
      fork,
      model: message.model,
      permission: message.permission === null ? "ask" : { own: message.permission },
      images: message.images,
    };
    const { mode, onDisconnect } = message;
    const request = { provider: session.provider, mode, turn, onDisconnect, fence: lease?.fence ?? 0 };
    const workspace = { ...place.workspace, changed: false };
    await app.writer.run("addTurn", { id, session_id: session.id, request, workspace, by: message.by });
    return turnById(app.db, id)!;
  }

  async #open(row: TurnRow, taken?: HeldLease | null): Promise<Live> {
    const { app } = this;
    const lease = taken ?? (await createLease(app, { session: row.session_id, holder: row.id, kind: "turn" }));
    const chat = createChat();
    const tools = await toolsIn(app, this.#dirOf(row), row.request.provider);
    const open = await this.#openFolder(row, tools, (said, n) => {
      chat.push(said, n);
      this.#note(row, said);
    });
    await app.writer.run("turnRuns", { id: row.id, psid: null });
    this.#publish(row.id);
    void open.ended.then((outcome) => this.#end({ row, chat, open, lease }, outcome));
    return { row, chat, open, lease };
  }

  #dirOf({ id }: TurnRow): string {
    return join(this.app.config.home, "turns", id);
  }

  #openFolder(row: TurnRow, tools: Turn["tools"], hear: (said: Said, n: number) => void): Promise<OpenTurn> {
    const { app } = this;
    return openTurn({
      dir: this.#dirOf(row),
      job: row.id,
      runner: runnerOf(row.request.provider),
      turn: { ...row.request.turn, tools },
      env: app.config.env,
      limits: LIMITS,
      hear,
    });
  }

  /** What the rows must know of what is said; the same again after a crash changes nothing. */
  #note(row: TurnRow, said: Said) {
    const { writer, log } = this.app;
    const failed = (error: unknown) => log.error("a turn's word could not be kept", { turn: row.id, error });
    if (said.kind === "session") {
      const runs = writer.run("turnRuns", { id: row.id, psid: said.id });
      runs.then(() => this.#publish(row.id), failed);
    } else if (said.kind === "ask") this.#approvals.ask(row, said.ask).catch(failed);
    else if (said.kind === "withdrawn") this.#approvals.withdraw(row.id, said.id).catch(failed);
  }

  async #end({ row, chat, lease }: Live, outcome: Outcome) {
    const { app } = this;
    try {
      const now = turnById(app.db, row.id);
      await endTools(app, this.#dirOf(row));
      if (now?.provider_session_id) await archiveSession(app, row.request.provider, now.provider_session_id);
      const workspace = row.workspace && (await leaveWorkspace(app, row.workspace));
      await app.writer.run("endTurn", { id: row.id, outcome, workspace });
    } catch (error) {
      app.log.error("a turn's end could not be kept", { turn: row.id, error });
    }
    await lease?.release();
    this.#live.delete(row.id);
    this.#keep(row.id, chat);
    chat.end(outcome);
    this.#publish(row.id);
  }

  /** It never ran, or its folder cannot be read any more. */
  async #never(row: TurnRow, error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    this.app.log.error("a turn could not be opened", { turn: row.id, error });
    await endTools(this.app, this.#dirOf(row));
    const ended = { id: row.id, outcome: { kind: "lost", message } as const, workspace: row.workspace };
    await this.app.writer.run("endTurn", ended);
    this.#live.delete(row.id);
    this.#publish(row.id);
  }

  /** An ended turn's words, from its folder. */
  async #again(row: TurnRow): Promise<Chat> {
    const chat = createChat();
    // One that never began, or whose folder is gone: who reads must not start it.
    if (wasStarted(this.#dirOf(row))) {
      const open = await this.#openFolder(row, null, (said, n) => chat.push(said, n));
      chat.end(await open.ended);
    } else chat.end(row.outcome ?? { kind: "lost", message: "Nothing is kept of what was said." });
    this.#keep(row.id, chat);
    return chat;
  }

  #keep(id: string, chat: Chat) {
    this.#ended.set(id, chat);
    for (const old of [...this.#ended.keys()].slice(0, -KEPT)) this.#ended.delete(old);
  }

  #publish(id: string) {
    const row = turnById(this.app.db, id);
    if (row) this.app.feed.publish({ type: "turn", turn: toChatTurn(row) });
  }
}

/** Of an agent that can be run. */
function runnerOf(name: string): Runner {
  const { runner, label } = provider(name) ?? {};
  if (runner) return runner;
  throw new Fault("invalid", `${label ?? name} cannot be gone on with from here.`);
}

function locked(message: string, lock: SessionLock): Fault {
  return new Fault("session_locked", message, "Wait for it, or go on in a fork.", { lock });
}

/** A turn as the API gives it; throws `not_found`. */
export function turnOf(app: App, id: string): ChatTurn {
  const row = turnById(app.db, id);
  if (!row) throw new Fault("not_found", "There is no such turn.");
  return toChatTurn(row);
}
