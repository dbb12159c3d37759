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
const states = (reports: readonly { readonly provider: string; readonly state: string; readonly changed: boolean }[]) =>
  reports.map(({ provider, state, changed }) => `${provider} ${state}${changed ? " changed" : ""}`);

test("every file is as it was to the byte and the mode after an install and a removal, and no file is left", () => {
  const { home, scope } = homeWith(FILES);

  expect(states(installRegistrations(scope))).toEqual([
    "claude ours changed",
    "codex ours changed",
    "gemini ours changed",
  ]);
  expect(states(registrationStates(scope))).toEqual(["claude ours", "codex ours", "gemini ours"]);
  for (const name of Object.keys(FILES)) expect(statSync(join(home, name)).mode & 0o777).toBe(0o640);
  expect(states(installRegistrations(scope))).toEqual(["claude ours", "codex ours", "gemini ours"]);
  expect(states(removeRegistrations(scope))).toEqual([
    "claude none changed",
    "codex none changed",
    "gemini none changed",
  ]);

  for (const [name, text] of Object.entries(FILES)) {
    expect(read(home, name)).toBe(text);
    expect(statSync(join(home, name)).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(home, name, ".."))).toHaveLength(1);
  }
  expect(states(removeRegistrations(scope))).toEqual(["claude none", "codex none", "gemini none"]);
});

test("a file that we made goes again, and an agent that is not used here gets none", () => {
  const { home, scope } = homeWith({ ".claude/history.jsonl": "" });
  mkdirSync(join(home, ".gemini"));
  mkdirSync(join(home, ".codex"));
  writeFileSync(join(home, ".codex/longhouse-device-token"), "");

  expect(states(installRegistrations(scope))).toEqual(["claude ours changed"]);
  expect(statSync(join(home, ".claude/settings.json")).mode & 0o777).toBe(0o600);
  removeRegistrations(scope);

  expect(readdirSync(join(home, ".claude"))).toEqual(["history.jsonl"]);
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

  expect(states(registrationStates(moved))).toEqual(["gemini stale"]);
  expect(states(installRegistrations(moved))).toEqual(["gemini ours changed"]);
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
    ".codex/config.toml": 'a = "',
    ".gemini/history": "",
    ".qwen/settings.json": "",
  });
  symlinkSync("nowhere.json", join(home, ".gemini/settings.json"));
  writeFileSync(join(home, ".qwen/settings.json"), new Uint8Array([0x7b, 0xff, 0x7d]));

  for (const act of [installRegistrations, removeRegistrations, registrationStates]) {
    const reports = act(scope);
    expect(states(reports)).toEqual(["claude refused", "codex refused", "gemini refused", "qwen refused"]);
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
