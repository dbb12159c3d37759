/**
 * Hooks as several agents keep them in their settings: `{"hooks": {EVENT: [{"hooks": [{"type": "command", "command": …}]}]}}`.
 * Ours are told by what they run: an executable, and then exactly one of two commands with `--hook`.
 */
import type { Registration, RegistrationWish } from "../domain/registration.ts";
import { appendJson, readJson, takeJson } from "../lib/jsonc.ts";
import { object } from "./json.ts";

/** A hook that we want: the agent's event, what runs then, and what else the agent wants to know. */
export type HookWish = {
  readonly event: string;
  /** `ship` hands the session over, `recent` tells of recent ones. */
  readonly runs: "ship" | "recent";
  readonly matcher?: string;
  /** In the agent's unit. */
  readonly timeout?: number;
  readonly name?: string;
};

const COMMANDS = { ship: "ship --session --hook", recent: "recent --hook" } as const;

/** A settings file with hooks. `hooks` gives those that are wanted, in order. */
export function hookSettings(file: string, hooks: (wish: RegistrationWish) => readonly HookWish[]): Registration {
  const stateOf: Registration["state"] = (text, wish) => {
    const found = text === null || isBlank(text) ? [] : ourHooks(readJson(text));
    if (found.length === 0) return "none";
    const wanted = hooks(wish).map(({ event, runs }) => key(event, command(wish.self, runs)));
    return wanted.toSorted().join("\n") === found.toSorted().join("\n") ? "ours" : "stale";
  };
  return {
    kind: "hooks",
    file,
    state: stateOf,
    install(text, wish) {
      const state = stateOf(text, wish);
      if (text !== null && state === "ours") return text;
      const rest = text !== null && state === "stale" ? takeJson(text, isOurs) : text;
      const begun = rest === null || isBlank(rest) ? `${rest ?? ""}{}\n` : rest;
      return hooks(wish).reduce((done, hook) => appendJson(done, ["hooks", hook.event], group(hook, wish)), begun);
    },
    remove: (text) => (isBlank(text) ? text : takeJson(text, isOurs)),
  };
}

const isBlank = (text: string): boolean => text.replace(/^\uFEFF/, "").trim() === "";

function group({ runs, matcher, name, timeout }: HookWish, { self }: RegistrationWish) {
  const hook = { ...(name && { name }), type: "command", command: command(self, runs), ...(timeout && { timeout }) };
  return { ...(matcher !== undefined && { matcher }), hooks: [hook] };
}

/** A line for the shell: the path is one word of it, whatever it holds. */
function command(self: string, runs: HookWish["runs"]): string {
  const word = /^[\w./@%+:,-]+$/.test(self) ? self : `'${self.replaceAll("'", `'\\''`)}'`;
  return `${word} ${COMMANDS[runs]}`;
}

const OURS = /^(?:[\w./@%+:,-]+|'(?:[^']|'\\'')*') (?:ship --session --hook|recent --hook)$/;

/** A hook of ours in any event's list, or a group of nothing else. */
function isOurs(value: unknown, path: readonly string[]): boolean {
  if (path[0] !== "hooks" || (path.length !== 3 && path.length !== 5)) return false;
  if (path.length === 5) return isOurHook(value);
  const hooks = object(value)?.hooks;
  return Array.isArray(hooks) && hooks.length > 0 && hooks.every(isOurHook);
}

function isOurHook(value: unknown): boolean {
  const line = object(value)?.command;
  return typeof line === "string" && OURS.test(line);
}

/** Event and command of each hook of ours. */
function ourHooks(settings: unknown): string[] {
  const events = Object.entries(object(object(settings)?.hooks) ?? {});
  return events.flatMap(([event, groups]) =>
    (Array.isArray(groups) ? groups : [])
      .flatMap((each): unknown[] => {
        const hooks = object(each)?.hooks;
        return Array.isArray(hooks) ? hooks : [];
      })
      .filter(isOurHook)
      .map((hook) => key(event, String(object(hook)?.command))),
  );
}

const key = (event: string, line: string): string => JSON.stringify([event, line]);
