/**
 * GET /api/live: the feed over WebSockets. A client that does not keep up is sent nothing more until it has read what
 * waits for it; a hello then tells it where the feed stands, which it takes as "fetch again". `access` judged its Origin.
 */
import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import { Hono } from "hono";
import type { Context } from "hono";
import type { App } from "../app.ts";
import { Fault } from "../domain/fault.ts";
import type { Frame } from "../domain/frame.ts";
import { KIB, MIB } from "../domain/limits.ts";
import { readArchive } from "../store/devices.ts";
import { VERSION } from "../version.ts";
import { whenEnded } from "./access/ended.ts";
import { need, stillGood } from "./access.ts";
import type { Authed, Who } from "./access.ts";

/** What a socket carries. */
export type LiveData = {
  readonly who: Who;
  stop: () => void;
  /** Since when frames are left out, ms; null = none is. */
  missingSince: number | null;
};

export type Live = {
  /** Mounted on /api/live. */
  readonly routes: Hono<Authed>;
  readonly websocket: WebSocketHandler<LiveData>;
  close(): void;
};

type Socket = ServerWebSocket<LiveData>;

/** Bytes that may wait for one client; past it frames are left out. */
const WAITING_MAX = MIB;
const CLIENTS_MAX = 1000;
const PING_MS = 15_000;
/** A login that ran out, and whatever ended without a word (another password), is noticed this soon. */
const CHECK_MS = 4000;
/** A client that takes nothing for so long is gone. */
const STUCK_MS = 60_000;

const GOING_AWAY = 1001;
const POLICY = 1008;
const TRY_AGAIN = 1013;

/** The route, and the handler that Bun.serve wants. */
export function live(app: App): Live {
  const clients = new Set<Socket>();
  const timers = [
    setInterval(() => clients.forEach((socket) => send(socket, { type: "ping" })), PING_MS),
    setInterval(() => clients.forEach((socket) => check(app, socket)), CHECK_MS),
  ];
  for (const timer of timers) timer.unref();
  const stopListening = whenEnded(app, () => clients.forEach((socket) => check(app, socket)));

  const routes = new Hono<Authed>().get("/", need("read"), (c) => {
    if (clients.size >= CLIENTS_MAX)
      throw new Fault("slow_down", "Too many clients listen.", undefined, { retry_after: 30 });
    return upgrade(c);
  });

  return {
    routes,
    websocket: {
      open(socket) {
        clients.add(socket);
        send(socket, hello(app));
        socket.data.stop = app.feed.subscribe((frame) => pass(app, socket, frame));
      },
      // Nothing is asked over this socket; what comes is not even looked at.
      message() {},
      drain(socket) {
        if (socket.data.missingSince === null || socket.getBufferedAmount() > 0) return;
        socket.data.missingSince = null;
        send(socket, hello(app));
      },
      close(socket) {
        clients.delete(socket);
        socket.data.stop();
      },
      maxPayloadLength: 16 * KIB,
      // Ours stops long before; a frame is never larger than this.
      backpressureLimit: 16 * MIB,
      perMessageDeflate: false,
      sendPings: true,
      idleTimeout: 30,
    },
    close() {
      stopListening();
      timers.forEach((timer) => clearInterval(timer));
      for (const socket of clients) socket.close(GOING_AWAY, "The server stops");
    },
  };
}

function upgrade(c: Context<Authed>): Response {
  // Bun passes its server where Hono has the environment; in tests without a socket there is none.
  const server = c.env as Server<LiveData> | undefined;
  const data: LiveData = { who: c.get("who"), stop: () => {}, missingSince: null };
  if (server?.upgrade?.(c.req.raw, { data })) return new Response(null);
  throw new Fault("bad_request", "This is a WebSocket.", "Connect with ws:// or wss://.");
}

function hello(app: App): Frame {
  return { type: "hello", version: VERSION, archive_id: readArchive(app.db).archive_id, seq: app.feed.seq };
}

function send(socket: Socket, frame: Frame) {
  if (socket.getBufferedAmount() <= WAITING_MAX) socket.send(JSON.stringify(frame));
}

function pass(app: App, socket: Socket, frame: string) {
  // 0 = Bun has dropped it.
  if (socket.data.missingSince === null && socket.getBufferedAmount() <= WAITING_MAX && socket.send(frame) !== 0)
    return;
  socket.data.missingSince ??= app.now();
}

function check(app: App, socket: Socket) {
  const { who, missingSince } = socket.data;
  if (!stillGood(app, who)) return socket.close(POLICY, "Signed out");
  if (missingSince !== null && app.now() - missingSince > STUCK_MS) socket.close(TRY_AGAIN, "Too slow");
}
