import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childEnv } from "../../src/commis/child-env.ts";
import type { Turn } from "../../src/domain/turn.ts";
import { PROVIDERS } from "../../src/providers/all.ts";

/** Everything of ours, of other programs, and of an agent around us that must not come along. */
const SECRETS = {
  LONGHOUSE_TOKEN: "1",
  LONGHOUSE_URL: "1",
  LONGHOUSE_HOME: "1",
  LONGHOUSE_PASSWORD: "1",
  LONGHOUSE_PASSWORD_HASH: "1",
  LONGHOUSE_JOB_ID: "1",
  LONGHOUSE_TURN_TOKEN: "1",
  DATABASE_URL: "1",
  STRIPE_SECRET_KEY: "1",
  GITHUB_TOKEN: "1",
  GOOGLE_CLIENT_ID: "1",
  GOOGLE_CLIENT_SECRET: "1",
  GH_TOKEN: "1",
  NPM_TOKEN: "1",
  TELEGRAM_BOT_TOKEN: "1",
  SMTP_PASSWORD: "1",
  OTHER_API_KEY: "1",
  NODE_OPTIONS: "--require /x",
  LD_PRELOAD: "/x",
  CLAUDECODE: "1",
  CLAUDE_CODE_SESSION_ID: "1",
  CLAUDE_CODE_ENTRYPOINT: "1",
  CLAUDE_CODE_SSE_PORT: "1",
  CLAUDE_CODE_MESSAGING_TOKEN: "1",
} as const;
const OWN = {
  claude: ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "AWS_REGION", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"],
  codex: ["CODEX_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL"],
  gemini: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_GEMINI_BASE_URL"],
} as const;
const COMMON = { PATH: "/bin", HOME: "/h", LANG: "C", LC_ALL: "C", HTTPS_PROXY: "http://p", SSH_AUTH_SOCK: "/s" };
const TURN: Turn = {
  prompt: "secret prompt",
  cwd: "/",
  resume: null,
  fork: false,
  model: null,
  permission: "all",
  images: [],
  tools: { url: "http://127.0.0.1:1/mcp", token: "lh_turn" },
};

for (const [name, own] of Object.entries(OWN)) {
  const runner = PROVIDERS.find((one) => one.name === name)!.runner!;
  for (const way of ["headless", "dialogue"] as const) {
    const { command } = runner[way]!(TURN, "/turn")!;

    test(`${name}, ${way}: it gets the common variables, its own and what its command sets, and nothing else`, () => {
      const everyone = Object.fromEntries(
        Object.values(OWN)
          .flat()
          .map((key) => [key, `its ${key}`]),
      );
      const env = childEnv({ ...COMMON, ...everyone, ...SECRETS }, runner, command);
      const wanted = [...Object.keys(COMMON), ...own, ...Object.keys(command.env)];
      expect(Object.keys(env).toSorted()).toEqual([...new Set(wanted)].toSorted());
    });

    test(`${name}, ${way}: neither the prompt nor a token stands where others can read it`, () => {
      expect(command.argv.join(" ")).not.toContain("secret prompt");
      expect(command.argv.join(" ")).not.toContain("lh_turn");
    });
  }
}

/** Variables of everybody's, and the agents' own, that our configuration reads as well. */
const SHARED = new Set("HOME PATH NO_PROXY XDG_CONFIG_HOME CLAUDE_CONFIG_DIR CODEX_HOME GEMINI_CLI_HOME".split(" "));

test("whatever else our configuration reads from the environment reaches no agent", () => {
  const text = readFileSync(join(import.meta.dir, "../../src/config.ts"), "utf8");
  const ours = [...new Set(text.match(/(?<=")[A-Z][A-Z0-9]*(_[A-Z0-9]+)*(?=")/g))].filter((name) => !SHARED.has(name));
  expect(ours).toContain("LONGHOUSE_PASSWORD");
  expect(ours.length).toBeGreaterThan(15);
  for (const { runner } of PROVIDERS.filter((one) => one.runner)) {
    const command = { argv: ["x"], env: {} } as const;
    expect(childEnv(Object.fromEntries(ours.map((name) => [name, "1"])), runner!, command)).toEqual({});
  }
});

test("an empty variable comes along empty, and one that is not set does not", () => {
  const runner = PROVIDERS.find((one) => one.name === "codex")!.runner!;
  const { command } = runner.headless({ ...TURN, tools: null }, "/turn");
  expect(childEnv({ PATH: "", HOME: undefined }, runner, command)).toEqual({ PATH: "" });
});
