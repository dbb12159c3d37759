/** Bytes as they come off the socket: in time, or not at all. */
import type { Context } from "hono";
import { Fault } from "../../domain/fault.ts";
import { KIB } from "../../domain/limits.ts";

/** A sender that brings less than SLOW bytes while we wait this long is let go: it holds memory that others want. */
const WINDOW_MS = 15_000;
const SLOW = 16 * KIB;
/** Of a body that is read whole we do not see the pieces: it has a window's time for each so many bytes of it. */
const WHOLE_SLOW = 64 * KIB;

/** Content-Length; null when the body comes in chunks. */
export function declaredLength(c: Context): number | null {
  const length = c.req.header("content-length");
  return length === undefined || !/^\d+$/.test(length) ? null : Number(length);
}

/**
 * The whole body of `length` bytes (its Content-Length), collected by Bun: an import costs main half of what pieces do. For
 * short bodies: long ones hold the loop. Throws as `arriving` does.
 */
export async function arrived(c: Context, length: number, windowMs = WINDOW_MS): Promise<ArrayBuffer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooSlow(c)), windowMs * Math.max(1, Math.ceil(length / WHOLE_SLOW)));
  try {
    return await Promise.race([late, c.req.raw.arrayBuffer().catch(brokenOff)]);
  } finally {
    clearTimeout(timer);
  }
}

function brokenOff(): never {
  throw new Fault("bad_request", "The connection was closed before the body was whole.");
}

/** The body's pieces (at most 1 MiB each). Throws Fault `bad_request` when the sender is gone or too slow. */
export async function* arriving(c: Context, windowMs = WINDOW_MS): AsyncGenerator<Uint8Array> {
  const reader = c.req.raw.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  if (!reader) return;
  const clock = watchSlow(windowMs, () => void reader.cancel().catch(() => {}));
  try {
    for (;;) {
      clock.waiting();
      const { done, value } = await reader.read().catch(brokenOff);
      clock.got(value?.length ?? 0);
      if (clock.slow) throw tooSlow(c);
      if (done) return;
      yield value;
    }
  } finally {
    clock.stop();
    void reader.cancel().catch(() => {});
  }
}

/** Counts only the time that we wait for the sender, not what we do with its bytes. */
function watchSlow(windowMs: number, onSlow: () => void) {
  let since: number | null = null;
  let waited = 0;
  let fresh = 0;
  let slow = false;
  const look = () => {
    const now = performance.now();
    if (waited + (since === null ? 0 : now - since) < windowMs) return;
    if (fresh < SLOW) {
      slow = true;
      onSlow();
    }
    waited = fresh = 0;
    if (since !== null) since = now;
  };
  const timer = setInterval(look, windowMs / 4);
  return {
    waiting() {
      since = performance.now();
    },
    got(bytes: number) {
      waited += performance.now() - (since ?? performance.now());
      since = null;
      fresh += bytes;
    },
    get slow() {
      return slow;
    },
    stop: () => clearInterval(timer),
  };
}

/** Closes the connection with the answer, else Bun would go on listening to the trickle. */
function tooSlow(c: Context): Fault {
  c.header("Connection", "close");
  return new Fault("bad_request", "The body came too slowly.", "Send it again, in smaller pieces.");
}
