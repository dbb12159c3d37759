/**
 * The tools' entry as several agents keep it: `{"mcpServers": {"longhouse": {"command": …, "args": ["mcp-server"]}}}`. Ours is
 * told by its name and by what it runs; what a person has added to it stays until it is taken out.
 */
import { isDeepStrictEqual } from "node:util";
import { Fault } from "../domain/fault.ts";
import type { Registration, RegistrationWish } from "../domain/registration.ts";
import { putJson, readJson, takeJson } from "../lib/jsonc.ts";
import { object } from "./json.ts";

/** The name under which agents show our tools. */
export const TOOLS_NAME = "longhouse";
/** What our executable is called with. */
export const TOOLS_ARGS = ["mcp-server"] as const;

const PLACE = ["mcpServers", TOOLS_NAME] as const;

type Wanted = Pick<Registration, "file" | "home"> & {
  /** What the agent wants in the entry beside the command. */
  readonly beside?: Readonly<Record<string, unknown>>;
};

/** A settings file with the tools' entry. */
export function mcpSettings({ beside = {}, ...where }: Wanted): Registration {
  return {
    kind: "mcp",
    ...where,
    state: (text, wish) => stateOf(text, wish),
    install(text, wish) {
      const state = stateOf(text, wish);
      if (text !== null && state === "ours") return text;
      if (text !== null && state === "stale") return putJson(text, [...PLACE, "command"], wish.self);
      const begun = text === null || isBlank(text) ? `${text ?? ""}{}\n` : text;
      if (entryIn(begun) !== undefined) throw taken();
      return putJson(begun, PLACE, { ...beside, command: wish.self, args: TOOLS_ARGS });
    },
    remove: (text) =>
      isBlank(text) ? text : takeJson(text, (value, path) => isDeepStrictEqual(path, PLACE) && isOurs(value)),
  };
}

/** Whether an entry runs some executable as our tools' server. */
export function isOurs(entry: unknown): boolean {
  const { command, args } = object(entry) ?? {};
  return typeof command === "string" && isDeepStrictEqual(args, TOOLS_ARGS);
}

/** The user's own server of our name: which of both is meant, only the user can say. */
export function taken(): Fault {
  return new Fault(
    "invalid",
    `There is another MCP server with the name ${TOOLS_NAME}.`,
    "Rename it or take it out, and try again.",
  );
}

const isBlank = (text: string): boolean => text.replace(/^\uFEFF/, "").trim() === "";

function stateOf(text: string | null, { self }: RegistrationWish): ReturnType<Registration["state"]> {
  const entry = text === null || isBlank(text) ? undefined : entryIn(text);
  if (!isOurs(entry)) return "none";
  return object(entry)?.command === self ? "ours" : "stale";
}

function entryIn(text: string): unknown {
  return object(object(readJson(text))?.mcpServers)?.[TOOLS_NAME];
}
