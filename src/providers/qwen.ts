/**
 * Qwen Code: a fork of another agent's CLI with a log of its own. Appended lines, each a record with a uuid and its
 * parent's; a message's parts are those of the model's API. A fork copies the history under the same uuids, each record
 * stamped with where it came from; a rewind hangs what follows on an earlier record.
 */
import type { Facts, Line, Parsed, Part, Provider, Usage } from "../domain/provider.ts";
import { type Json, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";
import { modelParts, promptParts, resultParts, tokensOf } from "./qwen/message.ts";
import { beside, identify, roots } from "./qwen/place.ts";
import { registrations } from "./qwen/registrations.ts";
import { start, type State, turnBegan } from "./qwen/state.ts";
import { systemRecord } from "./qwen/system.ts";
import { claimed } from "./qwen/telemetry.ts";
import { titleOf } from "./title.ts";

export const qwen: Provider<State> = {
  name: "qwen",
  label: "Qwen",
  mark: "Q",
  version: 1,
  roots,
  identify,
  start,
  parse(line, state) {
    const record = object(line.value) ?? (line.oversize ? object(mend(line.text)) : null);
    if (!record) return unreadable(line);
    const parsed = object(record.forkedFrom) ? copied(read(record, state)) : read(record, state);
    if (!state) return { parts: parsed.parts };
    return { ...parsed, facts: { ...factsOf(record, parsed.parts, state), ...parsed.facts } };
  },
  aside: beside,
  registrations,
  // List prices depend on the length of the prompt.
  price: () => null,
};

/** What a fork took over: said, and charged, where it comes from. */
function copied({ parts, usage, ...rest }: Parsed): Parsed {
  return {
    ...rest,
    parts: parts.map((part) => ({ ...part, replayed: true })),
    ...(usage && { usage: usage.map((call) => ({ ...call, replayed: true })) }),
  };
}

function unreadable({ text }: Line): Parsed {
  return text === "" ? { parts: [] } : { parts: [{ index: 0, kind: "unknown", text: text.slice(0, 4096) }] };
}

function read(record: Json, state: State | null): Parsed {
  switch (record.type) {
    case "user": {
      const parts = promptParts(record);
      if (state && parts[0]?.kind === "prompt") turnBegan(state, record);
      return { parts };
    }
    case "assistant":
      return { parts: modelParts(record, state === null), usage: usageOf(record, state) };
    case "tool_result":
      return { parts: resultParts(record, state === null) };
    case "system":
      return systemRecord(record, state);
    default:
      return { parts: [{ index: 0, kind: "unknown", text: word(record.type) ?? Object.keys(record).join(", ") }] };
  }
}

/** A call that the session's telemetry told of is counted there: it also knows calls that gave no message. */
function usageOf(record: Json, state: State | null): readonly Usage[] {
  // Of a sub-agent only its session's log says which model it was, in every version.
  if (record.isSidechain === true) return [];
  const tokens = tokensOf(record.usageMetadata);
  const key = word(record.uuid);
  if (!tokens || !key || (state && claimed(state, tokens))) return [];
  return [{ key, model: word(record.model) ?? null, at: millis(record.timestamp), tokens }];
}

/** Where the session works now, when it began, and its first words. */
function factsOf(record: Json, parts: readonly Part[], state: State): Facts {
  const cwd = word(record.cwd);
  const branch = word(record.gitBranch);
  const startedAt = state.started ? undefined : millis(record.timestamp);
  const origin = state.forked ? undefined : word(object(record.forkedFrom)?.sessionId);
  state.started ||= startedAt !== undefined;
  state.forked ||= origin !== undefined;
  const prompt = state.titled ? undefined : parts.find((part) => part.kind === "prompt" && !part.replayed)?.text;
  const title = prompt === undefined ? undefined : titleOf(prompt);
  state.titled ||= title !== undefined;
  return {
    ...(cwd && cwd !== state.cwd && { cwd: (state.cwd = cwd) }),
    ...(branch && branch !== state.branch && { branch: (state.branch = branch) }),
    ...(startedAt !== undefined && { startedAt }),
    ...(origin && { forkOf: { id: origin, agent: "" } }),
    ...(title && { title: { text: title, trust: "prompt" } }),
  };
}
