/** What headers say about a session. */
import type { Facts, SessionKey } from "../../domain/provider.ts";
import { type Json, millis, object, word } from "../json.ts";
import { isCopied } from "./replay.ts";
import type { State } from "./state.ts";

/** A session's own header gives all facts; one of copied history gives none, but leads to the oldest ancestor. */
export function header(meta: Json, state: State | null): Facts {
  const id = word(meta.id) ?? word(meta.session_id);
  if (!state || !id) return {};
  const from = forkedFrom(meta);
  if (state.id === "") {
    state.id = id;
    state.root = from ?? id;
    return { ...origin(meta), ...place(meta, state), ...git(meta), startedAt: millis(meta.timestamp) };
  }
  if (id === state.id) return { ...place(meta, state), ...git(meta) };
  if (id === state.root && from) state.root = from;
  else if (state.root === state.id) state.root = from ?? id;
  return {};
}

/** Model and directory of the turns to come. */
export function turn(settings: Json, state: State | null): Facts {
  if (!state) return {};
  state.model = word(settings.model) ?? state.model;
  if (isCopied(state)) return {};
  const facts = place(settings, state);
  // The model that approves commands by itself runs in sessions of its own.
  return state.model.startsWith("codex-auto-review") ? { ...facts, kind: "internal" } : facts;
}

/** The session that this one goes on from, whether its history was copied or only referred to. */
function forkedFrom(meta: Json): string | undefined {
  return word(meta.forked_from_id) ?? word(object(meta.history_base)?.thread_id);
}

function place(said: Json, state: State): Facts {
  const cwd = word(said.cwd);
  if (!cwd || cwd === state.cwd) return {};
  state.cwd = cwd;
  return { cwd };
}

function git(meta: Json): Facts {
  const said = object(meta.git);
  const branch = word(said?.branch);
  const repo = word(said?.repository_url);
  return { ...(branch ? { branch } : {}), ...(repo ? { repo } : {}) };
}

function origin(meta: Json): Facts {
  const key = (id: string): SessionKey => ({ id, agent: "" });
  const source = object(meta.source);
  const agent = source?.subagent;
  const spawn = object(object(agent)?.thread_spawn);
  const parent = word(spawn?.parent_thread_id) ?? word(meta.parent_thread_id);
  const from = forkedFrom(meta);
  // Reviews, guardians, compactions, the keeping of memories: the program's own errands.
  const errand = (agent !== undefined && !spawn) || source?.internal !== undefined;
  const internal = errand || meta.thread_source === "memory_consolidation";
  const kind = internal ? "internal" : spawn || meta.thread_source === "subagent" ? "subagent" : "main";
  return { kind, ...(parent ? { parent: key(parent) } : {}), ...(from ? { forkOf: key(from) } : {}) };
}
