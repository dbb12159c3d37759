/** OpenAI Responses. */
import { uid } from "./calls.ts";
import { type Answer, type Asked, type Call, chunks, type Json, NOISE } from "./plan.ts";
import { type Said, type Send, tokens, type Tool, type Turn } from "./plan.ts";

export function responses(b: Json): Asked {
  const prompt = { type: "message", role: "user", content: [{ type: "input_text", text: b.input }] };
  const input: Json[] = typeof b.input === "string" ? [prompt] : b.input;
  return {
    turns: input.map(turnOf),
    tools: (b.tools ?? []).flatMap((t: Json) => toolsOf(t)),
    stream: b.stream,
    schema: b.text?.format?.schema,
    failure: (message) => ({ error: { message, type: "server_error", code: "fake" } }),
    say: (said) => say(b.model, input, said),
  };
}

const OWN = /^(function_call|custom_tool_call|local_shell_call|reasoning|web_search_call)$/;

function turnOf({ role, type, content }: Json): Turn {
  const texts: string[] = content?.map?.((c: Json) => c.text ?? "") ?? [];
  const text = texts.filter((t) => !NOISE.test(t)).join("\n");
  const model = role === "assistant" || OWN.test(type);
  return { role: model ? "model" : "user", text, isPrompt: role === "user" && !!text.trim() };
}

function toolsOf(t: Json, ns?: string): Tool[] {
  if (t.type === "namespace") return t.tools.flatMap((x: Json) => toolsOf(x, t.name));
  const props = Object.keys(t.parameters?.properties ?? {});
  return [{ name: t.name ?? t.type, props, custom: t.type === "custom", ns }];
}

function say(model: string, input: Json[], said: Said): Answer {
  const output = items(said);
  const [n, o] = [tokens(JSON.stringify(input)), tokens(JSON.stringify(output))];
  const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
  const usage = { input_tokens: n, output_tokens: o, total_tokens: n + o, ...details };
  const created_at = Math.floor(Date.now() / 1000);
  const whole = { id: uid("resp_"), object: "response", created_at, model, status: "completed", output, usage };
  return {
    whole,
    async pieces(send) {
      const begun = { ...whole, status: "in_progress", output: [], usage: null };
      await send({ type: "response.created", response: begun }, "response.created");
      for (const [index, item] of output.entries()) await sendItem(send, item, index);
      await send({ type: "response.completed", response: whole }, "response.completed");
    },
  };
}

function items({ text, think, calls }: Said): Json[] {
  const summary = [{ type: "summary_text", text: think }];
  const content = [{ type: "output_text", text, annotations: [] }];
  const spoken = { type: "message", id: uid("msg_"), role: "assistant", status: "completed", content };
  return [
    ...(think ? [{ type: "reasoning", id: uid("rs_"), summary, encrypted_content: "ZmFrZQ==" }] : []),
    ...(text ? [spoken] : []),
    ...calls.map(callItem),
  ];
}

function callItem({ id, name, ns, args, custom }: Call): Json {
  const rest = { call_id: id, name, status: "completed" };
  if (custom !== undefined) return { type: "custom_tool_call", id: uid("ctc_"), ...rest, input: custom };
  const namespace = ns && { namespace: ns };
  return { type: "function_call", id: uid("fc_"), ...rest, ...namespace, arguments: JSON.stringify(args) };
}

async function sendItem(send: Send, item: Json, output_index: number) {
  const ev = (d: Json) => send({ output_index, ...d }, d.type);
  const { begun, type, whole } = growth(item);
  await ev({ type: "response.output_item.added", item: { ...item, ...begun } });
  for (const delta of chunks(whole)) await ev({ type, item_id: item.id, content_index: 0, summary_index: 0, delta });
  await ev({ type: "response.output_item.done", item });
}

/** How an item begins, and what it grows by. */
function growth(item: Json): { begun: Json; type: string; whole: string } {
  if (item.type === "message")
    return {
      begun: { content: [], status: "in_progress" },
      type: "response.output_text.delta",
      whole: item.content[0].text,
    };
  if (item.type === "reasoning")
    return { begun: { summary: [] }, type: "response.reasoning_summary_text.delta", whole: item.summary[0].text };
  const begun = { status: "in_progress" };
  return { begun, type: "response.function_call_arguments.delta", whole: item.arguments ?? "" };
}
