/**
 * The live feed (API.md section 5): one socket for the whole app, kept open with back-off.
 * Frames are rows or doorbells. Whatever may have been missed (first hello, reconnect, gap in `seq`) calls the resync
 * listeners: who holds data looks again. Frames are handed on in batches, at once after a pause, else every 50 ms.
 */
import { batch, createSignal } from "solid-js";
import type { Frame } from "../src/domain/frame.ts";
import type { Early } from "./early.ts";

/** `lost` only after an attempt failed or an open socket closed. */
export type LiveState = "connecting" | "open" | "lost";

/** What of a socket is used, so that a test can play one. */
export type Socket = { close(): void } & {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

export type Live = {
  readonly state: () => LiveState;
  /** Version in the last hello; changes when the server was upgraded under an open page. */
  readonly version: () => string | null;
  /** Every frame but hello and ping, in order. Returns the way to stop. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /** Frames may have been missed: fetch again. Also after the first hello, for what was fetched before it. */
  onResync(listener: () => void): () => void;
  /** When the last hello came, performance.now(); what was asked before it may lack what no frame told. */
  readonly helloAt: () => number;
  /** Calls the resync listeners. */
  resync(): void;
  /** A try to connect failed; whoever can tells why (signed out, server gone). */
  onFailure(listener: () => void): () => void;
  /** Tries now instead of waiting (back online, page visible again, "retry"). */
  retry(): unknown;
  close(): void;
};

const FLUSH_MS = 50;
/** Two missed pings and a half. */
const SILENCE_MS = 40_000;
const FIRST_MS = 400;
/** Someone looks: a server that is back is noticed within two seconds. */
const LONGEST_MS = { seen: 1600, hidden: 15_000 };
/** A little more than the time between two pings: an open line that was silent for so long is doubted when asked. */
const DOUBT_MS = 17_000;
/** A clock that jumped by this much has slept. */
const LOOK_MS = 1000;
const SLEPT_MS = 5000;

/** Milliseconds before attempt `n` (from 0): doubling, capped, with jitter of half so that clients do not come in step. */
export function backoff(attempt: number, random: number, longest = LONGEST_MS.seen): number {
  const full = Math.min(longest, FIRST_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

const longestNow = (): number =>
  globalThis.document?.visibilityState === "hidden" ? LONGEST_MS.hidden : LONGEST_MS.seen;

/** Whether a frame with `seq` after `last` says that something was missed. Repeated frames are no gap. */
export const isGap = (last: number, seq: number): boolean => seq > last + 1;

/** Opens the feed and keeps it open until `close`. */
export function openLive(connect: () => Socket): Live {
  const [state, setState] = createSignal<LiveState>("connecting");
  const [version, setVersion] = createSignal<string | null>(null);
  const frames = new Set<(frame: Frame) => void>();
  const resyncs = new Set<() => void>();
  const failures = new Set<() => void>();
  const resync = () => resyncs.forEach((listener) => listener());
  let helloAt = -Infinity;
  const deliver = batcher((frame: Frame) => frames.forEach((listener) => listener(frame)));
  const receive = receiver({ deliver, resync });
  const line = keepOpen(connect, {
    message(data) {
      const hello = receive(data);
      if (hello === null) return false;
      helloAt = performance.now();
      batch(() => (setVersion(hello), setState("open")));
      resync();
      return true;
    },
    failure() {
      setState("lost");
      failures.forEach((listener) => listener());
    },
  });
  return {
    state,
    version,
    onFrame: subscriber(frames),
    onResync: subscriber(resyncs),
    onFailure: subscriber(failures),
    helloAt: () => helloAt,
    resync,
    ...line,
  };
}

/** Reads messages: passes frames on, sees gaps and repeats. Returns the server's version when it was a hello, else null. */
function receiver(to: { deliver(frame: Frame): void; resync(): void }): (data: string) => string | null {
  let seq = 0;
  return (data) => {
    const frame = read(data);
    if (!frame || frame.type === "ping") return null;
    if (frame.type === "hello") {
      seq = frame.seq;
      return frame.version;
    }
    if (frame.seq <= seq) return null;
    const gap = isGap(seq, frame.seq);
    seq = frame.seq;
    to.deliver(frame);
    if (gap) to.resync();
    return null;
  };
}

/** Holds one socket; `message` says true when the connection has proved good, which ends the back-off. */
function keepOpen(connect: () => Socket, to: { message(data: string): boolean; failure(): void }) {
  let socket: Socket | null = null;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  /** By the wall clock, which goes on while a laptop sleeps; timers do not. */
  let heardAt = Date.now();

  const open = () => {
    clearTimeout(timer);
    const mine = connect();
    socket = mine;
    watch();
    mine.onmessage = (event) => {
      if (socket !== mine) return;
      watch();
      if (to.message(event.data)) attempt = 0;
    };
    mine.onclose = () => socket === mine && lost();
  };
  const lost = () => {
    drop();
    timer = setTimeout(open, backoff(attempt++, Math.random(), longestNow()));
    to.failure();
  };
  const drop = () => {
    clearTimeout(watchdog);
    const old = socket;
    // Detached first: a dead connection may take minutes to say that it closed.
    socket = null;
    old?.close();
  };
  const watch = () => {
    heardAt = Date.now();
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, SILENCE_MS);
  };
  const retry = () => {
    if (socket && Date.now() - heardAt < DOUBT_MS) return;
    drop();
    open();
  };
  const stopLooking = afterSleep(retry);

  open();
  return { retry, close: () => (clearTimeout(timer), stopLooking(), drop()) };
}

/** Calls `act` when the clock has jumped: the machine was asleep, and what was open may be dead without a word. */
function afterSleep(act: () => void): () => void {
  let last = Date.now();
  const look = setInterval(() => {
    const slept = Date.now() - last > SLEPT_MS;
    last = Date.now();
    if (slept) act();
  }, LOOK_MS);
  return () => clearInterval(look);
}

const subscriber =
  <T>(set: Set<T>) =>
  (listener: T) => {
    set.add(listener);
    return () => void set.delete(listener);
  };

/** Hands items on at once after a pause, else in one Solid batch every FLUSH_MS. */
function batcher<T>(take: (item: T) => void): (item: T) => void {
  let queue: T[] = [];
  let last = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    last = performance.now();
    const items = queue;
    queue = [];
    batch(() => items.forEach(take));
  };
  return (item) => {
    queue.push(item);
    if (timer !== undefined) return;
    const wait = last + FLUSH_MS - performance.now();
    if (wait <= 0) return flush();
    timer = setTimeout(flush, wait);
  };
}

function read(data: string): Frame | null {
  try {
    // The parse boundary: the server is of the same build; unknown types are ignored by their listeners.
    return JSON.parse(data) as Frame;
  } catch {
    return null;
  }
}

let shared: Live | undefined;

/** The app's feed, opened at first use. */
export function live(): Live {
  shared ??= openLive(() => new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`));
  return shared;
}

let again: ReturnType<typeof setTimeout> | undefined;

/** An answer that was asked for before the hello is taken after it: what happened in between is in neither, so all look again. */
export function lookAgainAfter({ answer, askedAt }: Early): void {
  if (!shared || shared.helloAt() < askedAt) return;
  const look = () => void (again ??= setTimeout(() => ((again = undefined), shared?.resync())));
  answer.then(look, () => {});
}
