/** What stands between shipper and server for a while. */
import type { Random } from "../support/random.ts";
import type { Timed } from "./script.ts";

export type Weather =
  | { readonly kind: "pass" }
  /** Connections end with RST after so many bytes. */
  | { readonly kind: "reset"; readonly after: number }
  /** Everything is taken, nothing is answered. */
  | { readonly kind: "silence" }
  /** So many bytes every 10 ms, each way. */
  | { readonly kind: "trickle"; readonly bytes: number }
  /** Requests reach the server, answers get lost. */
  | { readonly kind: "lost-answer" }
  /** Bodies over `limit` bytes are answered 413, the rest passes. */
  | { readonly kind: "limit"; readonly limit: number }
  /** An answer that is not the server's, or its refusal. */
  | { readonly kind: "answer"; readonly answer: AnswerName };

const fault = (code: string) => JSON.stringify({ error: { code, message: "said by the crash harness" } });

/** As they stand on the wire; LOCATION is where nobody must follow to. */
export const ANSWERS = {
  slow_down: { status: "429 Too Many Requests", headers: ["Retry-After: 1"], body: fault("slow_down") },
  internal: { status: "500 Internal Server Error", headers: [], body: fault("internal") },
  bad_gateway: { status: "502 Bad Gateway", headers: ["Content-Type: text/html"], body: "<h1>Bad Gateway</h1>" },
  starting: { status: "503 Service Unavailable", headers: [], body: fault("starting") },
  unauthenticated: { status: "401 Unauthorized", headers: [], body: fault("unauthenticated") },
  scope: { status: "403 Forbidden", headers: [], body: fault("scope") },
  portal: { status: "200 OK", headers: ["Content-Type: text/html"], body: "<html>Please log in to the network</html>" },
  empty: { status: "200 OK", headers: [], body: "" },
  stranger: { status: "200 OK", headers: ["Content-Type: application/json"], body: '{"ok":true}' },
  elsewhere: { status: "301 Moved Permanently", headers: ["Location: LOCATION"], body: "" },
} as const satisfies Record<
  string,
  { readonly status: string; readonly headers: readonly string[]; readonly body: string }
>;

export type AnswerName = keyof typeof ANSWERS;

/** Refusals of the token hold a shipper up longest: they are not more often than one in sixteen. */
const NAMES: readonly AnswerName[] = [
  ...(["slow_down", "internal", "slow_down", "internal", "bad_gateway", "starting"] as const),
  ...(["unauthenticated", "scope", "portal", "empty", "stranger", "elsewhere"] as const),
];

/** Fair weather and foul in turn until `ms`. */
export function weatherOf(random: Random, ms: number): Timed<Weather>[] {
  const all: Timed<Weather>[] = [];
  for (let at = 0; at < ms;) {
    all.push({ at, kind: "pass" });
    at += random.int(400, 3500);
    all.push({ at, ...foul(random) });
    at += random.next() < 0.2 ? random.int(3000, 5500) : random.int(200, 2500);
  }
  return all;
}

function foul(random: Random): Weather {
  return random.pick<() => Weather>([
    () => ({ kind: "reset", after: random.pick([0, 1, 300, 5000, 100_000]) }),
    () => ({ kind: "silence" }),
    () => ({ kind: "trickle", bytes: random.pick([40, 400, 4000]) }),
    () => ({ kind: "lost-answer" }),
    () => ({ kind: "limit", limit: random.pick([700, 5000, 60_000]) }),
    () => ({ kind: "answer", answer: random.pick(NAMES) }),
    () => ({ kind: "answer", answer: random.pick(NAMES) }),
  ])();
}
