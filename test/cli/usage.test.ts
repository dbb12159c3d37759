import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UsageReport } from "../../src/domain/usage.ts";
import { cli, homes, serving } from "../support/cli.ts";
import type { Serving } from "../support/cli.ts";
import { psid, talk } from "../support/fill.ts";

// Processes are started; on a busy machine that takes its time.
setDefaultTimeout(30_000);

const where = homes();
let server: Serving;
const run = (...args: string[]) => cli(where, args, { TZ: "Asia/Kathmandu" });

/** Ships what is there, and waits until it is read. */
async function shipped(): Promise<void> {
  const { code, stderr } = await run("ship", "--json");
  expect([code, stderr]).toEqual([0, ""]);
  for (let quiet = 0; quiet < 2; await Bun.sleep(50)) {
    const { derive } = await server.json<{ derive: { behind_bytes: number } }>("/api/status");
    quiet = derive.behind_bytes === 0 ? quiet + 1 : 0;
  }
}

beforeAll(async () => {
  server = await serving(where, ["--no-ship"]);
});
afterAll(() => server.stop());

test("an empty archive is no failure", async () => {
  const { code, stdout, stderr } = await run("usage");
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toContain("Nothing was used");

  const doctor = await run("doctor", "--formats");
  expect([doctor.code, doctor.stdout]).toEqual([0, "ok       The archive has no records yet\n"]);
});

test("usage is a table of this machine's days, and one object with --json", async () => {
  const folder = join(where.user, ".claude/projects/-w");
  mkdirSync(folder, { recursive: true });
  // 18:20 UTC is 00:05 of the next day in Kathmandu; 18:10 is 23:55.
  for (const [n, at, model] of [
    [1, "18:10", "claude-sonnet-4-5"],
    [2, "18:20", "kiln-1"],
  ] as const) {
    const bytes = talk(2, { id: psid(n), at: Date.parse(`2026-01-01T${at}:00Z`) });
    writeFileSync(join(folder, `${psid(n)}.jsonl`), bytes.replaceAll("claude-sonnet-4-5", model));
  }
  await shipped();

  const { stdout, stderr, code } = await run("usage");
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/));
  expect(code).toBe(0);
  expect(rows).toEqual([
    ["day", "sessions", "prompts", "input", "output", "cache read", "cache write", "cost"],
    ["2026-01-01", "1", "2", "20", "6", "10", "2", "$0.00016"],
    ["2026-01-02", "1", "2", "20", "6", "10", "2", "unknown"],
    ["total", "2", "4", "40", "12", "20", "4", "~$0.00016"],
  ]);
  expect(stderr).toContain("prices.toml");
  expect(stdout + stderr).not.toContain("\u001b");

  const json = JSON.parse(
    (await run("usage", "--json", "--by", "model", "--since", "2026-01-02")).stdout,
  ) as UsageReport;
  expect(json.rows.map(({ key }) => key)).toEqual(["kiln-1"]);
  expect(json.total).toMatchObject({ prompts: 2, cost_usd: null, unpriced_tokens: 38 });
});

test("doctor names what no parser knows, by provider and count, and says so by its exit code", async () => {
  const odd = ["one-of-these", "one-of-these", "and-that"].map((type) =>
    JSON.stringify({ type, uuid: crypto.randomUUID() }),
  );
  const path = join(where.user, ".claude/projects/-w", `${psid(3)}.jsonl`);
  writeFileSync(path, `${talk(1, { id: psid(3) })}${odd.join("\n")}\n`);
  await shipped();

  const { code, stdout } = await run("doctor", "--formats");
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^problem {2}claude: 3 \(23\.08 %\) of 13 records unknown\n +2 {2}one-of-these\n +1 {2}and-that\n/,
  );
  const json = JSON.parse((await run("doctor", "--formats", "--json")).stdout);
  expect(json.formats.providers).toMatchObject([
    {
      provider: "claude",
      records: 13,
      unknown: 3,
      types: [
        { type: "one-of-these", count: 2 },
        { type: "and-that", count: 1 },
      ],
    },
  ]);
});

test.each([
  [["usage", "--by", "hour"], "Accepted: day, model, project, provider, device"],
  [["usage", "--since", "soon"], '--since: "soon" is no time'],
])("%j is a usage error that says what is accepted", async (args, said) => {
  const { code, stdout, stderr } = await run(...args);

  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(said);
});

test("a server does not start with a price file that is wrong, and says where", async () => {
  const other = homes();
  mkdirSync(other.home);
  writeFileSync(join(other.home, "prices.toml"), '["a"]\ninput = "much"\noutput = 1\n');

  const started = serving(other, ["--no-ship"]);

  await expect(started).rejects.toThrow('prices.toml line 2: a.input: "much" is not accepted');
});
