/** What is shown of a running turn, from its events alone. Pure: the same events in the same order give the same. */
import type { TurnEvent } from "./stream.ts";

export type Entry =
  | { readonly kind: "reply" | "thinking"; readonly key: number; readonly text: string; readonly open: boolean }
  | {
      readonly kind: "tool";
      readonly key: number;
      readonly id: string;
      readonly name: string;
      readonly target: string;
      /** null while it runs. */
      readonly result: { readonly text: string; readonly failed: boolean } | null;
    };

/** What waits for the person, as the stream tells it; the card itself is the approval's row. */
export type TurnView = {
  readonly turn: string | null;
  /** Where it works; null = not told. */
  readonly path: string | null;
  /** The session that it writes: of a fork another one. */
  readonly session: string | null;
  readonly entries: readonly Entry[];
  readonly asks: readonly string[];
  readonly error: string | null;
  readonly done: boolean;
  /** Number of the last event: where to go on. */
  readonly last: number;
  readonly costUsd: number | null;
};

export const NOTHING: TurnView = {
  turn: null,
  path: null,
  session: null,
  entries: [],
  asks: [],
  error: null,
  done: false,
  last: -1,
  costUsd: null,
};

/** The view after one more event. One that was seen already changes nothing. */
export function after(view: TurnView, { id, name, data }: TurnEvent): TurnView {
  if (id !== null && id <= view.last) return view;
  const seen = id === null ? view : { ...view, last: id };
  return take(seen, name, data as Readonly<Record<string, unknown>>);
}

function take(view: TurnView, name: string, data: Readonly<Record<string, unknown>>): TurnView {
  switch (name) {
    case "system":
      if (data["type"] === "turn") return { ...view, turn: String(data["turn_id"]), path: pathIn(data["workspace"]) };
      if (data["type"] === "session") return { ...view, session: String(data["session_id"]) };
      return data["type"] === "thinking"
        ? add(view, { kind: "thinking", text: String(data["text"]), open: false })
        : view;
    case "assistant_delta":
      return reply(view, String(data["accumulated"]), data["final"] !== true);
    case "tool_use":
      return add(view, {
        kind: "tool",
        id: String(data["id"]),
        name: String(data["name"]),
        target: String(data["target"] ?? ""),
        result: null,
      });
    case "tool_result":
      return { ...view, entries: view.entries.map((entry) => withResult(entry, data)) };
    case "permission":
      return asked(view, String(data["approval_id"]), data["state"] === "pending");
    case "usage":
      return { ...view, costUsd: typeof data["cost_usd"] === "number" ? data["cost_usd"] : null };
    case "error":
      return { ...view, error: String(data["error"]) };
    case "done":
      return { ...view, done: true, asks: [] };
    default:
      return view;
  }
}

function pathIn(workspace: unknown): string | null {
  const { path } = (workspace ?? {}) as { readonly path?: unknown };
  return typeof path === "string" ? path : null;
}

type NewEntry = Entry extends infer E ? (E extends unknown ? Omit<E, "key"> : never) : never;

function add(view: TurnView, entry: NewEntry): TurnView {
  // The key's type is the same in every kind.
  return { ...view, entries: [...view.entries, { ...entry, key: view.entries.length } as Entry] };
}

/** The reply that is being written grows in place. */
function reply(view: TurnView, text: string, open: boolean): TurnView {
  const last = view.entries.at(-1);
  if (last?.kind !== "reply" || !last.open) return add(view, { kind: "reply", text, open });
  return { ...view, entries: [...view.entries.slice(0, -1), { ...last, text, open }] };
}

function withResult(entry: Entry, data: Readonly<Record<string, unknown>>): Entry {
  if (entry.kind !== "tool" || entry.result || entry.id !== data["id"]) return entry;
  return { ...entry, result: { text: String(data["result"] ?? ""), failed: data["is_error"] === true } };
}

function asked(view: TurnView, id: string, pending: boolean): TurnView {
  const others = view.asks.filter((ask) => ask !== id);
  return { ...view, asks: pending ? [...others, id] : others };
}
