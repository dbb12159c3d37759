/** OpenAI Chat Completions. */
import { uid } from "./calls.ts";
import { type Answer, type Asked, chunks, type Json, NOISE, type Said, tokens, type Turn } from "./plan.ts";

export function chat(b: Json): Asked {
  return {
    turns: b.messages.map(turnOf),
    tools: (b.tools ?? []).map((t: Json) => ({
      name: t.function.name,
      props: Object.keys(t.function.parameters?.properties ?? {}),
    })),
    stream: b.stream,
    schema: b.response_format?.json_schema?.schema,
    failure: (message) => ({ error: { message, type: "server_error" } }),
    say: (said) => say(b, said),
  };
}

function turnOf({ role, content }: Json): Turn {
  const texts: string[] = typeof content === "string" ? [content] : (content ?? []).map((x: Json) => x.text ?? "");
  const text = texts.filter((t) => !NOISE.test(t)).join("\n");
  return { role: role === "assistant" ? "model" : "user", text, isPrompt: role === "user" && !!text.trim() };
}

function say({ messages, model }: Json, { text, think, calls }: Said): Answer {
  const tool_calls = calls.map((c, index) => ({
    index,
    id: c.id,
    type: "function",
    function: { name: c.name, arguments: JSON.stringify(c.args) },
  }));
  const finish_reason = tool_calls.length ? "tool_calls" : "stop";
  const n = tokens(JSON.stringify(messages)),
    o = tokens(text + JSON.stringify(tool_calls));
  const usage = { prompt_tokens: n, completion_tokens: o, total_tokens: n + o };
  const base = { id: uid("chatcmpl-"), created: Math.floor(Date.now() / 1000), model };
  const message = { role: "assistant", content: text || null, ...(tool_calls.length && { tool_calls }) };
  const piece = { ...base, object: "chat.completion.chunk" };
  return {
    whole: { ...base, object: "chat.completion", usage, choices: [{ index: 0, finish_reason, message }] },
    done: "[DONE]",
    async pieces(send) {
      const ev = (delta: Json, fin: string | null = null) =>
        send({ ...piece, choices: [{ index: 0, delta, finish_reason: fin }] });
      await ev({ role: "assistant", content: "" });
      for (const s of chunks(think)) await ev({ reasoning_content: s });
      for (const s of chunks(text)) await ev({ content: s });
      for (const t of tool_calls) await ev({ tool_calls: [t] });
      await ev({}, finish_reason);
      await send({ ...piece, choices: [], usage });
    },
  };
}
