/** Conversations as an agent writes them: lines with everything that a session page can show, for browser tests. */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";

type Json = Readonly<Record<string, unknown>>;

export type About = {
  /** The agent's own id of the session, a UUID. */
  readonly id: string;
  /** Time of the first line, ms; a second a line from there. */
  readonly at: number;
  readonly cwd?: string;
  readonly branch?: string;
  /** Id of a sub-agent: its lines stand in a file of their own. */
  readonly agent?: string;
  readonly model?: string;
};

/** A session's id, made of a number. */
export const idOf = (n: number): string => `5e55a000-0001-4000-8000-${String(n).padStart(12, "0")}`;

/** Where the agent keeps a session. */
export const pathOf = ({ id, agent }: Pick<About, "id" | "agent">): string =>
  `/home/ada/.claude/projects/-home-ada-work/${id}${agent ? `/subagents/agent-${agent}` : ""}.jsonl`;

/** Writes one session; every call appends lines. `text()` is the file. */
export function conversation(about: About) {
  const { id, agent, cwd = "/home/ada/work/kiln", branch = "main" } = about;
  const lines: Json[] = [];
  let step = 0;
  // Two sessions that share records would be taken for copies of each other.
  const own = Bun.hash
    .crc32(id + (agent ?? ""))
    .toString(16)
    .padStart(8, "0");

  const put = (type: string, rest: Json) => {
    const n = String(lines.length).padStart(12, "0");
    const chain = { parentUuid: null, isSidechain: agent !== undefined, ...(agent ? { agentId: agent } : {}), cwd };
    lines.push({
      ...chain,
      sessionId: id,
      version: "2.1.200",
      gitBranch: branch,
      type,
      ...rest,
      uuid: `${own}-0000-4000-8000-${n}`,
      timestamp: new Date(about.at + lines.length * 1000).toISOString(),
    });
  };
  const user = (content: unknown, rest: Json = {}) => put("user", { message: { role: "user", content }, ...rest });
  const assistant = (block: Json, stop: string | null) =>
    put("assistant", {
      requestId: `req_${id}${agent ?? ""}${lines.length}`,
      message: {
        id: `msg_${id}${agent ?? ""}${lines.length}`,
        type: "message",
        role: "assistant",
        model: about.model ?? "claude-sonnet-4-5",
        content: [block],
        stop_reason: stop,
        usage: { input_tokens: 20, cache_read_input_tokens: 900, cache_creation_input_tokens: 40, output_tokens: 120 },
      },
    });

  return {
    lines,
    prompt: (text: string) => user(text),
    reply: (text: string) => assistant({ type: "text", text }, "end_turn"),
    say: (text: string) => assistant({ type: "text", text }, null),
    think: (thinking: string) => assistant({ type: "thinking", thinking, signature: "" }, null),
    /** A call that is still running. */
    call: (name: string, input: unknown) =>
      assistant({ type: "tool_use", id: `toolu_${++step}_${id}`, name, input }, "tool_use"),
    /** What the last call gave. */
    result: (content: unknown, more: { readonly failed?: boolean; readonly result?: unknown } = {}) =>
      user([{ type: "tool_result", tool_use_id: `toolu_${step}_${id}`, content, is_error: more.failed ?? false }], {
        // An undefined one is not written.
        toolUseResult: more.result,
      }),
    image: (text: string, data: string, mediaType = "image/png") =>
      user([
        { type: "text", text },
        { type: "image", source: { type: "base64", media_type: mediaType, data } },
      ]),
    document: (text: string, data: string, mediaType = "application/pdf") =>
      user([
        { type: "document", source: { type: "base64", media_type: mediaType, data } },
        { type: "text", text },
      ]),
    compact: (summary: string) => {
      put("system", {
        subtype: "compact_boundary",
        content: "Conversation compacted",
        compactMetadata: { trigger: "auto", preTokens: 167_000 },
      });
      user(summary, { isCompactSummary: true, isVisibleInTranscriptOnly: true });
    },
    title: (aiTitle: string) => void lines.push({ type: "ai-title", aiTitle, sessionId: id }),
    text: () => lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  };
}

export type Conversation = ReturnType<typeof conversation>;

/** A PNG of one colour, base64. */
export function png(width: number, height: number, [red, green, blue]: readonly [number, number, number]): string {
  const row = Buffer.concat([
    Buffer.from([0]),
    Buffer.from(Array.from({ length: width }, () => [red, green, blue]).flat()),
  ]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const magic = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([magic, chunk("IHDR", head), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]).toString(
    "base64",
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(Bun.hash.crc32(body));
  return Buffer.concat([size, body, sum]);
}
