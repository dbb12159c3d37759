/** `connect --install`, `--uninstall` and `--status`: the service and the agents' settings, each made, then looked at. */
import { type Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import type { Status } from "../domain/status.ts";
import { selfPath } from "../lib/self-path.ts";
import { PROVIDERS } from "../providers/all.ts";
import {
  installRegistrations,
  type RegistrationReport,
  registrationStates,
  removeRegistrations,
} from "../shipper/registrations.ts";
import { lockHolder } from "../shipper/spool-lock.ts";
import { shipperLock } from "../shipper/token.ts";
import { clientAt } from "./client.ts";
import { rememberForService, targetOf } from "./connect-target.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";
import { findServer, type ServerAddress } from "./find-server.ts";
import { holderName } from "./holder.ts";
import { examine, install, remove, shipperService } from "./services.ts";

export type InstallWish = {
  readonly hooksOnly: boolean;
  /** What the service is to be started with beside `connect --wait`. */
  readonly flags: readonly string[];
};

/** Installs what is wished and checks it. Throws Fault when there is no way in to the server. */
export async function installAll(config: Config, { hooksOnly, flags }: InstallWish): Promise<readonly Finding[]> {
  const server = await targetOf(config);
  const findings = [await checkServer(server)];
  if (await rememberForService(config, server)) findings.push(ok(`This machine ships to ${server.url} from now on`));
  findings.push(...hookFindings(installRegistrations(scopeOf(config))));
  if (hooksOnly) return findings;
  findings.push(...(await install(config, shipperService(config, flags))));
  if (findings.at(-1)?.level !== "problem") findings.push(await checkHolder(config, server.url));
  return findings;
}

/** Takes away what `installAll` has added. What is archived, the token and the spool stay. */
export function uninstallAll(config: Config): readonly Finding[] {
  return [remove(config, shipperService(config)), ...removalFindings(removeRegistrations(scopeOf(config)))];
}

/** How all of it stands. */
export async function checkInstalled(config: Config, flags: readonly string[]): Promise<readonly Finding[]> {
  const server = await findServer(config);
  return [
    await checkServer(server),
    ...examine(config, shipperService(config, flags)),
    await checkHolder(config, server.url, 0),
    ...hookFindings(registrationStates(scopeOf(config))),
  ];
}

/** The registrations of this machine's agents, as they should be. */
export function scopeOf(config: Config) {
  return { providers: PROVIDERS, env: config.env, wish: { self: selfPath(), recent: config.hooks.recent } };
}

/** Whether the server answers and lets us in. */
export async function checkServer(server: ServerAddress): Promise<Finding> {
  try {
    const { version } = await clientAt(server).get<Status>("/api/status");
    return ok(`${server.url} answers (${version}) and lets this machine in`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return faultFinding(error, server.url);
  }
}

/** A server's fault as a finding, with the line to type. */
export function faultFinding({ code, message, hint }: Fault, url: string): Finding {
  return problem(message, code === "unauthenticated" ? `longhouse auth --url ${url}` : hint);
}

const HOLD_MS = 5000;

/** Whether somebody ships; a service that has just begun has `ms` to take the lock. */
export async function checkHolder(config: Config, url: string, ms = HOLD_MS): Promise<Finding> {
  const base = shipperLock(config.shipperDir, url);
  for (const end = Date.now() + ms; ; await Bun.sleep(100)) {
    const holder = lockHolder(base);
    if (holder) return ok(`Sessions go to ${url} by ${holderName(config, holder.pid)} (pid ${holder.pid})`);
    if (Date.now() >= end) return problem("Nobody ships this machine's sessions", "longhouse connect --install");
  }
}

const KINDS = { hooks: "hooks", mcp: "tools" } as const;

/** A line a settings file. */
export function hookFindings(reports: readonly RegistrationReport[]): readonly Finding[] {
  if (reports.length === 0)
    return [noted("No agent with hooks was found on this machine; they come with the next --install")];
  return reports.map(({ label, kind, file, state, changed, reason }) => {
    const what = `${label}'s ${KINDS[kind]}`;
    if (state === "ours") return ok(`${what} ${changed ? "are installed" : "are in place"}`, file);
    if (state === "refused") return problem(`${what}: ${reason}`);
    const fix = "longhouse connect --hooks-only";
    if (state === "stale") return problem(`${what} are of another version or place of Longhouse`, fix);
    return problem(`${what} are missing`, fix);
  });
}

function removalFindings(reports: readonly RegistrationReport[]): readonly Finding[] {
  return reports.map(({ label, kind, file, state, changed, reason }) => {
    if (state === "refused") return problem(`${label}'s ${KINDS[kind]}: ${reason}`);
    return ok(`${label}'s ${KINDS[kind]} ${changed ? "are taken away" : "were not installed"}`, file);
  });
}
