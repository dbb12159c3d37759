/** Gemini (stream)GenerateContent. */
import { uid } from "./calls.ts";
import { type Answer, type Asked, chunks, type Json, NOISE, type Said, tokens, type Turn } from "./plan.ts";

export function gemini(b: Json, model: string, stream: boolean): Asked {
  const config = b.generationConfig;
  return {
    turns: (b.contents ?? []).map(turnOf),
    tools: (b.tools ?? [])
      .flatMap((t: Json) => t.functionDeclarations ?? [])
      .map((t: Json) => ({
        name: t.name,
        props: Object.keys((t.parametersJsonSchema ?? t.parameters)?.properties ?? {}),
      })),
    stream,
    schema: config?.responseJsonSchema ?? config?.responseSchema,
    // Its own side calls hold the prompt, and so the script.
    fits: true,
    failure: (message, code) => ({ error: { code, message, ...statusOf(code) } }),
    say: (said) => say(b, model, said),
  };
}

function turnOf(m: Json): Turn {
  const parts: Json[] = m.parts ?? [];
  const texts = parts.filter((x) => x.text && !x.thought && !NOISE.test(x.text)).map((x) => x.text);
  return {
    role: m.role === "model" ? "model" : "user",
    text: texts.join("\n"),
    isPrompt: m.role !== "model" && texts.length > 0 && !parts.some((x) => x.functionResponse),
  };
}

function say({ contents }: Json, modelVersion: string, { text, think, calls }: Said): Answer {
  const n = tokens(JSON.stringify(contents)),
    o = tokens(text + JSON.stringify(calls));
  const usageMetadata = { promptTokenCount: n, candidatesTokenCount: o, totalTokenCount: n + o };
  const wrap = (parts: Json[], finishReason?: string) => ({
    candidates: [{ index: 0, content: { role: "model", parts }, ...(finishReason && { finishReason }) }],
    usageMetadata,
    modelVersion,
    responseId: uid("r_"),
  });
  const thought = think ? [{ text: think, thought: true }] : [];
  const called = calls.map((c, i) => ({
    functionCall: { id: c.id, name: c.name, args: c.args },
    ...(i === 0 && { thoughtSignature: "ZmFrZQ==" }),
  }));
  return {
    whole: wrap([...thought, ...(text ? [{ text }] : []), ...called], "STOP"),
    async pieces(send) {
      if (thought.length) await send(wrap(thought));
      for (const s of chunks(text)) await send(wrap([{ text: s }]));
      if (called.length) await send(wrap(called));
      await send(wrap([{ text: "" }], "STOP"));
    },
  };
}

/** A used-up day is told apart from too many requests at once, which the agent repeats for minutes. */
function statusOf(code: number): Json {
  if (code !== 429) return { status: "UNAVAILABLE" };
  const violations = [{ quotaMetric: "requests", quotaId: "GenerateRequestsPerDayPerProjectPerModel" }];
  const details = [{ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations }];
  return { status: "RESOURCE_EXHAUSTED", details };
}
