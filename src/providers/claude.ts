/**
 * Claude Code. One session is one file of records, appended; sub-agents have files of their own. Nobody publishes the
 * format: what is here is what real files showed, and what nobody has seen yet gives a part of kind `unknown`.
 */
import type { Facts, Line, Mark, Parsed, Provider } from "../domain/provider.ts";
import { advice } from "./claude/advice.ts";
import { readAssistant } from "./claude/assistant.ts";
import { readAttachment, readPullRequest, readQueue, readSummary, readSystem, readTitle } from "./claude/aside.ts";
import { origin, withCopies } from "./claude/copies.ts";
import { identify, roots } from "./claude/place.ts";
import { presence } from "./claude/presence.ts";
import { priceOf } from "./claude/prices.ts";
import { idOf, NOTHING, pathOf, unknown } from "./claude/record.ts";
import { registrations } from "./claude/registrations.ts";
import { withRewind } from "./claude/rewind.ts";
import { runner } from "./claude/runner.ts";
import { aside } from "./claude/sidecar.ts";
import { type ClaudeState, rememberLeaf, start, takeSummary } from "./claude/state.ts";
import { readUser } from "./claude/user.ts";
import { type Json, list, millis, object, word } from "./json.ts";
import { mend } from "./mend.ts";

/** Claude Code's transcripts. */
export const claude: Provider<ClaudeState> = {
  name: "claude",
  label: "Claude Code",
  mark: "C",
  version: 3,
  roots,
  identify,
  start,
  parse,
  aside,
  presence,
  advice,
  registrations,
  runner,
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
]);

function parse(line: Line, state: ClaudeState | null): Parsed {
  const record = object(line.oversize ? mend(line.text) : line.value);
  if (!record) return torn(line.text);
  const said = withCopies(record, withSuperseded(record, read(record, state)), state);
  if (!state) return said;
  const parsed = withRewind(record, said, state);
  const facts = circumstances(record, state);
  return facts ? { ...parsed, facts: { ...facts, ...parsed.facts } } : parsed;
}

/** A line that is no record: cut off by a crash, or not the tool's own. */
function torn(text: string): Parsed {
  const head = text.slice(0, 4096);
  return head.trim() === "" ? NOTHING : { parts: [{ index: 0, kind: "unknown", text: head }] };
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
    case "worktree-state":
      return readWorktree(record);
    case "relocated":
      return typeof record.relocatedCwd === "string" ? { parts: [], facts: { cwd: record.relocatedCwd } } : NOTHING;
  }
  return typeof record.type === "string" && SILENT.has(record.type) ? NOTHING : unknown(record);
}

/** Where and when: only what the last record did not say already. */
function circumstances(record: Json, state: ClaudeState): Facts | undefined {
  let facts: Facts | undefined;
  const uuid = record.type === "assistant" || record.type === "user" ? idOf(record.uuid) : undefined;
  if (uuid !== undefined) {
    rememberLeaf(state, uuid);
    const text = state.summaries.length > 0 ? takeSummary(state, uuid) : undefined;
    if (text !== undefined) facts = { title: { text, trust: "summary" } };
  }
  const cwd = pathOf(record.cwd);
  if (cwd !== undefined && cwd !== state.cwd) facts = { ...facts, cwd: (state.cwd = cwd) };
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
  const branch = pathOf(record.gitBranch);
  return branch === "HEAD" ? undefined : branch;
}

/** The fork of a fork has records of both: the later ones are of the nearer. */
function withFork(record: Json, state: ClaudeState, facts: Facts | undefined): Facts | undefined {
  const id = origin(record);
  if (id === undefined || id === state.forkOf) return facts;
  state.forkOf = id;
  return { ...facts, forkOf: { id, agent: "" } };
}

/** A record may take the place of others, such as a reply that was cut off: they stay, marked. */
function withSuperseded(record: Json, parsed: Parsed): Parsed {
  if (record.supersedesUuids === undefined) return parsed;
  const uuids = list(record.supersedesUuids).filter((uuid) => typeof uuid === "string");
  const marks = uuids.map((key): Mark => ({ key, flag: "abandoned", reach: "one" }));
  return { ...parsed, marks: [...(parsed.marks ?? []), ...marks] };
}

/** Entering a worktree changes the branch; its folder is on the records from then on. */
function readWorktree(record: Json): Parsed {
  const branch = word(object(record.worktreeSession)?.worktreeBranch);
  return branch === undefined ? NOTHING : { parts: [], facts: { branch } };
}
