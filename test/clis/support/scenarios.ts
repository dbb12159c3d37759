/** Turns that are recorded, and what is answered in them. */
import type { Ask, Decision, Said, Turn } from "../../../src/domain/turn.ts";
import { scripted } from "./turns.ts";

export type Scenario = {
  readonly name: string;
  readonly way: "headless" | "dialogue";
  readonly turn: Partial<Turn>;
  readonly env?: Readonly<Record<string, string>>;
  /** What a person changed in the agent's settings. */
  readonly settings?: (text: string) => string;
  /** Answers what is asked; absent = nothing is answered. */
  readonly decide?: (ask: Ask) => Decision;
  /** Stopped a little after the first thing of that kind. */
  readonly stopAt?: Said["kind"];
  /** Absent = all. */
  readonly agents?: readonly string[];
};

const WORK = scripted(
  { think: "Let me see.", text: "First I look.", tools: [{ bash: "echo ran it" }] },
  { text: "It is done, as you wished." },
);
const RUN = scripted({ text: "I run it.", tools: [{ bash: "touch made.txt; echo made" }] }, { text: "That was it." });
const WRITE = scripted({ tools: [{ write: { path: "made.txt", content: "made\n" } }] }, { text: "That was it." });
/** A tool that it is not offered. */
const CALLS = scripted({ tools: [{ write: { path: "made.txt", content: "made\n" } }] }, { text: "That was it." });
const TWICE = scripted(
  { tools: [{ bash: "touch a.txt" }] },
  { tools: [{ bash: "touch b.txt" }] },
  { text: "Both are there." },
);
const once = (): Decision => ({ kind: "once" });
const fails = (status: number, error: string) => ({
  prompt: scripted({ status, error }, { status, error }, { status, error }),
});
const NOBODY = "00000000-0000-4000-8000-000000000000";

const QUESTION = scripted(
  {
    tools: [
      {
        name: "AskUserQuestion",
        args: {
          questions: [
            {
              question: "Which tea?",
              header: "Tea",
              multiSelect: false,
              options: [
                { label: "Green", description: "Light" },
                { label: "Black", description: "Strong" },
              ],
            },
          ],
        },
      },
    ],
  },
  { text: "I make it." },
);
const PLAN = scripted(
  { tools: [{ name: "ExitPlanMode", args: { plan: "1. Boil water\n2. Steep" } }] },
  { text: "I follow the plan." },
);

/** A plan's window that is used up, until the first second of 2030. */
const RESETS = 1_893_456_000;
export const USED_UP = {
  status: 429,
  body: {
    error: {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      plan_type: "plus",
      resets_at: RESETS,
    },
  },
  headers: {
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(RESETS),
  },
};
const INPUT = scripted(
  {
    tools: [
      {
        name: "request_user_input",
        args: {
          questions: [
            {
              id: "tea",
              header: "Tea",
              question: "Which tea?",
              options: [
                { label: "Green", description: "Light" },
                { label: "Black", description: "Strong" },
              ],
            },
          ],
        },
      },
    ],
  },
  { text: "I make it." },
);

export const SCENARIOS: readonly Scenario[] = [
  { name: "works", way: "headless", turn: { prompt: WORK } },
  { name: "fails", way: "headless", turn: fails(400, "the model is ill") },
  { name: "limit", way: "headless", turn: fails(429, "you have used it up") },
  { name: "auth", way: "headless", turn: fails(401, "invalid x-api-key") },
  { name: "no-session", way: "headless", turn: { prompt: WORK, resume: NOBODY } },
  { name: "denied", way: "headless", turn: { prompt: RUN, permission: "plan" } },
  { name: "talks", way: "dialogue", turn: { prompt: WORK } },
  { name: "once", way: "dialogue", turn: { prompt: RUN, permission: "ask" }, decide: once },
  { name: "session", way: "dialogue", turn: { prompt: TWICE, permission: "ask" }, decide: () => ({ kind: "session" }) },
  {
    name: "deny",
    way: "dialogue",
    turn: { prompt: RUN, permission: "ask" },
    decide: () => ({ kind: "deny", reason: "not now" }),
  },
  { name: "interrupted", way: "dialogue", turn: { prompt: RUN, permission: "ask" }, stopAt: "ask" },
  {
    name: "interrupted-while-working",
    way: "dialogue",
    turn: { prompt: scripted({ text: "I sleep.", tools: [{ bash: "tail -f /dev/null" }] }) },
    stopAt: "tool",
  },
  { name: "dialogue-fails", way: "dialogue", turn: fails(400, "the model is ill") },
  { name: "dialogue-limit", way: "dialogue", turn: fails(429, "you have used it up") },
  { name: "dialogue-no-session", way: "dialogue", turn: { prompt: WORK, resume: NOBODY }, agents: ["claude", "codex"] },
  {
    name: "question",
    way: "dialogue",
    turn: { prompt: QUESTION, permission: "ask" },
    decide: () => ({ kind: "once", answers: [["Black"]] }),
    agents: ["claude"],
  },
  {
    name: "question",
    way: "dialogue",
    turn: { prompt: INPUT, permission: "ask" },
    // By itself it asks only in its plan mode.
    settings: (text) => text.replace("[features]", "[features]\ndefault_mode_request_user_input = true"),
    decide: () => ({ kind: "once", answers: [["Black"]] }),
    agents: ["codex"],
  },
  { name: "denied-write", way: "headless", turn: { prompt: WRITE, permission: "plan" }, agents: ["codex"] },
  { name: "denied-tool", way: "headless", turn: { prompt: CALLS, permission: "plan" }, agents: ["gemini"] },
  { name: "used-up", way: "headless", turn: { prompt: scripted(USED_UP) }, agents: ["codex"] },
  { name: "dialogue-used-up", way: "dialogue", turn: { prompt: scripted(USED_UP) }, agents: ["codex"] },
  { name: "plan", way: "dialogue", turn: { prompt: PLAN, permission: "plan" }, decide: once, agents: ["claude"] },
];
