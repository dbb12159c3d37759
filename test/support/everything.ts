/** One session with everything a page can show, and a few plain ones beside it: what a person's archive looks like. */
import { conversation, idOf, pathOf, png, type About } from "./conversation.ts";
import { post } from "./post.ts";
import type { Server } from "./server.ts";

/** Ids (the agent's own) of the sessions that `postEverything` makes. */
export const EVERYTHING = idOf(1);
export const EXPLORER = "a1b2c3d4";

const MINUTE = 60_000;
const CWD = "/home/ada/work/kiln";

/** The session: prompts, Markdown, code, thinking, many tools, a failure, a diff, an image, a plan, a sub-agent, a compaction. */
export function everything(at: number): string {
  const talk = conversation({ id: EVERYTHING, at, cwd: CWD, branch: "fix/retry" });
  talk.prompt("The upload retries twice when the server answers 429. Find the cause before you change anything.");
  talk.think("First everything that can call `flush`. Then who owns the timer.");
  talk.call("Grep", { pattern: "flush\\(", path: `${CWD}/src` });
  talk.result("src/shipper/send.ts:41: flush(queue)\nsrc/shipper/retry.ts:12: flush(queue)");
  for (const file of ["send.ts", "retry.ts", "queue.ts", "timer.ts"]) {
    talk.call("Read", { file_path: `${CWD}/src/shipper/${file}` });
    talk.result(`1\timport { wait } from "./wait.ts"\n2\texport const ${file.slice(0, -3)} = 1\n`);
  }
  talk.call("Bash", { command: "bun test test/shipper/retry.test.ts", description: "Run the test" });
  talk.result("\u001b[31m✗ waits for Retry-After on 429\u001b[0m\n  expected 1 request, saw 2", { failed: true });
  talk.say(CAUSE);
  talk.prompt("Good. Do that, test first.");
  talk.call("TodoWrite", { todos: TODOS });
  talk.result("Todos have been modified.");
  talk.call("Edit", { file_path: `${CWD}/src/shipper/retry.ts`, old_string: OLD, new_string: NEW });
  talk.result("The file has been updated.", { result: PATCHED });
  talk.call("Agent", { description: "Who calls flush", prompt: "List callers of flush.", subagent_type: "Explore" });
  talk.result(`Two places.\nagentId: ${EXPLORER}`, { result: { agentId: EXPLORER } });
  talk.image("This is how the graph looks now.", png(48, 24, [40, 120, 200]));
  talk.compact("This session is being continued from a previous conversation.\nSummary: one timer owns the waiting.");
  talk.prompt("Also note it in the changelog.");
  talk.reply("Noted under *Unreleased*. All 12 tests pass.");
  talk.title("Find why the upload retries twice");
  return talk.text();
}

const CAUSE = `Both paths call \`flush()\`. The retry in \`send.ts\` keeps **its own timer**:

- the timer is created before the answer is read
- a late 429 leaves it running

| file | calls |
|---|---|
| send.ts | 1 |
| retry.ts | 1 |

\`\`\`ts
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
\`\`\`

See [the standard](https://www.rfc-editor.org/rfc/rfc9110).`;

const TODOS = [
  { content: "Write the failing test", status: "completed", activeForm: "Writing the failing test" },
  { content: "Let one place own the waiting", status: "in_progress", activeForm: "Moving the timer" },
  { content: "Note it in the changelog", status: "pending", activeForm: "Noting it" },
];
const OLD = "if (result.status === 429) setTimeout(flush, result.retryAfter)";
const NEW = 'if (result.kind === "later") return { until: now + jitter(result.retryAfter) }';
const PATCHED = {
  filePath: `${CWD}/src/shipper/retry.ts`,
  structuredPatch: [
    {
      oldStart: 31,
      oldLines: 3,
      newStart: 31,
      newLines: 3,
      lines: [
        " export function after(result: Result, now: number): Wait {",
        `-  ${OLD}`,
        `+  ${NEW}`,
        "   return { until: now }",
      ],
    },
  ],
};

/** Its sub-agent's file. */
export function explorer(at: number): string {
  const talk = conversation({ id: EVERYTHING, agent: EXPLORER, at, cwd: CWD, branch: "fix/retry" });
  talk.prompt("List callers of flush.");
  talk.call("Grep", { pattern: "flush", path: `${CWD}/src` });
  talk.result("src/shipper/send.ts\nsrc/shipper/retry.ts");
  talk.reply("Two places call it: send.ts and retry.ts.");
  return talk.text();
}

export type Plain = Pick<About, "at" | "cwd" | "branch"> & { readonly n: number; readonly title: string };

/** A short ended session of a prompt and a reply. */
export function plain({ n, title, ...about }: Plain): string {
  const talk = conversation({ id: idOf(n), ...about });
  talk.prompt(title);
  talk.reply(`Done: ${title.toLowerCase()}.`);
  return talk.text();
}

/** Posts the session, its sub-agent, and plain ones of today, yesterday and last week. */
export async function postEverything(server: Server, now = Date.now()): Promise<void> {
  const at = now - 20 * MINUTE;
  await post(server, pathOf({ id: EVERYTHING }), everything(at));
  await post(server, pathOf({ id: EVERYTHING, agent: EXPLORER }), explorer(at + MINUTE));
  for (const one of PLAIN) await post(server, pathOf({ id: idOf(one.n) }), plain({ ...one, at: now - one.ago }));
  await server.settled();
}

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `ago`: ms between its first line and now. */
export const PLAIN = [
  { n: 11, ago: DAY, title: "Add a dark theme to the settings page", cwd: "/home/ada/work/loom", branch: "theme" },
  { n: 12, ago: DAY + HOUR, title: "Explain how glazes are mixed", cwd: CWD, branch: "main" },
  { n: 13, ago: 4 * DAY, title: "Rename pot to vessel everywhere", cwd: CWD, branch: "rename" },
  { n: 14, ago: 40 * DAY, title: "Measure the oven again", cwd: "/home/ada/work/oven", branch: "main" },
] as const;
