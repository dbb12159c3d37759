/**
 * Claude Code. One session is one file of records, appended; sub-agents have files of their own. Nobody publishes the
 * format: what is here is what real files showed, and what nobody has seen yet gives a part of kind `unknown`.
 */
import type { Facts, Line, Parsed, Provider } from "../domain/provider.ts";
import { readAssistant } from "./claude/assistant.ts";
import { readAttachment, readPullRequest, readQueue, readSummary, readSystem, readTitle } from "./claude/aside.ts";
import { identify, roots } from "./claude/place.ts";
import { priceOf } from "./claude/prices.ts";
import { NOTHING, unknown } from "./claude/record.ts";
import { type ClaudeState, rememberLeaf, start } from "./claude/state.ts";
import { readUser } from "./claude/user.ts";
import { type Json, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";

/** Claude Code's transcripts. */
export const claude: Provider<ClaudeState> = {
  name: "claude",
  label: "Claude Code",
  mark: "C",
  version: 1,
  roots,
  identify,
  start,
  parse,
  price: priceOf,
};

/** Bookkeeping that says nothing to a person. */
const SILENT = new Set([
  "agent-name",
  "api-request",
  "api-request-blob",
  "api-request-shape",
  "atis-latch",
  "bridge-session",
  "cost-state",
  "file-history-delta",
  "file-history-snapshot",
  "frame-link",
  "last-prompt",
  "mode",
  "permission-mode",
  "progress",
  "result",
  "started",
  "tools-used",
  "worktree-state",
]);

function parse(line: Line, state: ClaudeState | null): Parsed {
  const record = object(line.oversize ? mend(line.text) : line.value);
  if (!record) return NOTHING;
  const parsed = read(record, state);
  if (!state) return parsed;
  const facts = circumstances(record, state);
  return facts ? { ...parsed, facts: { ...facts, ...parsed.facts } } : parsed;
}

function read(record: Json, state: ClaudeState | null): Parsed {
  switch (record.type) {
    case "user":
      return readUser(record, state);
    case "assistant":
      return readAssistant(record, state);
    case "system":
      return readSystem(record, state);
    case "attachment":
      return readAttachment(record, state);
    case "queue-operation":
      return readQueue(record, state);
    case "summary":
      return readSummary(record, state);
    case "ai-title":
      return readTitle(record.aiTitle, "ai");
    case "custom-title":
      return readTitle(record.customTitle, "custom");
    case "pr-link":
      return readPullRequest(record);
    case "relocated":
      return typeof record.relocatedCwd === "string" ? { parts: [], facts: { cwd: record.relocatedCwd } } : NOTHING;
  }
  return typeof record.type === "string" && SILENT.has(record.type) ? NOTHING : unknown(record, state === null);
}

/** Where and when: only what the last record did not say already. */
function circumstances(record: Json, state: ClaudeState): Facts | undefined {
  if (typeof record.uuid === "string" && (record.type === "assistant" || record.type === "user")) {
    rememberLeaf(state, record.uuid);
  }
  let facts: Facts | undefined;
  if (typeof record.cwd === "string" && record.cwd !== state.cwd && record.cwd !== "") {
    facts = { cwd: (state.cwd = record.cwd) };
  }
  const branch = branchOf(record);
  if (branch !== undefined && branch !== state.branch) facts = { ...facts, branch: (state.branch = branch) };
  const startedAt = state.started ? undefined : millis(record.timestamp);
  if (startedAt !== undefined) {
    state.started = true;
    facts = { ...facts, startedAt };
  }
  return withFork(record, state, facts);
}

/** `HEAD` is a checkout without a branch. */
function branchOf(record: Json): string | undefined {
  const branch = word(record.gitBranch);
  return branch === "HEAD" ? undefined : branch;
}

/** Copied records say where they are from (/branch; since 2.1.3 also --fork-session, on the model's messages). */
function withFork(record: Json, state: ClaudeState, facts: Facts | undefined): Facts | undefined {
  if (state.forked) return facts;
  const request = word(record.requestSessionId);
  const moved = request !== record.sessionId && typeof record.agentId !== "string" ? request : undefined;
  const id = word(object(record.forkedFrom)?.sessionId) ?? moved;
  if (id === undefined) return facts;
  state.forked = true;
  return { ...facts, forkOf: { id, agent: "" } };
}
