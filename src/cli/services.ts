/** The two services there are, `connect`'s and `serve`'s, and how each is installed, taken away and examined. */
import { existsSync, fstatSync, ftruncateSync } from "node:fs";
import { join } from "node:path";
import { type Config, serviceEnvironment } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { selfCommand, selfPath } from "../lib/self-path.ts";
import { findManager } from "../lib/service/find.ts";
import { installService, removeService, serviceState } from "../lib/service/install.ts";
import type { Manager, Service } from "../lib/service/service.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";

/** A service, where what was made for it is noted, and the commands for people. */
export type OurService = {
  readonly service: Service;
  readonly notes: string;
  readonly installedBy: string;
  /** What runs it without a service manager. */
  readonly byHand: string;
};

/** The service of `connect`; `more` are flags that it is to keep. */
export function shipperService(config: Config, more: readonly string[] = []): OurService {
  return {
    service: {
      name: "shipper",
      description: "Longhouse: sends this machine's sessions to the archive",
      argv: [...selfArgv(), "connect", "--wait"],
      flags: more,
      env: serviceEnvironment(),
      errors: join(config.shipperDir, "shipper-errors.log"),
      removedBy: "longhouse connect --uninstall",
    },
    notes: config.shipperDir,
    installedBy: "longhouse connect --install",
    byHand: "longhouse connect --wait",
  };
}

/** The service of `serve`; `more` are flags that it is to keep. */
export function serverService(config: Config, more: readonly string[] = []): OurService {
  return {
    service: {
      name: "server",
      description: "Longhouse: the archive of this user's coding agents",
      argv: [...selfArgv(), "serve", "--no-open"],
      flags: more,
      env: serviceEnvironment(),
      errors: join(config.home, "logs", "server-errors.log"),
      removedBy: "longhouse serve --uninstall",
    },
    notes: config.home,
    installedBy: "longhouse serve --install",
    byHand: "longhouse serve --no-open",
  };
}

/** Installs and starts it, and waits until it runs; gives a line a thing. */
export async function install(config: Config, ours: OurService): Promise<readonly Finding[]> {
  const manager = findManager(config.env);
  const missing = manager.missing();
  if (missing) return [nobodyRuns(ours, missing)];
  try {
    const { file, pid, unchanged } = await installService(manager, ours.service, ours.notes);
    const how = unchanged ? "runs already" : "is installed and runs";
    return [ok(`The ${ours.service.name}'s service ${how} (pid ${pid})`, file), ...boot(manager, ours)];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [{ ...problem(error.message, error.hint), details: [`longhouse logs --${ours.service.name} --level warn`] }];
  }
}

/** Stops it and takes it away. */
export function remove(config: Config, ours: OurService): Finding {
  try {
    const removed = removeService(findManager(config.env), ours.service, ours.notes);
    const name = `The ${ours.service.name}'s service`;
    return ok(removed ? `${name} is stopped and taken away` : `${name} was not installed`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return problem(error.message, error.hint);
  }
}

/** How it stands. A service that is not there is no fault: serve ships too, and a terminal may run either. */
export function examine(config: Config, ours: OurService): readonly Finding[] {
  const manager = findManager(config.env);
  const state = serviceState(manager, ours.service, ours.notes);
  const name = `The ${ours.service.name}'s service`;
  if (state.kind === "absent") return [noted(`${name} is not installed`, ours.installedBy)];
  if (state.kind === "foreign")
    return [problem(`${state.file} was not written by Longhouse`, `mv ${state.file} ${state.file}.before`)];
  const missing = manager.missing();
  if (missing) return [nobodyRuns(ours, missing)];
  const again = [ours.installedBy, ...state.flags].join(" ");
  if (state.pid === null) return [problem(`${name} is installed, but does not run`, manager.why(ours.service.name))];
  if (state.stale) return [problem(`${name} runs, but is of another version or place of Longhouse`, again)];
  return [ok(`${name} runs (pid ${state.pid})`, state.file), ...boot(manager, ours)];
}

/** The process of the service; null when it does not run. */
export function servicePid(config: Config, name: Service["name"]): number | null {
  const manager = findManager(config.env);
  return existsSync(manager.file(name)) && manager.missing() === null ? manager.pid(name) : null;
}

function nobodyRuns({ service, byHand }: OurService, missing: string): Finding {
  const where = "Let whatever starts things here (a container's entrypoint, cron's @reboot) run it:";
  return problem(`The ${service.name}'s service cannot run: ${missing}`, `${where} ${byHand}`);
}

function boot(manager: Manager, { service }: OurService): Finding[] {
  const line = manager.atBoot();
  const what = `The ${service.name}'s service begins with your login and ends with it. To have it run from boot on:`;
  return line ? [noted(what, line)] : [];
}

/** Ways to run this very program. A link on the PATH that leads here is taken as it is: it outlives an upgrade. */
function selfArgv(): readonly string[] {
  return Bun.isStandaloneExecutable ? [selfPath()] : selfCommand();
}

/** launchd keeps what a service says before it dies in a file that nobody rotates: over 1 MiB it begins anew. */
export function boundOwnErrors(): void {
  const stat = fstatSync(2);
  if (stat.isFile() && stat.size > MIB) ftruncateSync(2, 0);
}
