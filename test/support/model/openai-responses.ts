/** OpenAI Responses. */
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
  type Tool,
  type Turn,
} from "./plan.ts";
import { uid } from "./calls.ts";

export function responses(b: Json): Response | Promise<Response> {
  const input: Json[] =
    typeof b.input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: b.input }] }]
      : b.input;
  const turns: Turn[] = input.map((i) => {
    const text =
      (i.content ?? [])
        .map?.((c: Json) => c.text ?? "")
        .filter((t: string) => !NOISE.test(t))
        .join("\n") ?? "";
    const model =
      i.role === "assistant" ||
      /^(function_call|custom_tool_call|local_shell_call|reasoning|web_search_call)$/.test(i.type);
    return { role: model ? "model" : "user", text, isPrompt: i.role === "user" && !!text.trim() };
  });
  const flat = (t: Json, ns?: string): Tool[] =>
    t.type === "namespace"
      ? t.tools.flatMap((x: Json) => flat(x, t.name))
      : [
          {
            name: t.name ?? t.type,
            props: Object.keys(t.parameters?.properties ?? {}),
            custom: t.type === "custom",
            ns,
          },
        ];
  const p = plan(
    turns,
    (b.tools ?? []).flatMap((t: Json) => flat(t)),
  );
  const bad = failure(p, (m) => ({ error: { message: m, type: "server_error", code: "fake" } }));
  if (bad) return bad;
  const schema = b.text?.format?.schema;
  const text = schema && !inlineScript(p.prompt) ? JSON.stringify(fit(schema)) : p.step.text;
  const out: Json[] = [];
  if (p.step.think)
    out.push({
      type: "reasoning",
      id: uid("rs_"),
      summary: [{ type: "summary_text", text: p.step.think }],
      encrypted_content: "ZmFrZQ==",
    });
  if (text)
    out.push({
      type: "message",
      id: uid("msg_"),
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text, annotations: [] }],
    });
  for (const c of p.calls)
    out.push(
      c.custom !== undefined
        ? {
            type: "custom_tool_call",
            id: uid("ctc_"),
            call_id: c.id,
            name: c.name,
            input: c.custom,
            status: "completed",
          }
        : {
            type: "function_call",
            id: uid("fc_"),
            call_id: c.id,
            name: c.name,
            ...(c.ns && { namespace: c.ns }),
            arguments: JSON.stringify(c.args),
            status: "completed",
          },
    );
  const usage = {
    input_tokens: tokens(JSON.stringify(input)),
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens(JSON.stringify(out)),
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens(JSON.stringify(input)) + tokens(JSON.stringify(out)),
  };
  const resp = {
    id: uid("resp_"),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model: b.model,
    status: "completed",
    output: out,
    usage,
  };
  if (!b.stream) return sleep(p.step.delayMs).then(() => json(resp));
  return sse(p, async (send) => {
    const ev = (d: Json) => send(d, d.type);
    await ev({ type: "response.created", response: { ...resp, status: "in_progress", output: [], usage: null } });
    for (const [output_index, item] of out.entries()) {
      const at = { output_index, item_id: item.id };
      await ev({
        type: "response.output_item.added",
        output_index,
        item:
          item.type === "message"
            ? { ...item, content: [], status: "in_progress" }
            : item.type === "reasoning"
              ? { ...item, summary: [] }
              : { ...item, status: "in_progress" },
      });
      if (item.type === "message")
        for (const s of chunks(text!))
          await ev({ type: "response.output_text.delta", ...at, content_index: 0, delta: s });
      if (item.type === "reasoning")
        for (const s of chunks(p.step.think!))
          await ev({ type: "response.reasoning_summary_text.delta", ...at, summary_index: 0, delta: s });
      if (item.type === "function_call")
        for (const s of chunks(item.arguments))
          await ev({ type: "response.function_call_arguments.delta", ...at, delta: s });
      await ev({ type: "response.output_item.done", output_index, item });
    }
    await ev({ type: "response.completed", response: resp });
  });
}
