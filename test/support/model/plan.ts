/**
 * What the model says: scripted by the prompt. It is stateless: the last prompt holds the script (`FAKE:[steps]`), the number of the
 * model's turns behind it selects the step. So retries, resumed sessions, forks and sub-agents work without a memory.
 */
import { toCall } from "./calls.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- four vendors' requests, taken apart as they come
export type Json = any;
export type Step = {
  text?: string;
  think?: string;
  tools?: Json[];
  delayMs?: number;
  chunkMs?: number;
  status?: number;
  error?: string;
  /** Of a failure: its whole body, and what stands in its head. */
  body?: Json;
  headers?: Record<string, string>;
};
export type Tool = { name: string; props: string[]; custom?: boolean; ns?: string };
export type Call = { id: string; name: string; args: Json; custom?: string; ns?: string };
export type Turn = { role: "user" | "model"; text: string; isPrompt: boolean };
export type Plan = { step: Step; index: number; prompt: string; calls: Call[] };

const sleep = (ms = 0) => (ms ? Bun.sleep(ms) : Promise.resolve());
export const json = (body: Json, status = 200) => Response.json(body, { status });
export const tokens = (s: string) => Math.max(1, Math.ceil(s.length / 4));

/** First JSON array after "FAKE:" in s, found by bracket matching (strings respected). */
function inlineScript(s: string): Step[] | undefined {
  const start = s.indexOf("FAKE:[");
  if (start < 0) return;
  let depth = 0,
    inStr = false;
  for (let i = start + 5; i < s.length; i++) {
    const c = s[i];
    if (inStr) {
      if (c === "\\") i++;
      else if (c === '"') inStr = false;
      continue;
    }
    if (c === '"') inStr = true;
    else if (c === "[" || c === "{") depth++;
    else if ((c === "]" || c === "}") && --depth === 0) {
      try {
        return JSON.parse(s.slice(start + 5, i + 1));
      } catch {
        return;
      }
    }
  }
}

// Text the CLIs put into user messages by themselves: never a prompt.
export const NOISE =
  /^\s*(<system-reminder>|<environment_context>|<user_instructions>|<INSTRUCTIONS>|# AGENTS\.md|<permissions|<session_context>|<skills_instructions>|<hook_context>|<subagent_notification>|<task-notification>|\[Request interrupted|This is the Gemini CLI)/;

function plan(turns: Turn[], tools: Tool[]): Plan {
  let at = turns.length - 1;
  while (at >= 0 && !(turns[at]!.role === "user" && turns[at]!.isPrompt)) at--;
  const prompt = at >= 0 ? turns[at]!.text : "";
  let index = 0;
  for (let i = at + 1; i < turns.length; i++) if (turns[i]!.role === "model" && turns[i - 1]?.role !== "model") index++;
  const steps = inlineScript(prompt) ?? [];
  const step = steps[index] ?? { text: steps.length ? "Done." : `Fake reply to: ${prompt.slice(-120).trim()}` };
  const calls = (step.tools ?? []).map((a) => toCall(a, tools)).filter((c): c is Call => !!c);
  return { step, index, prompt, calls };
}

/** Smallest value fitting a JSON schema, for the CLIs' own structured side calls. */
function fit(s: Json): Json {
  if (!s) return {};
  if (s.enum) return s.enum[0];
  switch (String(Array.isArray(s.type) ? s.type[0] : s.type).toLowerCase()) {
    case "string":
      return "fake";
    case "number":
    case "integer":
      return s.minimum ?? 1;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return Object.fromEntries(Object.entries(s.properties ?? {}).map(([k, v]) => [k, fit(v)]));
  }
}

export function* chunks(s: string, n = 24) {
  for (let i = 0; i < s.length; i += n) yield s.slice(i, i + n);
}

export type Send = (data: Json, event?: string) => Promise<void>;
/** What a vendor's request asks for, and how that vendor words a failure and an answer. */
export type Asked = {
  turns: Turn[];
  tools: Tool[];
  stream: boolean;
  /** What the answer must fit; scripts go before it, unless `fits`. */
  schema?: Json;
  fits?: boolean;
  failure(message: string, status: number): Json;
  say(said: Said): Answer;
};
export type Said = { text: string; think: string; calls: Call[] };
export type Answer = { whole: Json; pieces(send: Send): Promise<void>; done?: string };

/** Plays the script's step in the vendor's words, whole or in pieces. */
export function respond({ turns, tools, stream, schema, fits, failure, say }: Asked): Response | Promise<Response> {
  const { step, prompt, calls } = plan(turns, tools);
  const { status, error = "scripted failure", body, headers } = step;
  if (status) return Response.json(body ?? failure(error, status), { status, headers });
  const fitted = schema && (fits || !inlineScript(prompt));
  const text = fitted ? JSON.stringify(fit(schema)) : (step.text ?? "");
  const answer = say({ text, think: step.think ?? "", calls: fitted && fits ? [] : calls });
  return stream ? sse(step, answer) : sleep(step.delayMs).then(() => json(answer.whole));
}

function sse({ delayMs, chunkMs }: Step, { pieces, done }: Answer): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async start(to) {
      const line = (text: string) => to.enqueue(encoder.encode(text));
      try {
        await sleep(delayMs);
        await pieces(async (data, event) => {
          line(`${event ? `event: ${event}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
          await sleep(chunkMs);
        });
        if (done) line(`data: ${done}\n\n`);
        to.close();
      } catch {
        /* client went away */
      }
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}
