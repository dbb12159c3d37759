/** Where the logs live, whose they are, and what a sub-agent's small file beside its log says. */
import type { Aside, Env, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";
import { type Json, millis, object, word } from "../json.ts";

/** The `projects` folder of every place where the tool keeps its files; equal ones once. */
export function roots(env: Env): readonly Root[] {
  const dirs = [env.QWEN_RUNTIME_DIR, env.QWEN_HOME, env.HOME && `${env.HOME}/.qwen`];
  const named = dirs.filter((dir): dir is string => dir !== undefined && dir !== "");
  return [...new Set(named.map((dir) => `${dir.replace(/\/+$/, "")}/projects`))].map((dir) => ({ dir, unit }));
}

const CHAT = /(?:^|\/)chats\/(?:archive\/)?([^/]+)\.jsonl$/;
const AGENT = /(?:^|\/)subagents\/([^/]+)\/agent-([^/]+?)(\.jsonl|\.meta\.json)$/;

function unit(relative: string): Unit | null {
  if (CHAT.test(relative)) return "lines";
  const suffix = AGENT.exec(relative)?.[3];
  return suffix === undefined ? null : suffix === ".jsonl" ? "lines" : "file";
}

/** A sub-agent's log lies in its session's folder; every other is named by its records, which a copied file keeps. */
export function identify(head: Head): Identity {
  const agent = AGENT.exec(head.path);
  if (agent?.[3] === ".meta.json") return { kind: "sidecar", of: { id: agent[1]!, agent: agent[2]! } };
  if (agent) return subagent({ id: agent[1]!, agent: agent[2]! });
  if (!head.whole) return { kind: "wait" };
  const record = recordOf(head.text);
  const id = word(record?.sessionId) ?? CHAT.exec(head.path)?.[1];
  if (id === undefined) return { kind: "none" };
  const name = record?.isSidechain === true ? word(record.agentId) : undefined;
  return name === undefined ? { kind: "session", session: { id, agent: "" } } : subagent({ id, agent: name });
}

function subagent(session: SessionKey): Identity {
  return { kind: "session", session, facts: { kind: "subagent", parent: { id: session.id, agent: "" } } };
}

/** The task a sub-agent was given, in a few words, and who gave it. Never throws. */
export function beside(path: string, text: () => string): readonly Aside[] {
  const agent = AGENT.exec(path);
  if (agent?.[3] !== ".meta.json") return [];
  const meta = recordOf(text());
  if (!meta) return [];
  const startedAt = millis(meta.createdAt);
  const title = word(meta.description)?.trim();
  const facts = {
    ...(startedAt !== undefined && { startedAt }),
    ...(title && { title: { text: title, trust: "index" as const } }),
    parent: { id: agent[1]!, agent: word(meta.parentAgentId) ?? "" },
  };
  return [{ session: { id: agent[1]!, agent: agent[2]! }, facts }];
}

function recordOf(text: string): Json | null {
  try {
    return object(JSON.parse(text));
  } catch {
    // A first line that is cut off, or a file read while it was rewritten.
    const id = /"sessionId":"([^"\\]{1,200})"/.exec(text)?.[1];
    return id === undefined ? null : { sessionId: id };
  }
}
