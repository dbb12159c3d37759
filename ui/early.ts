/** Answers that were asked for before the app's code was there (ui/start.ts), by path. */

declare global {
  /** Set by the first script of the page. */
  var early: Map<string, Promise<Response>> | undefined;
}

/** Asks now for what the app will ask for. Its failure is told to whoever takes it. */
export function askEarly(path: string): void {
  const answer = fetch(path, { headers: { accept: "application/json" } });
  answer.catch(() => {});
  (globalThis.early ??= new Map()).set(path, answer);
}

/** The answer on its way, once: what is asked again is asked anew. */
export function takeEarly(path: string): Promise<Response> | undefined {
  const answer = globalThis.early?.get(path);
  globalThis.early?.delete(path);
  return answer;
}
