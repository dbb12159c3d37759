/**
 * The first transcripts (early 2026) were texts: `user:` and `assistant:` on lines of their own, below them what was said,
 * `[Thinking] …`, and `[Tool call] NAME` with its arguments indented. They are read as the JSON that came after them.
 */

const SPEAKER = /^(user|assistant):\s*$/;
const MARK = /^\[(Tool call|Tool result|Thinking)\] ?(.*)$/;
const ARGUMENT = /^ {2}([A-Za-z_][\w.-]*): ?(.*)$/;

type Block = Record<string, unknown> & { readonly type: string };
type Message = { readonly role: string; readonly message: { readonly content: Block[] } };

/** The messages of a text; null when it is none. Never throws. */
export function explode(value: unknown): readonly unknown[] | null {
  if (typeof value !== "string") return null;
  const messages: Message[] = [];
  let lines: string[] = [];
  for (const line of value.split(/\r?\n/)) {
    const role = SPEAKER.exec(line)?.[1];
    if (role === undefined) {
      lines.push(line);
      continue;
    }
    close(messages, lines);
    messages.push({ role, message: { content: [] } });
    lines = [];
  }
  close(messages, lines);
  return messages.length > 0 ? messages : null;
}

function close(messages: readonly Message[], lines: readonly string[]): void {
  const last = messages.at(-1);
  if (last) last.message.content.push(...(last.role === "user" ? [said("text", lines)] : blocksOf(lines)));
}

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let [kind, name, own]: [string, string, string[]] = ["Text", "", []];
  const end = () => blocks.push(blockOf(kind, name, own));
  for (const line of lines) {
    const mark = MARK.exec(line);
    // After the arguments of a call speech begins again at the margin.
    const resumes = kind === "Tool call" && line !== "" && !/^\s/.test(line);
    if (!mark && !resumes) own.push(line);
    else {
      end();
      [kind, name, own] = mark ? [mark[1]!, mark[2]!, []] : ["Text", "", [line]];
    }
  }
  end();
  return blocks;
}

function blockOf(kind: string, name: string, lines: readonly string[]): Block {
  if (kind === "Tool call") return { type: "tool_use", name: name.trim(), input: argumentsOf(lines) };
  if (kind === "Tool result") return { type: "tool_result", name: name.trim(), content: lines.join("\n").trim() };
  return kind === "Thinking" ? said("thinking", [name, ...lines]) : said("text", lines);
}

function said(type: string, lines: readonly string[]): Block {
  return { type, text: lines.join("\n").trim() };
}

/** An argument goes on over lines that name no other. */
function argumentsOf(lines: readonly string[]): Record<string, string> {
  const input = new Map<string, string>();
  let name: string | null = null;
  for (const line of lines) {
    const found = ARGUMENT.exec(line);
    if (found) input.set((name = found[1]!), found[2]!);
    else if (name !== null) input.set(name, `${input.get(name)}\n${line}`);
  }
  return Object.fromEntries([...input].map(([key, value]) => [key, value.trimEnd()]));
}
