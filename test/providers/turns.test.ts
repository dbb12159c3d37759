/**
 * The dialogue machines on what the real agents wrote (`test/clis/record.ts` records it against the scripted model). Expectations
 * stand beside each recording; `UPDATE_TURNS=1` writes them anew, for a person to read.
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { Decision, Heard, Machine, Outcome, Said, Turn } from "../../src/domain/turn.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { resetAt } from "../../src/providers/codex/trouble.ts";

const TURNS = join(import.meta.dir, "../fixtures/turns");

type Recorded = {
  readonly way: "headless" | "dialogue";
  readonly turn: Turn;
  readonly decisions: Readonly<Record<string, Decision>>;
  readonly exit: { readonly code: number | null; readonly errors: string };
};
type Played = {
  readonly said: readonly Said[];
  /** Lines that the protocol wants said, and lines of decisions, as they come. */
  readonly say: readonly string[];
  readonly told: readonly string[];
  readonly outcome: Outcome;
};
type Fixture = Recorded & { readonly agent: string; readonly name: string; readonly lines: readonly string[] };

const FIXTURES: readonly Fixture[] = readdirSync(TURNS).flatMap((agent) =>
  readdirSync(join(TURNS, agent))
    .filter((file) => file.endsWith(".turn.json"))
    .map((file) => {
      const name = file.replace(".turn.json", "");
      const recorded = JSON.parse(readFileSync(join(TURNS, agent, file), "utf8")) as Recorded;
      const lines = readFileSync(join(TURNS, agent, `${name}.out.jsonl`), "utf8")
        .split("\n")
        .filter(Boolean);
      return { ...recorded, agent, name, lines };
    }),
);
const find = (agent: string, name: string) => FIXTURES.find((one) => one.agent === agent && one.name === name)!;

function machineOf({ agent, way, turn }: Pick<Fixture, "agent" | "way" | "turn">): Machine {
  const runner = PROVIDERS.find(({ name }) => name === agent)!.runner!;
  return (way === "headless" ? runner.headless(turn, "/turn") : runner.dialogue!(turn, "/turn")!).machine;
}

/** Feeds the lines, decides what is asked as it was decided then, and collects everything. */
function play(fixture: Fixture, lines: readonly string[] = fixture.lines): Played {
  const machine = machineOf(fixture);
  const [said, say, told]: [Said[], string[], string[]] = [[], [], []];
  const take = (heard: Heard) => {
    said.push(...heard.said);
    say.push(...heard.say);
    for (const one of heard.said)
      if (one.kind === "ask" && fixture.decisions[one.ask.id])
        told.push(...machine.decide(one.ask.id, fixture.decisions[one.ask.id]!));
  };
  take(machine.begin());
  for (const line of lines) take(machine.line(line));
  return { said, say, told, outcome: machine.end(fixture.exit) };
}

describe("a recorded turn is understood as it was", () => {
  for (const fixture of FIXTURES)
    test(`${fixture.agent}: ${fixture.name}`, () => {
      const played = play(fixture);
      const file = join(TURNS, fixture.agent, `${fixture.name}.expected.json`);
      if (process.env["UPDATE_TURNS"]) writeFileSync(file, `${JSON.stringify(played, null, 1)}\n`);
      expect(JSON.parse(JSON.stringify(played))).toEqual(JSON.parse(readFileSync(file, "utf8")));
    });
});

test("a used-up limit of Codex's has its end: by its report, and by its words in the clock of this machine", () => {
  const resetsAt = Date.UTC(2030, 0, 1);
  for (const name of ["used-up", "dialogue-used-up"])
    expect(play(find("codex", name)).outcome).toMatchObject({ kind: "limit", resetsAt });
  const silent = find("codex", "dialogue-used-up").lines.filter((line) => !line.includes("rateLimits/updated"));
  expect(play(find("codex", "dialogue-used-up"), silent).outcome).toMatchObject({ resetsAt });

  const noon = new Date(2026, 10, 22, 12);
  const at = (words: string) => resetAt(`You’ve hit your usage limit or try again at ${words}.`, noon);
  expect(at("12:05 PM")).toBe(new Date(2026, 10, 22, 12, 5).getTime());
  expect(at("11:59 PM")).toBe(new Date(2026, 10, 22, 23, 59).getTime());
  expect(at("Nov 23rd, 2026 12:01 AM")).toBe(new Date(2026, 10, 23, 0, 1).getTime());
  expect([at("Foo 1st, 2026 1:00 AM"), at("a later time")]).toEqual([undefined, undefined]);
});

const AGENTS = ["claude", "codex", "gemini"] as const;

