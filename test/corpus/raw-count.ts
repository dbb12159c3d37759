/**
 * Counts what raw session files hold, by its own reading of them: no line of the parsers is used here, so that both may be
 * wrong, but not in the same way. One logical record counts once over all files, by the agents' own ids. `home` is a HOME.
 */
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

export type Figures = { input: number; output: number; cache_read: number; cache_write: number; reasoning: number };
export type Count = {
  /** Of people; sub-agents and the agent's own helpers apart. */
  sessions: number;
  helpers: number;
  /** In sessions of people. */
  prompts: number;
  toolCalls: number;
  /** Calls without any result. */
  unpaired: number;
  tokens: Figures;
};

type Json = Record<string, unknown>;

const FIGURES = ["input", "output", "cache_read", "cache_write", "reasoning"] as const;
const none = (): Figures => ({ input: 0, output: 0, cache_read: 0, cache_write: 0, reasoning: 0 });
const json = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(json) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Calls and their results, over all files. */
function createPairs() {
  const calls = new Set<string>();
  const results = new Set<string>();
  return {
    call: (id: unknown) => void calls.add(text(id)),
    result: (id: unknown) => void results.add(text(id)),
    counts: () => ({ toolCalls: calls.size, unpaired: [...calls].filter((id) => !results.has(id)).length }),
  };
}

/** The largest of each figure for each call's key. */
function createMaximum() {
  const calls = new Map<string, Figures>();
  return {
    see(key: string, figures: Figures): void {
      const known = calls.get(key) ?? none();
      calls.set(key, Object.fromEntries(FIGURES.map((f) => [f, Math.max(known[f], figures[f])])) as Figures);
    },
    sum: () => [...calls.values()].reduce(plus, none()),
  };
}

const plus = (a: Figures, b: Figures): Figures => Object.fromEntries(FIGURES.map((f) => [f, a[f] + b[f]])) as Figures;

/** The JSON values of a text that holds one, or several a line. What is none is left out. */
function valuesOf(source: string): Json[] {
  return source.split("\n").flatMap((line) => {
    const clean = line
      .replace(/^\uFEFF/, "")
      .replaceAll("\0", "")
      .trim();
    return clean === "" ? [] : (parsed(clean) ?? glued(clean));
  });
}

function parsed(source: string): Json[] | null {
  try {
    return [json(JSON.parse(source))];
  } catch {
    return null;
  }
}

/** `{…}{…}`: cut where a brace closes the outermost one. */
function glued(line: string): Json[] {
  const found: Json[] = [];
  let [depth, start, inText] = [0, 0, false];
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (inText) {
      if (c === "\\") i++;
      else if (c === '"') inText = false;
    } else if (c === '"') inText = true;
    else if (c === "{" && depth++ === 0) start = i;
    else if (c === "}" && --depth === 0) found.push(...(parsed(line.slice(start, i + 1)) ?? []));
  }
  return found;
}

const filesOf = (home: string, glob: string): string[] =>
  [...new Bun.Glob(glob).scanSync({ cwd: home, dot: true })].sort().map((path) => join(home, path));

/** Every provider's count. */
export function countRaw(home: string): Record<string, Count> {
  return { claude: claude(home), codex: codex(home), gemini: gemini(home), cursor: cursor(home) };
}

