import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Registration } from "../../src/domain/registration.ts";
import { readJson } from "../../src/lib/jsonc.ts";
import { readToml } from "../../src/lib/toml.ts";
import { PROVIDERS } from "../../src/providers/all.ts";
import { jsonc, toml } from "../support/odd-settings.ts";

const ENV = { HOME: "/home/me" };
const WISH = { self: "/opt/long house/it's/longhouse", recent: true };
const OTHER = { self: "/usr/bin/longhouse", recent: false };

const registrations = PROVIDERS.flatMap(({ name, registrations: of }) =>
  (of?.(ENV) ?? []).filter(({ kind }) => kind === "hooks").map((each) => ({ name, ...each })),
);
const odd = ({ file }: Registration) => (file.endsWith(".toml") ? toml : jsonc);
const valueOf = (text: string, { file }: Registration): unknown => {
  if (!file.endsWith(".toml")) return readJson(text);
  const read = readToml(text.replace(/^\uFEFF/, ""));
  if (read.kind === "values") return read.values;
  throw new Error(`${read.line}: ${read.reason}\n${text}`);
};

test("every agent with hooks has its settings file below HOME", () => {
  expect(registrations.map(({ name, file }) => `${name} ${file}`)).toEqual([
    "claude /home/me/.claude/settings.json",
    "codex /home/me/.codex/config.toml",
    "gemini /home/me/.gemini/settings.json",
    "qwen /home/me/.qwen/settings.json",
  ]);
});

test("an agent that keeps its files elsewhere is found there", () => {
  const env = { HOME: "/h", CLAUDE_CONFIG_DIR: "/c/", CODEX_HOME: "/x", GEMINI_CLI_HOME: "/g", QWEN_HOME: "/q" };
  const files = PROVIDERS.flatMap(({ registrations: of }) => of?.(env) ?? []).filter(({ kind }) => kind === "hooks");

  expect(files.map(({ file }) => file)).toEqual([
    "/c/settings.json",
    "/x/config.toml",
    "/g/.gemini/settings.json",
    "/q/settings.json",
  ]);
});

for (const each of registrations) {
  test(`${each.name}: what is put in is there once, and comes out again, whatever the file looks like`, () => {
    fc.assert(
      fc.property(odd(each), (text) => {
        valueOf(text, each);
        const after = each.install(text, WISH);

        expect(each.state(text, WISH)).toBe("none");
        expect(each.state(after, WISH)).toBe("ours");
        expect(each.install(after, WISH)).toBe(after);
        expect(each.remove(after) ?? "").toBe(each.remove(each.install(text, OTHER)) ?? "");
        const rest = each.remove(after);
        if (rest !== null) expect(rest).toBe(text);
        else expect(text.replace(/^\uFEFF/, "").replace(/\s/g, "")).toMatch(/^(?:\{\})?$/);
      }),
      { numRuns: 400 },
    );
  });

  test(`${each.name}: an entry of another executable is renewed, and nothing else is changed`, () => {
    fc.assert(
      fc.property(odd(each), (text) => {
        const older = each.install(text, OTHER);

        expect(each.state(older, WISH)).toBe("stale");
        const newer = each.install(older, WISH);

        expect(each.state(newer, WISH)).toBe("ours");
        expect(each.remove(newer)).toBe(each.remove(older));
      }),
      { numRuns: 200 },
    );
  });

  test(`${each.name}: a path of any characters is one word and no more`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
        const self = `/x/${name.replaceAll("\0", "")}`;
        const plain = valueOf(each.install(null, OTHER), each);
        const made = valueOf(each.install(null, { ...OTHER, self }), each);

        const words = JSON.stringify(plain).split(JSON.stringify(OTHER.self).slice(1, -1)).length;
        expect(shapeOf(made)).toEqual(shapeOf(plain));
        expect(words).toBeGreaterThan(1);
        expect(each.state(each.install(null, { ...OTHER, self }), { ...OTHER, self })).toBe("ours");
      }),
      { numRuns: 200 },
    );
  });

  test(`${each.name}: a file that holds nothing else is to go`, () => {
    expect(each.remove(each.install(null, WISH))).toBeNull();
  });
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

