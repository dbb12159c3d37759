/** Installing with a manager that does what it is told: which files and folders come and go. launchd's words, as it is asked. */
import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installService, removeService, serviceState } from "../../../src/lib/service/install.ts";
import { launchd } from "../../../src/lib/service/launchd.ts";
import type { Ran, Service } from "../../../src/lib/service/service.ts";
import { tempDir } from "../../support/temp.ts";

/** A launchctl that knows what is loaded: a program on a PATH of its own, no part of the product. */
function fakeLaunchctl(home: string) {
  const asked: string[] = [];
  let [loaded, refusals] = [false, 2];
  const answer = (code: number, stdout = "", stderr = ""): Ran => ({ code, stdout, stderr });
  const run = ([, verb, ...words]: readonly string[]): Ran => {
    asked.push([verb, ...words].join(" "));
    if (verb === "print" && words[0] === "gui/501") return answer(0);
    if (verb === "print") return loaded ? answer(0, "\tstate = running\n\tpid = 4711\n") : answer(113);
    if (verb === "bootstrap" && --refusals > 0) return answer(5, "", "Bootstrap failed: 5: Input/output error");
    if (verb === "bootstrap") loaded = true;
    if (verb === "bootout") loaded = false;
    return answer(0);
  };
  return { asked, manager: launchd(run, { agents: join(home, "Library/LaunchAgents"), uid: 501 }) };
}

function service(home: string): Service {
  return {
    name: "server",
    description: "Longhouse",
    argv: [join(home, "longhouse"), "serve", "--no-open"],
    flags: ["--port=9000"],
    env: { HOME: home, PATH: "/usr/bin:/bin" },
    errors: join(home, ".longhouse/logs/server-errors.log"),
    removedBy: "longhouse serve --uninstall",
  };
}

test("launchd loads the agent again until the old one is gone, and finds its process", async () => {
  const home = tempDir("mac");
  const { asked, manager } = fakeLaunchctl(home);

  const installed = await installService(manager, service(home), join(home, ".longhouse"));

  const file = join(home, "Library/LaunchAgents/com.longhouse.server.plist");
  expect(installed).toEqual({ file, pid: 4711, unchanged: false });
  expect(asked.filter((one) => !one.startsWith("print"))).toEqual([
    "bootout gui/501/com.longhouse.server",
    "enable gui/501/com.longhouse.server",
    `bootstrap gui/501 ${file}`,
    `bootstrap gui/501 ${file}`,
  ]);
  expect(readFileSync(file, "utf8")).toBe(manager.text(service(home)));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(join(home, ".longhouse/logs"))).toBe(true);
});

test("a second install changes nothing, other flags do; another PATH makes nothing stale, another home does", async () => {
  const home = tempDir("mac");
  const notes = join(home, ".longhouse");
  const { asked, manager } = fakeLaunchctl(home);
  const one = service(home);
  await installService(manager, one, notes);
  const before = asked.length;

  expect(await installService(manager, { ...one, env: { ...one.env, PATH: "/other" } }, notes)).toMatchObject({
    unchanged: true,
  });
  expect(asked.slice(before).filter((said) => said.startsWith("bootstrap"))).toEqual([]);
  const stale = (changed: Partial<Service>) => {
    const state = serviceState(manager, { ...one, ...changed }, notes);
    return state.kind === "installed" && state.stale;
  };
  expect([
    stale({}),
    stale({ flags: [] }),
    stale({ env: { ...one.env, PATH: "/other" } }),
    stale({ env: { ...one.env, LONGHOUSE_HOME: "/x" } }),
    stale({ argv: ["/new/longhouse", "serve", "--no-open"] }),
  ]).toEqual([false, false, false, true, true]);
  expect(await installService(manager, { ...one, flags: [] }, notes)).toMatchObject({ unchanged: false });
});

test("removing leaves what was there: folders that were made go, others and what is in them stay", async () => {
  const home = tempDir("mac");
  const notes = join(home, ".longhouse");
  mkdirSync(notes);
  const { manager } = fakeLaunchctl(home);
  await installService(manager, service(home), notes);
  await installService(manager, { ...service(home), flags: [] }, notes);

  expect(removeService(manager, service(home), notes)).toBe(true);
  expect(readdirSync(home)).toEqual([".longhouse"]);
  expect(readdirSync(notes)).toEqual(["logs"]);
  expect(removeService(manager, service(home), notes)).toBe(false);

  await installService(manager, service(home), notes);
  writeFileSync(join(home, "Library/LaunchAgents/com.else.plist"), "else");
  removeService(manager, service(home), notes);
  expect(readdirSync(join(home, "Library/LaunchAgents"))).toEqual(["com.else.plist"]);
}, 20_000);

test("a folder that was there before is not removed, though it is empty", async () => {
  const home = tempDir("mac");
  const agents = join(home, "Library/LaunchAgents");
  mkdirSync(agents, { recursive: true });
  chmodSync(agents, 0o755);
  const { manager } = fakeLaunchctl(home);
  await installService(manager, service(home), join(home, ".longhouse"));

  removeService(manager, service(home), join(home, ".longhouse"));

  expect(readdirSync(agents)).toEqual([]);
});
