/** The service manager of this machine. */
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Env } from "../../domain/provider.ts";
import { codeOf } from "../files.ts";
import { launchd } from "./launchd.ts";
import type { Manager, Run } from "./service.ts";
import { systemd } from "./systemd.ts";

/** launchd on a Mac, else systemd, whether it runs or not (`missing` says). `env` is the user's. */
export function findManager(env: Env, platform: NodeJS.Platform = process.platform): Manager {
  const { uid } = userInfo();
  const home = env["HOME"] ?? "";
  const run = runner(env, uid);
  if (platform === "darwin") return launchd(run, { agents: join(home, "Library/LaunchAgents"), uid });
  const units = join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "systemd/user");
  return systemd(run, units);
}

const TIMEOUT_MS = 30_000;

/** Under su and ssh the way to the user's manager may be unset, though it is there. */
function runner(env: Env, uid: number): Run {
  const runtime = `/run/user/${uid}`;
  const more = env["XDG_RUNTIME_DIR"] || !existsSync(runtime) ? {} : { XDG_RUNTIME_DIR: runtime };
  return (argv) => {
    try {
      const ran = Bun.spawnSync([...argv], { env: { ...env, ...more }, timeout: TIMEOUT_MS, stdin: "ignore" });
      return { code: ran.exitCode, stdout: ran.stdout.toString(), stderr: ran.stderr.toString() };
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      return { code: 127, stdout: "", stderr: `${argv[0]} is not there` };
    }
  };
}
