/** Lines as agents write them, and as crashes, editors and odd terminals leave them. Every one is another. */
import { psid } from "../support/fill.ts";
import type { Random } from "../support/random.ts";

const LF = Buffer.from("\n");

export type LineMaker = {
  /** Some lines, each with its end. */
  some(session: number): Buffer;
  /** One line of up to 2 MB, with its end. */
  long(session: number): Buffer;
  /** A line's beginning, without an end: the next lines go on from it. */
  torn(session: number): Buffer;
  /** A whole JSON document of a session. */
  document(session: number): Buffer;
};

/** Lines of one script: the same seed gives the same lines. */
export function lineMaker(random: Random): LineMaker {
  let n = 0;
  const word = () => random.int(0, 0xffffffff).toString(36);
  const words = (count: number) => Array.from({ length: count }, word).join(" ");
  const plain = (session: number, text: string) => {
    n++;
    const at = new Date(Date.UTC(2026, 2, 4) + n * 1000).toISOString();
    const uuid = `c0ffee00-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
    const base = { uuid, sessionId: psid(session), cwd: "/w", timestamp: at };
    return Buffer.from(JSON.stringify({ type: "user", ...base, message: { role: "user", content: text } }));
  };
  const odd = (session: number): Buffer => {
    const line = plain(session, words(4));
    const cut = random.int(1, line.length - 1);
    return random.pick([
      () => Buffer.from([...line.subarray(0, cut), 0, 0, ...line.subarray(cut)]),
      () => Buffer.from([...line.subarray(0, cut), 0xff, 0xc3, 0x28, ...line.subarray(cut)]),
      () => line.subarray(0, cut),
      () => Buffer.from(`\ufeff${line.toString()}`),
      () => Buffer.from(`${line.toString()}\r`),
      () => Buffer.from(`\n\n \t\n${word()}`),
      () => Buffer.from(`{bad json ${word()}`),
      () => Buffer.from(`${JSON.stringify({ t: word() }).slice(0, -1)},"s":"\\ud800 \u2028 検索 😀"}`),
      () => Buffer.from(`[[[[${word()}`),
      () => Buffer.alloc(random.int(1, 3000), word()),
    ])();
  };
  const one = (session: number) => (random.next() < 0.3 ? odd(session) : plain(session, words(random.int(1, 60))));
  return {
    some: (session) =>
      Buffer.concat(Array.from({ length: random.int(1, 12) }, () => Buffer.concat([one(session), LF]))),
    long: (session) =>
      Buffer.concat([plain(session, `${words(20)} `.repeat(random.int(200, 10_000))).subarray(0, 2_000_000), LF]),
    torn(session) {
      const line = one(session);
      return line.subarray(0, random.int(1, line.length));
    },
    document(session) {
      const messages = Array.from({ length: random.int(1, 12) }, () => ({
        id: word(),
        type: "user",
        content: words(9),
      }));
      return Buffer.from(JSON.stringify({ sessionId: psid(session), messages }, null, 1));
    },
  };
}
