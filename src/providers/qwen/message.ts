/** Messages: their parts are those of the model's API, and each keeps its place as its index. */
import type { Tokens } from "../../domain/event.ts";
import type { Image, Part } from "../../domain/provider.ts";
import { count, type Json, list, millis, object, word } from "../json.ts";
import { tokensFrom } from "./telemetry.ts";
import { callForm, readResult } from "./tools.ts";

const MOST_PARTS = 1000;
const REFERENCED = "--- Content from referenced files ---";

function stamp(record: Json, index: number) {
  const uuid = word(record.uuid);
  return { index, key: uuid && (index === 0 ? uuid : `${uuid}:${index}`), at: millis(record.timestamp) };
}

function contentOf(record: Json): readonly unknown[] {
  return list(object(record.message)?.parts).slice(0, MOST_PARTS);
}

/** What a person said, or what the program said in their place (`provenance`, and subtypes for timers and reports). */
export function promptParts(record: Json): readonly Part[] {
  const content = contentOf(record);
  const images = imagesIn(content);
  const text = content.map((part) => word(object(part)?.text) ?? "").join("");
  if (text.trim() === "" && images.length === 0) return [];
  const base = { ...stamp(record, 0), ...(images.length > 0 && { images }) };
  if (isInjected(record)) return [{ ...base, kind: "notice", text, injected: true }];
  const at = text.indexOf(REFERENCED);
  const shown = word(object(record.systemPayload)?.displayText) ?? (at < 0 ? text : text.slice(0, at));
  const prompt: Part = { ...base, kind: "prompt", text: shown.trim() };
  if (at < 0) return [prompt];
  return [prompt, { ...stamp(record, 1), kind: "notice", text: text.slice(at), injected: true }];
}

const BY_PERSON = [undefined, "real_user"];
const BY_PROGRAM = ["notification", "cron", "goal_runtime"];

function isInjected({ provenance, subtype }: Json): boolean {
  // Older records have no provenance.
  return !BY_PERSON.includes(word(provenance)) || BY_PROGRAM.includes(word(subtype) ?? "");
}

/** Thoughts, text and calls, in their order. `whole`: it is read back alone, so patches are worth their time. */
export function modelParts(record: Json, whole: boolean): readonly Part[] {
  const content = contentOf(record).map(object);
  const model = word(record.model);
  const calls = content.some((part) => object(part?.functionCall));
  const parts: Part[] = [];
  content.forEach((part, index) => {
    const call = object(part?.functionCall);
    const text = word(part?.text);
    if (call) parts.push({ ...stamp(record, index), ...callPart(call, whole), model });
    else if (!text || text.trim() === "") return;
    else if (part?.thought === true) parts.push({ ...stamp(record, index), kind: "thinking", text, model });
    else parts.push({ ...stamp(record, index), kind: "reply", text, model, ...(!calls && { final: true }) });
  });
  const tokens = tokensOf(record.usageMetadata);
  return tokens && parts[0] ? [{ ...parts[0], tokens }, ...parts.slice(1)] : parts;
}

function callPart(call: Json, whole: boolean): Pick<Part, "kind" | "call" | "tool" | "input" | "form"> {
  const tool = word(call.name) ?? "unknown";
  return { kind: "tool_call", call: word(call.id), tool, input: call.args, form: callForm(tool, call.args, whole) };
}

/** The results of calls; their images stand among the parts. */
export function resultParts(record: Json, whole: boolean): readonly Part[] {
  const content = contentOf(record);
  const images = imagesIn(content);
  const parts = content.flatMap((part, index): Part[] => {
    const response = object(object(part)?.functionResponse);
    if (!response) return [];
    const call = word(response.id);
    const tool = word(response.name) ?? "unknown";
    return [
      { ...stamp(record, index), kind: "tool_result", call, tool, ...readResult(tool, response, { record, whole }) },
    ];
  });
  return images.length > 0 && parts[0] ? [{ ...parts[0], images }, ...parts.slice(1)] : parts;
}

function imagesIn(content: readonly unknown[]): readonly Image[] {
  return content.flatMap((part) => {
    const nested = list(object(object(part)?.functionResponse)?.parts);
    const data = object(object(part)?.inlineData);
    const mediaType = word(data?.mimeType);
    const own =
      data && mediaType?.startsWith("image/") && word(data.data) ? [{ mediaType, data: word(data.data)! }] : [];
    return [...own, ...(nested.length > 0 ? imagesIn(nested) : [])];
  });
}

/** A message's tokens; null when it has none. */
export function tokensOf(usage: unknown): Tokens | null {
  const said = object(usage);
  if (!said) return null;
  return tokensFrom({
    prompt: count(said.promptTokenCount),
    output: count(said.candidatesTokenCount),
    thoughts: count(said.thoughtsTokenCount),
    cached: count(said.cachedContentTokenCount),
    total: count(said.totalTokenCount),
  });
}
