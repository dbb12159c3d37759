import { expect, setDefaultTimeout, test } from "bun:test";
import { cli, homes, inTerminal } from "../support/cli.ts";

// Processes are started; on a busy machine that takes its time.
setDefaultTimeout(30_000);

test("--version prints the version and nothing else", async () => {
  const { code, stdout, stderr } = await cli(homes(), ["--version"]);

  expect([code, stdout.trim(), stderr]).toEqual([0, "dev", ""]);
});

test("help names every command, and nothing needs a server for it", async () => {
  const { code, stdout } = await cli(homes(), []);

  expect(code).toBe(0);
  for (const name of [
    "serve",
    "ship",
    "status",
    "search",
    "recent",
    "open",
    "reindex",
    "export",
    "import",
    "undelete",
    "help",
  ])
    expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
});

test.each([
  ["help", "ship"],
  ["ship", "--help"],
  ["ship", "-h"],
])("%s %s shows how to use it", async (first, second) => {
  const { code, stdout } = await cli(homes(), [first, second]);

  expect(code).toBe(0);
  expect(stdout).toContain("--dry-run");
});

test.each([
  [["frobnicate"], 'There is no command "frobnicate"'],
  [["constructor"], 'There is no command "constructor"'],
  [["ship", "--jsno"], "There is no flag --jsno"],
  [["ship", "-x"], "There is no flag -x"],
  [["ship", "--since"], "--since needs a value"],
  [["ship", "--since", "yesterday"], '--since: "yesterday" is no time'],
  [["ship", "--provider", "nobody"], 'there is no agent "nobody"'],
  [["ship", "--session", "../../etc", "--json"], "this is no session id"],
  [["ship", "extra"], "extra is one word too many"],
  [["search"], "What is to be found?"],
  [["recent", "--limit", "many"], '--limit: "many" is no number'],
  [["export"], "Where to?"],
])("%j is a usage error that says so", async (args, message) => {
  const { code, stdout, stderr } = await cli(homes(), args);

  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
});

test("a session that is none is a usage error for a person at a terminal, and nothing for a hook, which has none", async () => {
  const typed = ["ship", "--session", "../../etc"];

  const hook = await cli(homes(), typed);
  const person = await inTerminal(homes(), typed);
  const asHook = await inTerminal(homes(), [...typed, "--hook"]);

  expect([hook.code, hook.stdout, hook.stderr]).toEqual([0, "", ""]);
  expect([person.code, person.screen.includes("this is no session id")]).toEqual([2, true]);
  expect([asHook.code, asHook.screen]).toEqual([0, ""]);
});

test("a server that is not there is exit code 3 and names the command that starts one", async () => {
  const { code, stderr } = await cli(homes(), ["search", "words", "--url", "http://127.0.0.1:9"]);

  expect(code).toBe(3);
  expect(stderr).toContain("longhouse serve");
});

test("no error shows a stack trace", async () => {
  const { stderr } = await cli(homes(), ["ship", "--url", "http://127.0.0.1:9"]);

  expect(stderr).not.toMatch(/^\s+at /m);
});