test("a settings file that cannot be read is refused with its line", () => {
  for (const each of registrations) {
    const broken = each.file.endsWith(".toml") ? "a = 1\nb = = 2\n" : '{\n  "a": 1\n  "b": 2\n}\n';
    expect(() => each.install(broken, WISH)).toThrow(/^Line [23] cannot be read/);
    expect(() => each.remove(broken)).toThrow(/cannot be read/);
    expect(() => each.state(broken, WISH)).toThrow(/cannot be read/);
  }
});

test("hooks of another shape, and a notify that is no list, are left alone with a word why", () => {
  for (const each of registrations) {
    const wrong = each.file.endsWith(".toml")
      ? ['notify = "bell"', "notify = [1]", "notify = { a = 1 }"]
      : ["[]", "1", '{"hooks": []}', '{"hooks": {"Stop": {}, "AfterAgent": 1}}', '{"hooks": 1}', '{"a": 1, "a": 2}'];
    for (const text of wrong) expect(() => each.install(text, WISH), text).toThrow();
  }
});

test("a shell takes the command of a hook as the path and its words, whatever the path holds", () => {
  const claude = registrations[0]!;
  for (const name of ["it's", "a b", "$(touch x)", "`x`", '"', "\\", "a\nb", ";", "--", "ä", "*"]) {
    const self = `/x/${name}`;
    const { hooks } = JSON.parse(claude.install(null, { self, recent: false })) as Settings;
    const line = hooks["Stop"]![0]!.hooks[0]!.command;
    const said = Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${line}`]).stdout.toString();
    expect(said.split("\0").slice(0, -1)).toEqual([self, "ship", "--session", "--hook"]);
  }
});

type Settings = {
  readonly hooks: Readonly<Record<string, readonly { readonly hooks: readonly { readonly command: string }[] }[]>>;
};

test("a hook of the user's stays in a group that it shares with ours", () => {
  const claude = registrations[0]!;
  const mine = JSON.parse(claude.install(null, OTHER)) as { hooks: Record<string, { hooks: unknown[] }[]> };
  mine.hooks["Stop"]![0]!.hooks.push({ type: "command", command: "bell" });

  const rest = JSON.parse(claude.remove(JSON.stringify(mine))!) as Settings;
  expect(rest.hooks).toEqual({ Stop: [{ hooks: [{ type: "command", command: "bell" }] }] } as never);
});

test("what a user runs by hand with the same program is not taken for ours", () => {
  const claude = registrations[0]!;
  const text = '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"longhouse ship --session"}]}]}}';

  expect(claude.state(text, OTHER)).toBe("none");
  expect(claude.remove(text)).toBe(text);
});

test("Codex' own notify is run after ours, with its words and the text of the turn", () => {
  const codex = registrations[1]!;
  const text = codex.install('notify = ["bell", "-x"]\n', OTHER);

  expect(readToml(text)).toEqual({
    kind: "values",
    values: { notify: [OTHER.self, "ship", "--session", "--hook", "--", "bell", "-x"] },
  });
});

test("without [hooks] recent Claude is given nothing when it starts", () => {
  const claude = registrations[0]!;

  expect(claude.install(null, { ...WISH, recent: true })).toContain("SessionStart");
  expect(claude.install(null, { ...WISH, recent: false })).not.toContain("SessionStart");
  expect(claude.state(claude.install(null, { ...WISH, recent: true }), { ...WISH, recent: false })).toBe("stale");
});

const tools = PROVIDERS.flatMap(({ name, registrations: of }) =>
  (of?.(ENV) ?? []).filter(({ kind }) => kind === "mcp").map((each) => ({ name, ...each })),
);

test("the tools' entry stands in the file that the agent really reads", () => {
  const files = (env: Readonly<Record<string, string>>) =>
    PROVIDERS.flatMap(({ registrations: of }) => of?.(env) ?? []).flatMap(({ kind, file }) =>
      kind === "mcp" ? [file] : [],
    );
  expect(files(ENV)).toEqual([
    "/home/me/.claude.json",
    "/home/me/.codex/config.toml",
    "/home/me/.gemini/settings.json",
    "/home/me/.qwen/settings.json",
  ]);
  expect(files({ HOME: "/h", CLAUDE_CONFIG_DIR: "/c/" })[0]).toBe("/c/.claude.json");
});

for (const each of tools) {
  test(`${each.name}: the tools' entry is put in once and comes out again, whatever the file looks like`, () => {
    fc.assert(
      fc.property(odd(each), (text) => {
        const after = each.install(text, WISH);
        const older = each.install(text, OTHER);

        expect(entryOf(after, each)).toMatchObject({ command: WISH.self, args: ["mcp-server"] });
        expect([each.state(text, WISH), each.state(after, WISH), each.state(older, WISH)]).toEqual([
          "none",
          "ours",
          "stale",
        ]);
        expect(each.install(after, WISH)).toBe(after);
        expect(each.install(older, WISH)).toBe(after);
        const rest = each.remove(after);
        if (rest !== null) expect(rest).toBe(text);
        else expect(text.replace(/^\uFEFF/, "").replace(/\s/g, "")).toMatch(/^(?:\{\})?$/);
      }),
      { numRuns: 400 },
    );
  });

  test(`${each.name}: beside the trigger in one file both come and go, in any order`, () => {
    const hooks = registrations.find(({ file }) => file === each.file);
    if (!hooks) return;
    fc.assert(
      fc.property(odd(each), (text) => {
        const whole = each.install(hooks.install(text, WISH), WISH);
        expect(hooks.state(whole, WISH)).toBe("ours");
        expect(each.remove(whole)).toBe(hooks.install(text, WISH));
        expect(each.state(hooks.remove(whole), WISH)).toBe("ours");
      }),
      { numRuns: 200 },
    );
  });

  test(`${each.name}: what a person added to the entry stays while it is renewed, and another's entry is never touched`, () => {
    const toml = each.file.endsWith(".toml");
    const mine = toml
      ? '[mcp_servers.longhouse]\ncommand = "/usr/bin/longhouse" # here\nargs = ["mcp-server"]\nstartup_timeout_sec = 20\n\n[mcp_servers.longhouse.env]\nLONGHOUSE_HOME = "/x"\n\n# of the next\n[mcp_servers.other]\ncommand = "x"\n'
      : '{"mcpServers": {"other": {"command": "x"}, "longhouse": {"command": "/usr/bin/longhouse", "args": ["mcp-server"], "timeout": 9}}}';
    expect(each.install(mine, WISH)).toBe(mine.replace('"/usr/bin/longhouse"', JSON.stringify(WISH.self)));
    const rest = each.remove(mine)!;
    expect(rest).not.toContain("longhouse");
    expect(rest).toContain("other");
    if (toml) expect(rest).toContain("# of the next");
    const foreign = toml
      ? '[mcp_servers.longhouse]\nurl = "http://x/mcp"\n'
      : '{"mcpServers": {"longhouse": {"url": "http://x/mcp"}}}';
    expect(each.state(foreign, WISH)).toBe("none");
    expect(each.remove(foreign)).toBe(foreign);
    expect(() => each.install(foreign, WISH)).toThrow("another MCP server");
  });
}

function entryOf(text: string, each: Registration): unknown {
  const values = valueOf(text, each) as Record<string, Record<string, unknown> | undefined>;
  return (values["mcpServers"] ?? values["mcp_servers"])?.["longhouse"];
}