const NOISE =
  /^\s*(<(task-notification|local-command|bash-|user-memory|system-reminder|teammate-message)|Caveat: The messages below|\[Request interrupted|Base directory for this skill|This session is being continued|Stop hook feedback|Unknown slash command)/;
const CONTEXT = /<(system-reminder|ide_\w+|user-prompt-submit-hook)>[\s\S]*?<\/\1>/g;

function claude(home: string): Count {
  const [pairs, tokens] = [createPairs(), createMaximum()];
  const sessions = new Set<string>();
  const helpers = new Set<string>();
  /** Of each session's longest file: earlier states of it hold less. */
  const prompts = new Map<string, { readonly records: number; readonly keys: readonly string[] }>();
  const requests = new Map<string, string>();
  const paths = filesOf(home, ".claude/projects/**/*.jsonl").filter(
    (path) => !/journal\.jsonl$|tool-results/.test(path),
  );
  // A session's own file before those of its helpers, which copy it.
  for (const path of paths.sort((a, b) => Number(isHelper(a)) - Number(isHelper(b)) || (a < b ? -1 : 1))) {
    const records = valuesOf(readFileSync(path, "utf8"));
    const spoken = records.filter((record) =>
      ["user", "assistant", "system", "attachment"].includes(text(record["type"])),
    );
    if (spoken.length > 0) (isHelper(path) ? helpers : sessions).add(basename(path));
    for (const record of records) claudeRecord(record, { pairs, tokens, requests });
    const known = prompts.get(basename(path));
    if (isHelper(path) || (known && known.records > records.length)) continue;
    prompts.set(basename(path), { records: records.length, keys: [...claudePrompts(records).keys()] });
  }
  return {
    sessions: sessions.size,
    helpers: helpers.size,
    prompts: new Set([...prompts.values()].flatMap(({ keys }) => keys)).size,
    ...pairs.counts(),
    tokens: tokens.sum(),
  };
}

const isHelper = (path: string) => basename(path).startsWith("agent-") || path.includes("/subagents/");

type Seen = { readonly pairs: ReturnType<typeof createPairs>; readonly tokens: ReturnType<typeof createMaximum> };

function claudeRecord(record: Json, { pairs, tokens, requests }: Seen & { readonly requests: Map<string, string> }) {
  const message = json(record["message"]);
  for (const block of list(message["content"])) {
    if (block["type"] === "tool_use" || block["type"] === "server_tool_use") pairs.call(block["id"]);
    if (text(block["type"]).endsWith("tool_result")) pairs.result(block["tool_use_id"]);
  }
  const usage = json(message["usage"]);
  if (record["type"] !== "assistant" || Object.keys(usage).length === 0) return;
  const [id, request] = [text(message["id"]), text(record["requestId"])];
  // Some copies of a message have lost their request's id: they are that message all the same.
  if (id !== "" && request !== "") requests.set(id, request);
  const key = id === "" ? text(record["uuid"]) : `${id}\n${request || (requests.get(id) ?? "")}`;
  tokens.see(key, {
    input: number(usage["input_tokens"]),
    output: number(usage["output_tokens"]),
    cache_read: number(usage["cache_read_input_tokens"]),
    cache_write: number(usage["cache_creation_input_tokens"]),
    reasoning: 0,
  });
}

/** uuid → text. A prompt that was queued counts when its delivery is no `user` record. */
function claudePrompts(records: readonly Json[]): Map<string, string> {
  const found = new Map<string, string>();
  const queued = new Map<string, string>();
  for (const [i, record] of records.entries()) {
    const next = records[i + 1];
    // A resume of 1.x copied the prompt under its session's id, and the answer under its own.
    const copied = next?.["type"] === "assistant" && next["sessionId"] !== record["sessionId"];
    const said = copied ? null : typedText(record, next);
    if (said) found.set(text(record["uuid"]) || `line ${i}`, said);
    const attachment = json(record["attachment"]);
    if (attachment["type"] === "queued_command" && attachment["commandMode"] !== "task-notification")
      queued.set(wordsOf(attachment["prompt"]).trim(), text(record["uuid"]) || `line ${i}`);
    if (record["type"] === "queue-operation" && record["operation"] === "enqueue" && text(record["content"]))
      queued.set(text(record["content"]).trim(), `queue ${text(record["timestamp"])}`);
  }
  // Taken back into the editor: what is sent then is another prompt.
  for (const record of records) if (record["operation"] === "popAll") queued.delete(text(record["content"]).trim());
  const typed = new Set([...found.values()].map((said) => said.trim()));
  for (const [said, key] of queued) if (!typed.has(said) && said !== "" && !NOISE.test(said)) found.set(key, said);
  return found;
}

const wordsOf = (content: unknown): string =>
  typeof content === "string"
    ? content
    : list(content)
        .map((block) => (block["type"] === "text" ? text(block["text"]) : block["type"] === "image" ? "[image]" : ""))
        .filter(Boolean)
        .join("\n");

/** A command that the tool answers itself is followed by its own output. */
function typedText(record: Json, next: Json | undefined): string | null {
  if (record["type"] !== "user" || record["isMeta"] === true || record["isCompactSummary"] === true) return null;
  if (record["toolUseResult"] !== undefined || record["sourceToolUseID"] !== undefined) return null;
  if (record["isSidechain"] === true || record["promptSource"] === "system") return null;
  const origin = json(record["origin"])["kind"];
  if (origin !== undefined && origin !== "human") return null;
  const content = json(record["message"])["content"];
  if (list(content).some((block) => block["type"] === "tool_result")) return null;
  const said = wordsOf(content).replaceAll(CONTEXT, "");
  if (said.trim() === "" || NOISE.test(said)) return null;
  const local = JSON.stringify(json(next?.["message"])["content"] ?? next?.["content"] ?? "").includes(
    "<local-command-std",
  );
  return /^\s*<command-/.test(said) && local ? null : said;
}

type Rollout = { readonly id: string; readonly records: readonly Json[]; readonly header: Json };

/** The payload of new lines, the line itself of old ones. */
const payloadOf = (record: Json): Json => (typeof record["payload"] === "object" ? json(record["payload"]) : record);

function codex(home: string): Count {
  const rollouts = new Map<string, Rollout>();
  for (const path of filesOf(home, ".codex/{sessions,archived_sessions}/**/*.jsonl{,.zst}")) {
    const bytes = readFileSync(path);
    const records = valuesOf(
      (path.endsWith(".zst") ? Buffer.from(Bun.zstdDecompressSync(bytes)) : bytes).toString("utf8"),
    );
    const header = payloadOf(records[0] ?? {});
    const id = text(header["id"]) || basename(path);
    // Copies and earlier states of a session hold less of it.
    if (records.length > (rollouts.get(id)?.records.length ?? 0)) rollouts.set(id, { id, records, header });
  }
  const [pairs, count] = [createPairs(), { sessions: 0, helpers: 0, prompts: 0, tokens: none() }];
  for (const rollout of rollouts.values()) {
    const parent = rollouts.get(text(rollout.header["forked_from_id"]));
    const helps = JSON.stringify(rollout.header["source"] ?? "").includes("subagent");
    count[helps ? "helpers" : "sessions"]++;
    const items = rollout.records.map(payloadOf);
    for (const item of items) codexCall(item, pairs);
    // A search has no id of its own, but in the event of its end, where there is one; a fork's are its parent's.
    const searches = items.filter((item) => item["type"] === "web_search_call");
    const ended = items.some((item) => item["type"] === "web_search_end");
    for (const [i] of ended || parent ? [] : searches.entries()) {
      pairs.call(`${rollout.id} ${i}`);
      pairs.result(`${rollout.id} ${i}`);
    }
    if (!helps) count.prompts += codexPrompts(rollout).length - (parent ? samePrompts(rollout, parent) : 0);
    count.tokens = plus(count.tokens, codexTokens(rollout, parent));
  }
  return { ...count, ...pairs.counts() };
}

function codexCall(item: Json, pairs: ReturnType<typeof createPairs>) {
  const type = text(item["type"]);
  if (/^(function|custom_tool|local_shell|tool_search)_call$/.test(type)) pairs.call(item["call_id"] ?? item["id"]);
  if (/_call_output$|^tool_search_output$/.test(type)) pairs.result(item["call_id"]);
  // Calls that a script made leave no call of their own, only the agent's word of how they ended.
  if (!/^(mcp_tool_call_end|web_search_end|view_image_tool_call|patch_apply_end|image_generation_end)$/.test(type))
    return;
  pairs.call(item["call_id"]);
  pairs.result(item["call_id"]);
}

/** Told by the agent's own events where there are any; else what is no wrapper among the users' messages. */
function codexPrompts({ records }: Rollout): string[] {
  const told = records.filter((record) => payloadOf(record)["type"] === "user_message");
  if (told.length > 0) return told.filter((record, i) => !isEcho(record, told[i - 1])).map(saidIn);
  const messages = records.map(payloadOf).filter((item) => /^message$/i.test(text(item["type"])));
  return messages
    .filter(({ role }) => role === "user")
    .map(
      ({ content }) =>
        text(content) ||
        list(content)
          .map((block) => text(block["text"]))
          .join("\n"),
    )
    .map((said) => said.trim())
    .filter((said) => said !== "" && !WRAPPED.test(said));
}

const WRAPPED =
  /^(<(environment_context|user_instructions|turn_aborted|subagent_notification|skill|user_shell_command)|# AGENTS\.md instructions)/;
const saidIn = (record: Json) => text(payloadOf(record)["message"]);

/** A review's request is told twice within milliseconds. */
function isEcho(record: Json, before: Json | undefined): boolean {
  const at = (one: Json) => Date.parse(text(one["timestamp"]));
  return before !== undefined && saidIn(before) === saidIn(record) && at(record) - at(before) < 100;
}

function samePrompts(one: Rollout, parent: Rollout): number {
  const [mine, theirs] = [codexPrompts(one), codexPrompts(parent)];
  const first = mine.findIndex((said, i) => said !== theirs[i]);
  return first < 0 ? mine.length : first;
}

/** Changes of the cumulative total; those whose total the parent has, too, are copied. */
function codexTokens({ records }: Rollout, parent: Rollout | undefined): Figures {
  const inherited = new Set(parent ? totalsOf(parent.records).map((total) => total.join()) : []);
  let [sum, before] = [none(), [0, 0, 0, 0, 0]];
  for (const total of totalsOf(records)) {
    const fell = total.some((figure, i) => figure < before[i]!);
    const [all = 0, read = 0, write = 0, output = 0, reasoning = 0] = fell
      ? total
      : total.map((n, i) => n - before[i]!);
    if (!inherited.has(total.join()))
      sum = plus(sum, {
        input: Math.max(0, all - read - write),
        output,
        cache_read: read,
        cache_write: write,
        reasoning,
      });
    before = total;
  }
  return sum;
}

function totalsOf(records: readonly Json[]): number[][] {
  return records.flatMap((record) => {
    const payload = payloadOf(record);
    const total =
      record["type"] === "token_usage_record"
        ? json(payload["thread_token_usage"])
        : json(json(payload["info"])["total_token_usage"]);
    const names = [
      "input_tokens",
      "cached_input_tokens",
      "cache_write_input_tokens",
      "output_tokens",
      "reasoning_output_tokens",
    ];
    return Object.keys(total).length === 0 ? [] : [names.map((name) => number(total[name]))];
  });
}

function gemini(home: string): Count {
  const [pairs, tokens] = [createPairs(), createMaximum()];
  const [sessions, prompts] = [new Set<string>(), new Set<string>()];
  for (const path of filesOf(home, ".gemini/tmp/*/chats/**/*.{json,jsonl}")) {
    const source = readFileSync(path, "utf8");
    const values = parsed(source) ?? valuesOf(source);
    const messages = values.flatMap((value) => [
      value,
      ...list(value["messages"]),
      ...list(json(value["$set"])["messages"]),
    ]);
    const header = values.find((value) => value["sessionId"] !== undefined);
    if (messages.some((message) => message["id"] !== undefined))
      sessions.add(`${text(header?.["sessionId"])} ${header?.["startTime"]}`);
    for (const message of messages) geminiMessage(message, { pairs, tokens, prompts });
  }
  return { sessions: sessions.size, helpers: 0, prompts: prompts.size, ...pairs.counts(), tokens: tokens.sum() };
}

function geminiMessage(message: Json, { pairs, tokens, prompts }: Seen & { readonly prompts: Set<string> }) {
  const id = text(message["id"]);
  const content = message["displayContent"] ?? message["content"];
  const said =
    typeof content === "string"
      ? content
      : list(Array.isArray(content) ? content : [content])
          .map((part) => text(part["text"]))
          .join("");
  if (message["type"] === "user" && said.trim() !== "" && !/^\s*([/?]|<(session|hook)_context>)/.test(said))
    prompts.add(id);
  for (const call of list(message["toolCalls"])) {
    pairs.call(call["id"]);
    if (call["result"] || call["resultDisplay"] || call["status"] === "cancelled") pairs.result(call["id"]);
  }
  const spent = json(message["tokens"]);
  if (id === "" || Object.keys(spent).length === 0) return;
  const [input, cached, thoughts] = [number(spent["input"]), number(spent["cached"]), number(spent["thoughts"])];
  const output = number(spent["output"]) + thoughts;
  tokens.see(id, {
    input: input - cached + number(spent["tool"]),
    output,
    cache_read: cached,
    cache_write: 0,
    reasoning: thoughts,
  });
}

function cursor(home: string): Count {
  const count: Count = { sessions: 0, helpers: 0, prompts: 0, toolCalls: 0, unpaired: 0, tokens: none() };
  for (const path of filesOf(home, ".cursor/projects/*/agent-transcripts/**/*.jsonl")) {
    const lines = valuesOf(readFileSync(path, "utf8")).filter((line) => text(line["role"]) !== "");
    if (lines.length === 0) continue;
    const helps = path.includes("/subagents/");
    count[helps ? "helpers" : "sessions"]++;
    for (const line of lines) {
      const blocks = json(line["message"])["content"];
      const calls = list(blocks).filter((block) => block["type"] === "tool_use").length;
      count.toolCalls += calls;
      count.unpaired += calls;
      if (!helps && line["role"] === "user" && wordsOf(blocks).trim() !== "") count.prompts++;
    }
  }
  for (const path of filesOf(home, ".config/Cursor/User/workspaceStorage/*/state.vscdb")) cursorItems(path, count);
  return count;
}

/** Conversations of 2024: one JSON text each for composer and chat. */
function cursorItems(path: string, count: Count) {
  const db = new Database(path, { readonly: true });
  const item = (key: string) =>
    parsed(
      String(
        db.query<{ value: string }, [string]>("SELECT value FROM ItemTable WHERE key = ?").get(key)?.value ?? "{}",
      ),
    )?.[0] ?? {};
  const composers = list(item("composer.composerData")["allComposers"]).map((composer) =>
    list(composer["conversation"]),
  );
  const tabs = list(item("workbench.panel.aichat.view.aichat.chatdata")["tabs"]).map((tab) => list(tab["bubbles"]));
  for (const bubbles of [...composers, ...tabs].filter((each) => each.length > 0)) {
    count.sessions++;
    // A chat ends with the empty bubble in which the next prompt is typed.
    const typed = bubbles.filter(
      ({ type, text: said, rawText }) => (type === 1 || type === "user") && (said || rawText),
    );
    count.prompts += typed.length;
  }
  db.close();
}
