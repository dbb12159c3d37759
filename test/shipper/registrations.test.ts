import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PROVIDERS } from "../../src/providers/all.ts";
import { installRegistrations, registrationStates, removeRegistrations } from "../../src/shipper/registrations.ts";
import { tempDir } from "../support/temp.ts";

const FILES = {
  ".claude.json": '{"numStartups":3,"mcpServers":{}}',
  ".claude/settings.json": '{\r\n\t"model": "opus", // mine\r\n\t"hooks": {}\r\n}',
  ".codex/config.toml": '\uFEFF# mine\nnotify = ["bell"]\n[t]\nx = 1',
  ".gemini/settings.json": "{ /* nothing */ }",
};

/** A home with these files; gives what a registration is made of. */
function homeWith(files: Readonly<Record<string, string>>) {
  const home = tempDir("home");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), text, { mode: 0o640 });
  }
  const wish = { self: "/usr/bin/longhouse", recent: true };
  return { home, scope: { providers: PROVIDERS, env: { HOME: home }, wish } };
}

const read = (home: string, name: string) => readFileSync(join(home, name), "utf8");
type Report = { readonly provider: string; readonly kind: string; readonly state: string; readonly changed: boolean };
const states = (reports: readonly Report[]) =>
  reports.map(({ provider, kind, state, changed }) => `${provider} ${kind} ${state}${changed ? " changed" : ""}`);
/** The same of both entries of each agent. */
const both = (...wanted: readonly string[]) =>
  wanted.flatMap((line) => ["hooks", "mcp"].map((kind) => line.replace(" ", ` ${kind} `)));

test("every file is as it was to the byte and the mode after an install and a removal, and no file is left", () => {
  const { home, scope } = homeWith(FILES);

  expect(states(installRegistrations(scope))).toEqual(
    both("claude ours changed", "codex ours changed", "gemini ours changed"),
  );
  expect(states(registrationStates(scope))).toEqual(both("claude ours", "codex ours", "gemini ours"));
  for (const name of Object.keys(FILES)) expect(statSync(join(home, name)).mode & 0o777).toBe(0o640);
  expect(states(installRegistrations(scope))).toEqual(both("claude ours", "codex ours", "gemini ours"));
  expect(states(removeRegistrations(scope))).toEqual(
    both("claude none changed", "codex none changed", "gemini none changed"),
  );

  for (const [name, text] of Object.entries(FILES)) {
    expect(read(home, name)).toBe(text);
    expect(statSync(join(home, name)).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(home, name, "..")).filter((one) => one.includes("longhouse"))).toEqual([]);
  }
  expect(states(removeRegistrations(scope))).toEqual(both("claude none", "codex none", "gemini none"));
});

test("a file that we made goes again, and an agent that is not used here gets none", () => {
  const { home, scope } = homeWith({ ".claude/history.jsonl": "" });
  mkdirSync(join(home, ".gemini"));
  mkdirSync(join(home, ".codex"));
  writeFileSync(join(home, ".codex/longhouse-device-token"), "");

  expect(states(installRegistrations(scope))).toEqual(both("claude ours changed"));
  expect(statSync(join(home, ".claude/settings.json")).mode & 0o777).toBe(0o600);
  removeRegistrations(scope);

  expect(readdirSync(join(home, ".claude"))).toEqual(["history.jsonl"]);
  expect(existsSync(join(home, ".claude.json"))).toBe(false);
});

test("what the user changed in the meantime stays, and what was there before us is kept beside it", () => {
  const { home, scope } = homeWith({ ".claude/settings.json": '{\n  "a": 1\n}\n' });
  installRegistrations(scope);
  const file = join(home, ".claude/settings.json");
  writeFileSync(file, read(home, ".claude/settings.json").replace('"a": 1', '"a": 2,\n  "b": 3'));

  removeRegistrations(scope);

  expect(read(home, ".claude/settings.json")).toBe('{\n  "a": 2,\n  "b": 3\n}\n');
  expect(read(home, ".claude/settings.json.before-longhouse")).toBe('{\n  "a": 1\n}\n');
});

test("a second executable renews the entries and leaves the first backup alone", () => {
  const { home, scope } = homeWith({ ".gemini/settings.json": FILES[".gemini/settings.json"] });
  installRegistrations(scope);
  const moved = { ...scope, wish: { self: "/opt/longhouse", recent: false } };

  expect(states(registrationStates(moved))).toEqual(both("gemini stale"));
  expect(states(installRegistrations(moved))).toEqual(both("gemini ours changed"));
  expect(read(home, ".gemini/settings.json.before-longhouse")).toBe(FILES[".gemini/settings.json"]);
  removeRegistrations(moved);

  expect(read(home, ".gemini/settings.json")).toBe(FILES[".gemini/settings.json"]);
});

