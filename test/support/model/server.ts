/**
 * A scripted model for the real agents, on loopback only: Anthropic Messages, OpenAI Responses and Chat Completions, Gemini.
 * A prompt holds its script: `FAKE:[{"text": "hi", "tools": [{"bash": "ls"}]}, {"text": "done", "delayMs": 200}]`; steps have
 * text?, think?, tools?, delayMs?, chunkMs?, status?, error?, body?, headers?; tools are bash, write, read, edit, task, mcp, or
 * name and args.
 */
import { anthropic } from "./anthropic.ts";
import { gemini } from "./gemini.ts";
import { chat } from "./openai-chat.ts";
import { responses } from "./openai-responses.ts";
import { type Json, json, respond, tokens } from "./plan.ts";

export type ModelServer = {
  readonly url: string;
  /** Paths of the requests so far, oldest first. */
  readonly asked: readonly string[];
  /** What they held. */
  readonly told: readonly string[];
  close(): Promise<void>;
};

/** Starts one at a free port. */
export function startModel(): ModelServer {
  const asked: string[] = [];
  const told: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 255,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      const text = request.method === "POST" ? await request.text() : "";
      told.push(text);
      try {
        return await answer(pathname, text, request.method);
      } catch (error) {
        return json({ error: { type: "api_error", message: `fake: ${String(error)}` } }, 500);
      }
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, told, close: () => server.stop(true) };
}

async function answer(path: string, text: string, method: string): Promise<Response> {
  const body: Json = text === "" ? undefined : JSON.parse(text);
  const [, model = "", verb = ""] = /\/models\/([^:/]+):(\w+)$/.exec(path) ?? [];
  if (path.endsWith("/messages/count_tokens")) return json({ input_tokens: tokens(text) });
  if (path.endsWith("/messages") && body) return respond(anthropic(body));
  if (path.endsWith("/responses") && body) return respond(responses(body));
  if (path.endsWith("/chat/completions") && body) return respond(chat(body));
  if (verb === "countTokens") return json({ totalTokens: tokens(text) });
  if (verb.endsWith("enerateContent")) return respond(gemini(body, model, verb.startsWith("s")));
  if (method === "HEAD") return new Response(null);
  if (path.endsWith("/models")) return json({ object: "list", data: [FAKE], models: [] });
  return json({ error: { type: "not_found_error", message: `fake: no ${path}` } }, 404);
}

const FAKE = { id: "fake-model", object: "model", type: "model", display_name: "Fake" };
