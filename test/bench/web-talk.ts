/** A session of 50,000 events as an agent writes it in a long day: prompts, thoughts, commands, reads, edits, Markdown. */
import { conversation } from "../support/conversation.ts";

/** `end` and `middle`: words that only the last event says, and a prompt half way. */
export const LONG = {
  id: "7e57b000-0002-4000-8000-000000000000",
  project: "long",
  events: 50_000,
  end: "Nothing is left to be done.",
  middle: "Halfway, look at the balances again.",
} as const;

/** What one turn writes. */
const EVENTS_A_TURN = 20;

const CODE = Array.from(
  { length: 24 },
  (_, n) => `  const entry${n} = ledger.find((one) => one.at === ${n} && one.open);`,
);
const OUTPUT = Array.from({ length: 30 }, (_, n) => `test/ledger-${n}.test.ts  ${n * 7} pass  0 fail  [${n * 13} ms]`);

/** Its lines, the last one at `end` (ms). */
export function longTalk(end: number): string[] {
  const talk = conversation({ id: LONG.id, at: end - LONG.events * 1000, cwd: "/home/ada/work/long" });
  const turns = LONG.events / EVENTS_A_TURN;
  for (let n = 0; n < turns; n++) turn(talk, n, n === turns / 2, n === turns - 1);
  return talk.lines.map((line) => `${JSON.stringify(line)}\n`);
}

function turn(talk: ReturnType<typeof conversation>, n: number, middle: boolean, last: boolean): void {
  talk.prompt(
    middle ? LONG.middle : `Now turn ${n}: the **ledger** of \`branch-${n % 9}\` does not add up, find out why.`,
  );
  talk.think(`The sums differ by ${n}. I look at how entries are read first, then at the rounding.`);
  for (let step = 0; step < 8; step++) {
    const file_path = `/home/ada/work/long/src/ledger-${(n + step) % 40}.ts`;
    const use = step % 3;
    if (use === 0) talk.call("Bash", { command: `bun test test/ledger-${step}.test.ts`, description: "Run the tests" });
    if (use === 1) talk.call("Read", { file_path });
    if (use === 2) talk.call("Edit", { file_path, old_string: CODE[step], new_string: `${CODE[step]} // ${n}` });
    talk.result(use === 0 ? OUTPUT.slice(step).join("\n") : CODE.map((line, at) => `${at + 1}\t${line}`).join("\n"));
  }
  talk.say(`The entries of turn ${n} are read twice. I write the mend now.`);
  const code = ["```ts", ...CODE.slice(0, 8), "```"].join("\n");
  const list = "- the reader kept a stale page\n- the sum was rounded twice, see `round()`\n- a test now says so";
  talk.reply(
    `## Turn ${n}\n\nIt adds up now:\n\n${list}\n\n${code}\n\n| before | after |\n|---|---|\n| ${n} | 0 |\n\n${last ? LONG.end : "More to come."}`,
  );
}