for (const agent of AGENTS) {
  describe(agent, () => {
    test("the replies of a turn are whole, and its deltas are the same words", () => {
      const { said, outcome } = play(find(agent, "talks"));
      const replies = said.filter(({ kind }) => kind === "reply").map((one) => "text" in one && one.text);
      const deltas = said.flatMap((one) => (one.kind === "delta" ? [one.text] : [])).join("");
      expect(replies).toEqual(["First I look.", "It is done, as you wished."]);
      expect(deltas.replaceAll("Let me see.", "")).toBe(replies.join(""));
      expect(outcome).toEqual({ kind: "ok", message: "" });
    });

    test("a tool has its command, and its result the same id and the output", () => {
      const { said } = play(find(agent, "talks"));
      const tool = said.find((one) => one.kind === "tool");
      const result = said.find((one) => one.kind === "result");
      expect(tool?.kind === "tool" && tool.target).toContain("echo ran it");
      expect(result).toMatchObject({ isError: false, id: tool?.kind === "tool" && tool.id });
      // Gemini CLI's protocol tells that a command has ended, and not what it wrote.
      if (agent !== "gemini") expect(result?.kind === "result" && result.text).toContain("ran it");
    });

    test("the session is told before anything else, once, and what was used with the end", () => {
      const kinds = play(find(agent, "works")).said.map(({ kind }) => kind);
      expect(kinds[0]).toBe("session");
      expect(kinds.filter((kind) => kind === "session")).toHaveLength(1);
      expect(kinds.slice(-2)).toEqual(["usage", "outcome"]);
    });

    test("each way to end is told apart", () => {
      const kind = (name: string) => play(find(agent, name)).outcome.kind;
      expect(["works", "fails", "limit", "auth", "no-session", "dialogue-fails", "dialogue-limit"].map(kind)).toEqual([
        "ok",
        "error",
        "limit",
        "auth",
        "no_session",
        "error",
        "limit",
      ]);
      expect(["interrupted", "interrupted-while-working"].map(kind)).toEqual(["interrupted", "interrupted"]);
      expect(machineOf(find(agent, "works")).end({ code: 0, errors: "" }).kind).toBe("lost");
      expect(machineOf(find(agent, "works")).end({ code: 1, errors: "Segmentation fault\n" })).toEqual({
        kind: "lost",
        message: "Segmentation fault",
      });
      expect(machineOf(find(agent, "works")).end({ code: 143, errors: "" }).kind).toBe("interrupted");
    });

    test("a decision that nobody waits for says nothing, and each is heard once", () => {
      const fixture = find(agent, "once");
      const machine = machineOf(fixture);
      machine.begin();
      const asked = fixture.lines.flatMap((line) => machine.line(line).said).find((one) => one.kind === "ask");
      expect(machine.decide("nobody", { kind: "once" })).toEqual([]);
      const id = asked?.kind === "ask" ? asked.ask.id : "";
      // Codex takes back what was answered; who heard that must not answer any more.
      const first = machine.decide(id, { kind: "once" }).length;
      expect(first).toBe(agent === "codex" ? 0 : 1);
      expect(machine.decide(id, { kind: "once" })).toEqual([]);
    });

    test("garbage, torn lines and a line of five megabytes between all others change nothing", () => {
      for (const fixture of FIXTURES.filter((one) => one.agent === agent)) {
        const junk = [
          "",
          "{",
          "null",
          "[]",
          "1",
          '"x"',
          "\u0000\uFFFD",
          "not json at all",
          '{"type":"news"}',
          "x".repeat(5_000_000),
        ];
        const lines = fixture.lines.flatMap((line, n) => [junk[n % junk.length]!, line]);
        expect(play(fixture, lines)).toEqual(play(fixture));
      }
    });

    test("a reply of five megabytes is a reply", () => {
      const fixture = find(agent, "talks");
      const long = "x".repeat(5_000_000);
      const said = play(
        fixture,
        fixture.lines.map((line) => line.replaceAll(/It is done, as you wish(ed\.)?/g, long)),
      ).said;
      const replies = said.flatMap((one) => (one.kind === "reply" ? [one.text.length] : []));
      expect(replies.at(-1)).toBeGreaterThanOrEqual(5_000_000);
    });

    test("the same lines and decisions a second time give the same words for the agent", () => {
      for (const fixture of FIXTURES.filter((one) => one.agent === agent)) {
        expect(play(fixture)).toEqual(play(fixture));
        for (const at of [1, 5, fixture.lines.length - 1]) {
          const part = play(fixture, fixture.lines.slice(0, at));
          expect(play(fixture).say.slice(0, part.say.length)).toEqual(part.say as string[]);
        }
      }
    });

    test("no bytes at all make a machine throw", () => {
      const own = FIXTURES.filter((one) => one.agent === agent);
      const lines = own.flatMap((one) => one.lines);
      const words = [...new Set(lines.join(" ").match(/"[a-zA-Z_/]{2,30}"/g))];
      const odd = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.json(),
        fc.constantFrom(...lines),
        // A line of theirs with a piece of it replaced.
        fc
          .tuple(fc.constantFrom(...lines), fc.constantFrom(...words), fc.jsonValue())
          .map(([line, name, value]) =>
            line.replace(
              new RegExp(`(${name}:)("[^"]*"|[\\d.]+|null|true|false)`),
              (_, key: string) => key + JSON.stringify(value),
            ),
          ),
        fc.tuple(fc.constantFrom(...lines), fc.nat(400)).map(([line, at]) => line.slice(0, at)),
      );
      const decision = fc.constantFrom<Decision>(
        { kind: "once" },
        { kind: "session", answers: [["a"], []] },
        { kind: "deny", reason: "" },
      );
      fc.assert(
        fc.property(fc.constantFrom(...own), fc.array(odd, { maxLength: 12 }), decision, (fixture, some, wish) => {
          const machine = machineOf(fixture);
          machine.begin();
          for (const line of [...fixture.lines.slice(0, 2), ...some]) {
            for (const one of machine.line(line).said)
              if (one.kind === "ask") for (const told of machine.decide(one.ask.id, wish)) JSON.parse(told);
          }
          machine.interrupt();
          expect(typeof machine.end({ code: null, errors: some.join("\n") }).message).toBe("string");
        }),
        { numRuns: 150 },
      );
    }, 30_000);
  });
}
