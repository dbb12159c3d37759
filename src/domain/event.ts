/** Events: one message or tool call of a session. Kind implies role; both are stored as the kind's number. */

/** Order is storage: the index is the number in `events.kind`. Append only. */
export const KINDS = [
  "prompt",
  "reply",
  "thinking",
  "tool_call",
  "tool_result",
  "notice",
  "compaction",
  "unknown",
] as const;
export type Kind = (typeof KINDS)[number];

export const ROLES = ["user", "assistant", "tool", "system", "other"] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_OF: Readonly<Record<Kind, Role>> = {
  prompt: "user",
  reply: "assistant",
  thinking: "assistant",
  tool_call: "assistant",
  tool_result: "tool",
  notice: "system",
  compaction: "system",
  unknown: "other",
};

/** Bits of `events.flags`; `error`, `image` and `change` are shown as fields of their own, the rest in `flags[]`. */
export const FLAG = {
  replayed: 1,
  abandoned: 2,
  injected: 4,
  provisional: 8,
  oversize: 16,
  error: 32,
  image: 64,
  change: 128,
} as const;
/** Bits that decide what an event counts for: copied history for nothing, what was taken back for no message or call. */
export const COUNTED = FLAG.replayed | FLAG.abandoned | FLAG.error | FLAG.image | FLAG.change;
export type Flag = "replayed" | "abandoned" | "injected" | "provisional" | "oversize";
export const SHOWN_FLAGS: readonly Flag[] = ["replayed", "abandoned", "injected", "provisional", "oversize"];

export const TOOL_KINDS = ["shell", "edit", "write", "read", "search", "web", "todo", "agent", "mcp", "other"] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

export type Tokens = {
  /** Without cache. */
  readonly input: number;
  /** With reasoning. */
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write: number;
  readonly reasoning: number;
};

/** Tokens as they are priced. `cache_write_1h`: those of `cache_write` that are kept for an hour. */
export type PricedTokens = Tokens & { readonly cache_write_1h?: number };

/** An event as the API gives it (API.md section 4). Times ISO 8601; absent fields are null, never missing. */
export type Event = {
  readonly id: string;
  readonly role: Role;
  readonly kind: Kind;
  readonly at: string | null;
  readonly content_text: string | null;
  readonly tool_name: string | null;
  readonly tool_call_id: string | null;
  /** The provider's own input object (any JSON). */
  readonly tool_input_json: unknown;
  readonly tool_output_text: string | null;
  readonly tool_kind: ToolKind | null;
  readonly is_error: boolean;
  readonly exit_code: number | null;
  readonly duration_ms: number | null;
  readonly paths: readonly string[];
  /** Unified diff of what the call or its result changed; several files stand one after another. */
  readonly patch: string | null;
  readonly model: string | null;
  readonly tokens: Tokens | null;
  readonly images: readonly { readonly part: number; readonly media_type: string; readonly bytes: number }[];
  readonly flags: readonly Flag[];
  /** A text was longer than 16 KiB and is cut here; the event alone (GET …/events/{id}) has it whole. */
  readonly truncated: boolean;
};
