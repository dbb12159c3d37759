/** Gemini (stream)GenerateContent. */
import { chunks, failure, fit, type Json, json, NOISE, plan, sleep, sse, tokens, type Turn } from "./plan.ts";
import { uid } from "./calls.ts";

export function gemini(b: Json, model: string, stream: boolean): Response | Promise<Response> {
  const turns: Turn[] = (b.contents ?? []).map((m: Json) => {
    const texts = (m.parts ?? [])
      .filter((x: Json) => x.text && !x.thought && !NOISE.test(x.text))
      .map((x: Json) => x.text);
    return {
      role: m.role === "model" ? "model" : "user",
      text: texts.join("\n"),
      isPrompt: m.role !== "model" && texts.length > 0 && !(m.parts ?? []).some((x: Json) => x.functionResponse),
    };
  });
  const decls = (b.tools ?? []).flatMap((t: Json) => t.functionDeclarations ?? []);
  const p = plan(
    turns,
    decls.map((t: Json) => ({
      name: t.name,
      props: Object.keys((t.parametersJsonSchema ?? t.parameters)?.properties ?? {}),
    })),
  );
  const bad = failure(p, (m) => ({ error: { code: p.step.status, message: m, ...statusOf(p.step.status) } }));
  if (bad) return bad;
  const schema = b.generationConfig?.responseJsonSchema ?? b.generationConfig?.responseSchema;
  const text = schema ? JSON.stringify(fit(schema)) : p.step.text;
  const n = tokens(JSON.stringify(b.contents)),
    o = tokens((text ?? "") + JSON.stringify(p.calls));
  const usageMetadata = { promptTokenCount: n, candidatesTokenCount: o, totalTokenCount: n + o };
  const wrap = (parts: Json[], finishReason?: string) => ({
    candidates: [{ index: 0, content: { role: "model", parts }, ...(finishReason && { finishReason }) }],
    usageMetadata,
    modelVersion: model,
    responseId: uid("r_"),
  });
  const thought = p.step.think ? [{ text: p.step.think, thought: true }] : [];
  const calls = schema
    ? []
    : p.calls.map((c, i) => ({
        functionCall: { id: c.id, name: c.name, args: c.args },
        ...(i === 0 && { thoughtSignature: "ZmFrZQ==" }),
      }));
  if (!stream)
    return sleep(p.step.delayMs).then(() => json(wrap([...thought, ...(text ? [{ text }] : []), ...calls], "STOP")));
  return sse(p, async (send) => {
    if (thought.length) await send(wrap(thought));
    for (const s of chunks(text ?? "")) await send(wrap([{ text: s }]));
    if (calls.length) await send(wrap(calls));
    await send(wrap([{ text: "" }], "STOP"));
  });
}

/** A used-up day is told apart from too many requests at once, which the agent repeats for minutes. */
function statusOf(status: number | undefined): Json {
  if (status !== 429) return { status: "UNAVAILABLE" };
  const violations = [{ quotaMetric: "requests", quotaId: "GenerateRequestsPerDayPerProjectPerModel" }];
  const details = [{ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations }];
  return { status: "RESOURCE_EXHAUSTED", details };
}
