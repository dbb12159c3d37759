/** Anthropic Messages. */
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

function anthropicTurns(b: Json): Turn[] {
  return b.messages.map((m: Json) => {
    const blocks = typeof m.content === "string" ? [{ type: "text", text: m.content }] : m.content;
    const texts = blocks.filter((x: Json) => x.type === "text" && !NOISE.test(x.text)).map((x: Json) => x.text);
    return {
      role: m.role === "assistant" ? "model" : "user",
      text: texts.at(-1) ?? "", // queued prompts arrive merged: the last wins
      isPrompt: m.role === "user" && texts.length > 0 && !blocks.some((x: Json) => x.type === "tool_result"),
    };
  });
}
export function anthropic(b: Json): Response | Promise<Response> {
  const p = plan(
    anthropicTurns(b),
    (b.tools ?? []).map((t: Json) => ({ name: t.name, props: Object.keys(t.input_schema?.properties ?? {}) })),
  );
  const bad = failure(p, (m) => ({ type: "error", error: { type: "api_error", message: m } }));
  if (bad) return bad;
  const schema = b.output_config?.format?.schema ?? b.output_format?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const blocks: Json[] = [];
  if (p.step.think) blocks.push({ type: "thinking", thinking: p.step.think, signature: "ZmFrZQ==" });
  if (text) blocks.push({ type: "text", text });
  for (const c of p.calls)
    blocks.push({ type: "tool_use", id: c.id.replace("call_", "toolu_"), name: c.name, input: c.args });
  const usage = {
    input_tokens: tokens(JSON.stringify(b.messages)),
    output_tokens: tokens(JSON.stringify(blocks)),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const stop_reason = p.calls.length ? "tool_use" : "end_turn";
  const msg = {
    id: uid("msg_"),
    type: "message",
    role: "assistant",
    model: b.model,
    content: blocks,
    stop_reason,
    stop_sequence: null,
    usage,
  };
  if (!b.stream) return sleep(p.step.delayMs).then(() => json(msg));
  return sse(p, async (send) => {
    const ev = (d: Json) => send(d, d.type);
    await ev({
      type: "message_start",
      message: { ...msg, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    });
    for (const [index, blk] of blocks.entries()) {
      const empty =
        blk.type === "tool_use"
          ? { ...blk, input: {} }
          : blk.type === "text"
            ? { type: "text", text: "" }
            : { type: "thinking", thinking: "", signature: "" };
      await ev({ type: "content_block_start", index, content_block: empty });
      const [src, delta]: [string, (s: string) => Json] =
        blk.type === "tool_use"
          ? [JSON.stringify(blk.input), (s) => ({ type: "input_json_delta", partial_json: s })]
          : blk.type === "text"
            ? [blk.text, (s) => ({ type: "text_delta", text: s })]
            : [blk.thinking, (s) => ({ type: "thinking_delta", thinking: s })];
      for (const s of chunks(src)) await ev({ type: "content_block_delta", index, delta: delta(s) });
      if (blk.type === "thinking")
        await ev({ type: "content_block_delta", index, delta: { type: "signature_delta", signature: blk.signature } });
      await ev({ type: "content_block_stop", index });
    }
    await ev({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage });
    await ev({ type: "message_stop" });
  });
}
