/** How each real agent is set up in a home of its own, and how it is run: headless and at a terminal, against the model. */
import { join } from "node:path";
import { put } from "../../support/agents.ts";
import { inPackage } from "./install.ts";

/** One agent at work: its home, the folder it works in, the model's URL. */
export type Desk = { readonly home: string; readonly cwd: string; readonly model: string; readonly clis: string };

export type RealAgent = {
  readonly name: string;
  /** The settings file that Longhouse changes, below HOME. */
  readonly settings: string;
  /** Writes its settings, as a person would have them: with comments, an own hook, odd blanks. */
  prepare(desk: Desk): void;
  env(desk: Desk): Record<string, string>;
  /** argv of one headless turn. */
  headless(desk: Desk, prompt: string): readonly string[];
  /** argv at a terminal; the prompt is typed. */
  interactive(desk: Desk): readonly string[];
  /** What is on the screen, without blanks, when it can be typed into. */
  readonly prompt: RegExp;
  /** Typed to leave it. */
  readonly leave: string;
};

const KEY = "sk-ant-fake-0000";

const claude: RealAgent = {
  name: "claude",
  settings: ".claude/settings.json",
  prepare({ home, cwd }) {
    const allow = '"permissions": {"allow": ["Bash", "Write", "Read", "Edit"]}';
    put(join(home, this.settings), `{\r\n\t${allow},\r\n\t"cleanupPeriodDays":  365\r\n}`);
    const trust = { [cwd]: { hasTrustDialogAccepted: true } };
    const state = {
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [KEY], rejected: [] },
    };
    put(join(home, ".claude.json"), JSON.stringify({ ...state, projects: trust }));
  },
  env: ({ model }) => ({
    ANTHROPIC_BASE_URL: model,
    ANTHROPIC_API_KEY: KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
  }),
  headless(desk, prompt) {
    return [
      native(desk),
      "-p",
      prompt,
      "--output-format",
      "stream-json",
      "--verbose",
      "--allowedTools",
      "Bash,Write,Read,Edit",
    ];
  },
  interactive: (desk) => [native(desk)],
  prompt: /❯/,
  leave: "/exit",
};

const native = ({ clis }: Desk): string =>
  inPackage(clis, `@anthropic-ai/claude-code-${process.platform}-${process.arch}`, "claude");

const codex: RealAgent = {
  name: "codex",
  settings: ".codex/config.toml",
  prepare({ home, cwd, model }) {
    put(
      join(home, this.settings),
      [
        "# mine",
        'model = "gpt-fake"   # odd blanks stay',
        'model_provider = "fake"',
        'approval_policy = "never"',
        'sandbox_mode = "danger-full-access"',
        "check_for_update_on_startup = false",
        `notify = ["sh", "-c", "printf %s \\"$1\\" >> \\"$HOME/notified\\"", 'sh']`,
        "[model_providers.fake]",
        'name = "fake"',
        `base_url = "${model}/v1"`,
        'env_key = "OPENAI_FAKE_KEY"',
        'wire_api = "responses"',
        "request_max_retries = 0",
        "stream_max_retries = 0",
        "[analytics]",
        "enabled = false",
        "[features]",
        "plugins = false",
        "daemon_auto_start = false",
        `[projects.${JSON.stringify(cwd)}]`,
        'trust_level = "trusted"',
      ].join("\n"),
    );
  },
  env: () => ({ OPENAI_FAKE_KEY: "x" }),
  headless: ({ clis }, prompt) => [inPackage(clis, ".bin/codex"), "exec", "--json", "--skip-git-repo-check", prompt],
  interactive: ({ clis }) => [inPackage(clis, ".bin/codex")],
  prompt: /›/,
  leave: "/quit",
};

const gemini: RealAgent = {
  name: "gemini",
  settings: ".gemini/settings.json",
  prepare({ home }) {
    put(
      join(home, this.settings),
      `{
  // mine
  "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},
  "privacy": {"usageStatisticsEnabled": false}, /* odd */ "telemetry": {"enabled": false},
  "hooks": {"AfterAgent": [{"hooks": [{"type": "command", "command": "true", "name": "mine"}]}]},
  "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false, "sessionRetention": {"enabled": false}}
}
`,
    );
  },
  env: ({ model }) => ({ GEMINI_API_KEY: "fake", GOOGLE_GEMINI_BASE_URL: model, GEMINI_CLI_NO_RELAUNCH: "true" }),
  headless: ({ clis }, prompt) => [
    inPackage(clis, ".bin/gemini"),
    "-p",
    prompt,
    "-m",
    "gemini-2.5-flash",
    "--yolo",
    "-o",
    "stream-json",
  ],
  interactive: ({ clis }) => [inPackage(clis, ".bin/gemini"), "-m", "gemini-2.5-flash", "--yolo"],
  prompt: /Typeyourmessage/,
  leave: "/quit",
};

/** Every agent that is tried for real. */
export const AGENTS: readonly RealAgent[] = [claude, codex, gemini];
