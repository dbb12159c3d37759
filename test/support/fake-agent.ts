/**
 * An agent of our own for tests of what starts agents: a shell script as its prompt, and a protocol of one JSON object a line:
 * `{"say": Said}`. Any other line says nothing.
 */
import type { Machine, Outcome, Runner, Said } from "../../src/domain/turn.ts";

export const fakeRunner: Runner = {
  program: "sh",
  install: "it comes with the system",
  modes: [],
  env: ["FAKE_*"],
  headless: (turn) => ({
    command: { argv: ["sh", "-s"], env: { SET_BY_COMMAND: "yes" }, input: turn.prompt },
    machine: fakeMachine(),
  }),
  /** The prompt is a script that is run beside the pipe: it reads `hello` and `prompt`, then one line for each decision. */
  dialogue: (turn, dir) => ({
    command: { argv: ["sh", `${dir}/agent.sh`], env: {}, files: { "agent.sh": turn.prompt } },
    machine: { ...fakeMachine(), begin: () => ({ said: [], say: ["hello", "prompt"] }) },
  }),
};

/** The shell line that asks for something, which then waits for the answer to just that: its words are in `$answer`. */
export function asks(id: string): string {
  const ask = {
    id,
    kind: "tool",
    title: `do ${id}`,
    detail: "",
    tool: "shell",
    questions: [],
    forSession: false,
  } as const;
  return `${says({ kind: "ask", ask })}; while read -r answer; do case "$answer" in "${id} "*) break;; esac; done`;
}

/** A machine that takes every line for what it says, and goes by the last outcome. */
export function fakeMachine(): Machine {
  let last: Outcome | null = null;
  return {
    begin: () => ({ said: [], say: [] }),
    line(text) {
      const said = saidIn(text);
      if (said?.kind === "outcome") last = said.outcome;
      return { said: said ? [said] : [], say: [] };
    },
    decide: (ask, { kind }) => [`${ask} ${kind}`],
    interrupt: () => null,
    end: ({ code, errors }) => last ?? { kind: "lost", message: `ended with ${code} and said nothing: ${errors}` },
  };
}

/** The shell line that makes the fake agent say something. */
export function says(said: Said): string {
  return `printf '%s\\n' '${JSON.stringify({ say: said }).replaceAll("'", "'\\''")}'`;
}

function saidIn(text: string): Said | null {
  try {
    return (JSON.parse(text) as { say?: Said }).say ?? null;
  } catch {
    return null;
  }
}
