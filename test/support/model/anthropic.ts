/** Anthropic Messages. */
import { uid } from "./calls.ts";
import { type Answer, type Asked, chunks, type Json, NOISE, type Said, tokens, type Turn } from "./plan.ts";

export function anthropic(b: Json): Asked {
  return {
    turns: b.messages.map(turnOf),
    tools: (b.tools ?? []).map((t: Json) => ({ name: t.name, props: Object.keys(t.input_schema?.properties ?? {}) })),
    stream: b.stream,
    schema: b.output_config?.format?.schema ?? b.output_format?.schema,
    failure: (message) => ({ type: "error", error: { type: "api_error", message } }),
    say: (said) => say(b, said),
  };
}

function turnOf(m: Json): Turn {
  const blocks = typeof m.content === "string" ? [{ type: "text", text: m.content }] : m.content;
  const texts = blocks.filter((x: Json) => x.type === "text" && !NOISE.test(x.text)).map((x: Json) => x.text);
  return {
    role: m.role === "assistant" ? "model" : "user",
    text: texts.at(-1) ?? "", // queued prompts arrive merged: the last wins
    isPrompt: m.role === "user" && texts.length > 0 && !blocks.some((x: Json) => x.type === "tool_result"),
  };
}

function say({ messages, model }: Json, { text, think, calls }: Said): Answer {
  const content: Json[] = [];
  if (think) content.push({ type: "thinking", thinking: think, signature: "ZmFrZQ==" });
  if (text) content.push({ type: "text", text });
  for (const c of calls)
    content.push({ type: "tool_use", id: c.id.replace("call_", "toolu_"), name: c.name, input: c.args });
  const usage = {
    input_tokens: tokens(JSON.stringify(messages)),
    output_tokens: tokens(JSON.stringify(content)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const end = { stop_reason: calls.length ? "tool_use" : "end_turn", stop_sequence: null };
  const whole = { id: uid("msg_"), type: "message", role: "assistant", model, content, ...end, usage };
  return {
    whole,
    async pieces(send) {
      const ev = (d: Json) => send(d, d.type);
      const message = { ...whole, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
      await ev({ type: "message_start", message });
      for (const [index, block] of content.entries()) {
        const { empty, deltas } = parts(block);
        await ev({ type: "content_block_start", index, content_block: empty });
        for (const delta of deltas) await ev({ type: "content_block_delta", index, delta });
        await ev({ type: "content_block_stop", index });
      }
      await ev({ type: "message_delta", delta: end, usage });
      await ev({ type: "message_stop" });
    },
  };
}

/** A block as it begins, and what it grows by. */
function parts(block: Json): { empty: Json; deltas: Json[] } {
  if (block.type === "tool_use") {
    const deltas = [...chunks(JSON.stringify(block.input))].map((s) => ({ type: "input_json_delta", partial_json: s }));
    return { empty: { ...block, input: {} }, deltas };
  }
  if (block.type === "text")
    return {
      empty: { type: "text", text: "" },
      deltas: [...chunks(block.text)].map((text) => ({ type: "text_delta", text })),
    };
  const thoughts = [...chunks(block.thinking)].map((thinking) => ({ type: "thinking_delta", thinking }));
  const signed = { type: "signature_delta", signature: block.signature };
  return { empty: { type: "thinking", thinking: "", signature: "" }, deltas: [...thoughts, signed] };
}
