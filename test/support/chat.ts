/** Going on with a session over HTTP, as a client does: messages, their streams, what is asked. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Approval, ChatTurn, SessionLock } from "../../src/domain/chat.ts";
import { createParser, type TurnEvent } from "../../ui/chat/stream.ts";
import { conversation, idOf } from "./conversation.ts";
import { post, sessionId } from "./post.ts";
import type { Server } from "./server.ts";
import { tempDir } from "./temp.ts";
import { eventually } from "./web.ts";

/** Longest that a state is waited for, ms. */
const WAIT_MS = 30_000;

/** Archives a session as one of another day that worked in a folder of this machine; gives its id and that folder. */
export async function oldSession(server: Pick<Server, "api" | "json" | "home">, n: number) {
  const cwd = tempDir("worked");
  const talk = conversation({ id: idOf(n), at: Date.now() - 86_400_000, cwd });
  talk.prompt(`Question of session ${n}`);
  talk.reply(`Answer of session ${n}`);
  talk.title(`Session number ${n}`);
  const dir = join(server.home, ".claude/projects", cwd.replace(/[^A-Za-z0-9]/g, "-"));
  mkdirSync(dir, { recursive: true });
  await post(server, join(dir, `${idOf(n)}.jsonl`), talk.text());
  return { id: await eventually(() => sessionId(server, idOf(n)).catch(() => ""), Boolean, WAIT_MS), cwd, dir };
}

const JSON_BODY = { "Content-Type": "application/json" };

/** Sends a message; the answer is its stream or a fault. */
export const message = (server: Pick<Server, "api">, session: string, body: unknown): Promise<Response> =>
  server.api(`/api/sessions/${session}/chat`, { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) });

/** All events of a stream, once it has ended. */
export const eventsIn = async (answer: Response): Promise<TurnEvent[]> => createParser()(await answer.text());

/** A turn's stream behind the event `last`, once it has ended. */
export const rejoined = async (server: Pick<Server, "api">, turn: string, last: number): Promise<TurnEvent[]> =>
  eventsIn(await server.api(`/api/turns/${turn}/stream`, { headers: { "Last-Event-ID": String(last) } }));

/** What waits for an answer, once something does. */
export async function pending(server: Pick<Server, "json">, session?: string): Promise<Approval> {
  const look = async () => {
    const { approvals } = await server.json<{ approvals: Approval[] }>("/api/approvals?state=pending");
    return approvals.find((one) => session === undefined || one.session_id === session);
  };
  return (await eventually(look, Boolean, WAIT_MS))!;
}

/** Answers it. */
export const answer = (server: Pick<Server, "api">, approval: string, body: unknown): Promise<Response> =>
  server.api(`/api/approvals/${approval}`, { method: "PUT", headers: JSON_BODY, body: JSON.stringify(body) });

/** A turn, once it has ended. */
export const ended = (server: Pick<Server, "json">, turn: string): Promise<ChatTurn> =>
  eventually(
    () => server.json<ChatTurn>(`/api/turns/${turn}`),
    ({ state }) => state === "ended",
    WAIT_MS,
  );

/** Who holds a session. */
export const lockOf = (server: Pick<Server, "json">, session: string): Promise<SessionLock> =>
  server.json(`/api/sessions/${session}/lock`);
