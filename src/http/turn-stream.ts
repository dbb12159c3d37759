/** A turn as server-sent events (API.md section 6). Each has its number as `id`: who comes again goes on behind the last. */
import type { App } from "../app.ts";
import type { Chat, Heard } from "../commis/chat.ts";
import { approvalId } from "../commis/approvals.ts";
import type { Outcome, Said } from "../domain/turn.ts";
import { sessionId } from "../lib/id.ts";
import { turnById } from "../store/turns.ts";

/** Shorter than what servers and proxies between take for the end, ms. */
const COMMENT_MS = 5000;

export type Streamed = {
  readonly id: string;
  readonly chat: Chat;
  /** The first number to send. */
  readonly from: number;
  /** Called when the client leaves before the end. */
  readonly gone?: () => void;
};

/** What the text of the reply that is being written has grown to, and of all replies. */
type Sum = { accumulated: string; total: number };

/** An answer that lasts as long as the turn. */
export function turnStream(app: App, { id, chat, from, gone }: Streamed): Response {
  const left = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const timer = setInterval(() => send(": still here\n\n"), COMMENT_MS);
      const sum: Sum = { accumulated: "", total: 0 };
      const names = { turn: id, provider: turnById(app.db, id)?.request.provider ?? "" };
      try {
        send(event(null, "system", { type: "turn", turn_id: id, ...startOf(app, id) }));
        // What the client has is heard again too, for the sums: it is not sent.
        for await (const heard of chat.listen(0, left.signal)) {
          const text = written(names, heard, sum);
          if (heard.n >= from && text !== null) send(text);
        }
        if (left.signal.aborted) return;
        if (chat.outcome) send(finished(chat.outcome, chat.length, sum));
        controller.close();
      } finally {
        clearInterval(timer);
      }
    },
    cancel() {
      left.abort();
      if (!chat.outcome) gone?.();
    },
  });
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
      "X-Turn-Id": id,
    },
  });
}

function startOf(app: App, id: string) {
  const row = turnById(app.db, id);
  return { session_id: row?.session_id ?? null, workspace: row?.workspace ?? null };
}

function event(n: number | null, name: string, data: unknown): string {
  return `${n === null ? "" : `id: ${n}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** null: nothing that a client is told. */
function written(names: Names, { n, said }: Heard, sum: Sum): string | null {
  const [name, data] = told(names, said, sum) ?? [];
  return name === undefined ? null : event(n, name, data);
}

type Names = { readonly turn: string; readonly provider: string };

function told({ turn, provider }: Names, said: Said, sum: Sum): readonly [string, unknown] | null {
  switch (said.kind) {
    case "session":
      return ["system", { type: "session", session_id: sessionId(provider, said.id), provider_session_id: said.id }];
    case "delta":
      sum.accumulated += said.text;
      return ["assistant_delta", { text: said.text, accumulated: sum.accumulated }];
    case "reply": {
      sum.total += said.text.length;
      // An agent that writes whole replies only, or whose last piece was not told.
      const rest = said.text.startsWith(sum.accumulated) ? said.text.slice(sum.accumulated.length) : said.text;
      sum.accumulated = "";
      return ["assistant_delta", { text: rest, accumulated: said.text, final: true }];
    }
    case "thinking":
      return ["system", { type: "thinking", text: said.text }];
    case "tool":
      return ["tool_use", { name: said.name, id: said.id, target: said.target }];
    case "result":
      return ["tool_result", { id: said.id, result: said.text, is_error: said.isError }];
    case "usage":
      return ["usage", { tokens: said.tokens, cost_usd: said.costUsd }];
    case "ask":
      return ["permission", { approval_id: approvalId(turn, said.ask.id), ...said.ask, state: "pending" }];
    case "withdrawn":
      return ["permission", { approval_id: approvalId(turn, said.id), state: "withdrawn" }];
    case "outcome":
      return null;
    default:
      return said satisfies never;
  }
}

/** An `error` where there was one, and `done` exactly once. */
function finished(outcome: Outcome, n: number, { total }: Sum): string {
  const failed = outcome.kind === "ok" ? "" : event(n, "error", { error: outcome.message, details: outcome });
  const done = { exit_code: outcome.kind === "ok" ? 0 : 1, total_text_length: total, outcome: outcome.kind };
  return failed + event(n + 1, "done", done);
}
