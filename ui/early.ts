/** Answers that were asked for before the app's code was there (ui/start.ts), by path. */

/** `askedAt`: performance.now(). */
export type Early = { readonly answer: Promise<Response>; readonly askedAt: number };

declare global {
  /** Set by the first script of the page. */
  var early: Map<string, Early> | undefined;
}

/** What nobody took by then was asked for in vain, and is old, ms. */
const OLD_MS = 10_000;

/** Asks now for what the app will ask for. Its failure is told to whoever takes it. */
export function askEarly(path: string): void {
  const answer = fetch(path, { headers: { accept: "application/json" } });
  answer.catch(() => {});
  (globalThis.early ??= new Map()).set(path, { answer, askedAt: performance.now() });
}

/** The answer on its way, once: what is asked again is asked anew. */
export function takeEarly(path: string): Early | undefined {
  const early = globalThis.early?.get(path);
  globalThis.early?.delete(path);
  return early && performance.now() - early.askedAt < OLD_MS ? early : undefined;
}
