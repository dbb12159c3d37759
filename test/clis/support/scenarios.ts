/** Turns that are recorded, and what is answered in them. */
import type { Ask, Decision, Said, Turn } from "../../../src/domain/turn.ts";
import { scripted } from "./turns.ts";

export type Scenario = {
  readonly name: string;
  readonly way: "headless" | "dialogue";
  readonly turn: Partial<Turn>;
  readonly env?: Readonly<Record<string, string>>;
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
  { name: "plan", way: "dialogue", turn: { prompt: PLAN, permission: "plan" }, decide: once, agents: ["claude"] },
];