test("a link is followed: it stays a link, and the file that it names is changed", () => {
  const { home, scope } = homeWith({ "dotfiles/claude.json": "{}\n", ".claude/history.jsonl": "" });
  symlinkSync("../dotfiles/claude.json", join(home, ".claude/settings.json"));

  installRegistrations(scope);

  expect(lstatSync(join(home, ".claude/settings.json")).isSymbolicLink()).toBe(true);
  expect(read(home, "dotfiles/claude.json")).toContain("ship --session --hook");
  removeRegistrations(scope);
  expect(read(home, "dotfiles/claude.json")).toBe("{}\n");
});

test("a file that cannot be parsed, is no text, or leads nowhere stays as it is, and the report says why", () => {
  const { home, scope } = homeWith({
    ".claude/settings.json": '{ "a": ',
    ".claude.json": '{ "b": ',
    ".codex/config.toml": 'a = "',
    ".gemini/history": "",
    ".qwen/settings.json": "",
  });
  symlinkSync("nowhere.json", join(home, ".gemini/settings.json"));
  writeFileSync(join(home, ".qwen/settings.json"), new Uint8Array([0x7b, 0xff, 0x7d]));

  for (const act of [installRegistrations, removeRegistrations, registrationStates]) {
    const reports = act(scope);
    expect(states(reports)).toEqual(both("claude refused", "codex refused", "gemini refused", "qwen refused"));
    expect(reports.every(({ reason, file }) => reason.startsWith(`${file}: `))).toBe(true);
  }
  expect(read(home, ".claude/settings.json")).toBe('{ "a": ');
  expect(read(home, ".codex/config.toml")).toBe('a = "');
  expect(existsSync(join(home, ".gemini/nowhere.json"))).toBe(false);
  expect(readdirSync(join(home, ".claude"))).toEqual(["settings.json"]);
});

test("a read-only file is changed all the same when its folder is the user's, and stays read-only", () => {
  const { home, scope } = homeWith({ ".claude/settings.json": "{}" });
  chmodSync(join(home, ".claude/settings.json"), 0o400);

  installRegistrations(scope);

  expect(statSync(join(home, ".claude/settings.json")).mode & 0o777).toBe(0o400);
});

test("tools and hooks in one file: the backup is what stood there before both, whichever goes first", () => {
  for (const kinds of [
    ["hooks", "mcp"],
    ["mcp", "hooks"],
  ] as const) {
    const { home, scope } = homeWith({ ".gemini/settings.json": FILES[".gemini/settings.json"] });
    for (const kind of kinds) installRegistrations({ ...scope, kinds: [kind] });
    expect(read(home, ".gemini/settings.json.before-longhouse")).toBe(FILES[".gemini/settings.json"]);
    for (const kind of kinds) removeRegistrations({ ...scope, kinds: [kind] });
    expect(read(home, ".gemini/settings.json")).toBe(FILES[".gemini/settings.json"]);
    expect(readdirSync(join(home, ".gemini"))).toEqual(["settings.json"]);
  }
});

test("a person's own server of our name stays, the hooks are installed beside it, and both come out to the byte", () => {
  const mine = '{"mcpServers": {"longhouse": {"url": "http://elsewhere/mcp"}}}';
  const { home, scope } = homeWith({ ".gemini/settings.json": mine });
  const [hooks, tools] = installRegistrations(scope);
  expect([hooks?.state, tools?.state]).toEqual(["ours", "refused"]);
  expect(tools?.reason).toContain("another MCP server with the name longhouse");
  removeRegistrations(scope);
  expect(read(home, ".gemini/settings.json")).toBe(mine);
});

test("what an agent writes into its own file meanwhile stays when our entry goes", () => {
  const { home, scope } = homeWith({ ".claude.json": '{"numStartups": 3}', ".claude/history.jsonl": "" });
  installRegistrations(scope);
  const settings = JSON.parse(read(home, ".claude.json")) as Record<string, unknown>;
  expect(settings).toEqual({
    numStartups: 3,
    mcpServers: { longhouse: { type: "stdio", command: "/usr/bin/longhouse", args: ["mcp-server"] } },
  });
  writeFileSync(join(home, ".claude.json"), JSON.stringify({ ...settings, numStartups: 4 }, null, 2));
  removeRegistrations(scope);
  expect(JSON.parse(read(home, ".claude.json"))).toEqual({ numStartups: 4 });
});
