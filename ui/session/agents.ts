/** Which sub-agent an agent call started. The logs of most agents do not say it; title, prompt and time do. Pure. */
import type { Session } from "../../src/domain/session.ts";
import { textOf } from "./fields.ts";
import { headOf, toolKindOf } from "./words.ts";
import type { Step } from "./rows.ts";

/** Clocks of one machine: a child may seem to start a little before its call was written down. */
const SLACK_MS = 2000;

/** The child of each agent step, by the step's first event. A child belongs to one step at most. */
export function matchAgents(steps: readonly Step[], children: readonly Session[]): ReadonlyMap<string, Session> {
  const found = new Map<string, Session>();
  const free = new Set(children);
  const take = (step: Step, child: Session | undefined) => {
    if (!child) return;
    free.delete(child);
    found.set(headOf(step).id, child);
  };
  const calls = steps.filter((step) => toolKindOf(step) === "agent");
  for (const step of calls) take(step, byName(step, free));
  for (const step of calls) if (!found.has(headOf(step).id)) take(step, byTime(step, free));
  return found;
}

function byName(step: Step, free: ReadonlySet<Session>): Session | undefined {
  const input = step.call?.tool_input_json;
  const names = [textOf(input, "description"), textOf(input, "title"), textOf(input, "prompt", "message", "task")];
  const wanted = names.flatMap((name) => (name === null ? [] : [head(name)]));
  const named = [...free].filter((child) => child.title !== null && wanted.includes(head(child.title)));
  return nearest(step, named);
}

/** Titles are cut, and their white space is not the prompt's. */
const head = (text: string): string => text.replace(/\s+/g, " ").trim().slice(0, 40).toLowerCase();

/** One that started while the call ran. */
function byTime(step: Step, free: ReadonlySet<Session>): Session | undefined {
  const from = time(step.call?.at);
  if (from === null) return undefined;
  const to = time(step.result?.at) ?? Number.POSITIVE_INFINITY;
  const during = [...free].filter((child) => {
    const started = time(child.started_at);
    return started !== null && started >= from - SLACK_MS && started <= to;
  });
  return nearest(step, during);
}

function nearest(step: Step, children: readonly Session[]): Session | undefined {
  const at = time(headOf(step).at) ?? 0;
  const distance = (child: Session) => Math.abs((time(child.started_at) ?? Number.MAX_SAFE_INTEGER) - at);
  return children.toSorted((a, b) => distance(a) - distance(b))[0];
}

const time = (at: string | null | undefined): number | null => (at ? Date.parse(at) : null);
