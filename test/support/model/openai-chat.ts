/** OpenAI Chat Completions. */
import {
  chunks,
  failure,
  fit,
  inlineScript,
  type Json,
  json,
  NOISE,
  plan,
  sleep,
  sse,
  tokens,
  type Turn,
} from "./plan.ts";
import { uid } from "./calls.ts";

export function chat(b: Json): Response | Promise<Response> {
  const textOf = (c: Json) =>
    (typeof c === "string" ? [c] : (c ?? []).map((x: Json) => x.text ?? ""))
      .filter((t: string) => !NOISE.test(t))
      .join("\n");
  const turns: Turn[] = b.messages.map((m: Json) => ({
    role: m.role === "assistant" ? "model" : "user",
    text: textOf(m.content),
    isPrompt: m.role === "user" && !!textOf(m.content).trim(),
  }));
  const p = plan(
    turns,
    (b.tools ?? []).map((t: Json) => ({
      name: t.function.name,
      props: Object.keys(t.function.parameters?.properties ?? {}),
    })),
  );
  const bad = failure(p, (m) => ({ error: { message: m, type: "server_error" } }));
  if (bad) return bad;
  const schema = b.response_format?.json_schema?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const tool_calls = p.calls.map((c, index) => ({
    index,
    id: c.id,
    type: "function",
    function: { name: c.name, arguments: JSON.stringify(c.args) },
  }));
  const finish_reason = tool_calls.length ? "tool_calls" : "stop";
  const n = tokens(JSON.stringify(b.messages)),
    o = tokens((text ?? "") + JSON.stringify(tool_calls));
  const usage = { prompt_tokens: n, completion_tokens: o, total_tokens: n + o };
  const base = { id: uid("chatcmpl-"), created: Math.floor(Date.now() / 1000), model: b.model };
  if (!b.stream)
    return sleep(p.step.delayMs).then(() =>
      json({
        ...base,
        object: "chat.completion",
        usage,
        choices: [
          {
            index: 0,
            finish_reason,
            message: { role: "assistant", content: text ?? null, ...(tool_calls.length && { tool_calls }) },
          },
        ],
      }),
    );
  return sse(
    p,
    async (send) => {
      const ev = (delta: Json, fin: string | null = null) =>
        send({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: fin }] });
      await ev({ role: "assistant", content: "" });
      if (p.step.think) for (const s of chunks(p.step.think)) await ev({ reasoning_content: s });
      for (const s of chunks(text ?? "")) await ev({ content: s });
      for (const t of tool_calls) await ev({ tool_calls: [t] });
      await ev({}, finish_reason);
      await send({ ...base, object: "chat.completion.chunk", choices: [], usage });
    },
    "[DONE]",
  );
}
