/** Examinations of the way from the agents to the archive: server, spool, service, hooks, agents' settings. */
import { existsSync, readFileSync } from "node:fs";
import type { Config } from "../config.ts";
import type { Advice } from "../domain/advice.ts";
import { Fault } from "../domain/fault.ts";
import type { Status } from "../domain/status.ts";
import { plain } from "../lib/ansi.ts";
import { bytesText, secondsText } from "../lib/units.ts";
import { PROVIDERS } from "../providers/all.ts";
import { registrationStates } from "../shipper/registrations.ts";
import { places } from "../shipper/scan.ts";
import { openSpool, spoolFile } from "../shipper/spool-open.ts";
import { examineSpool } from "../shipper/spool-check.ts";
import { VERSION } from "../version.ts";
import { clientAt } from "./client.ts";
import { checkHolder, faultFinding, hookFindings, scopeOf } from "./connect-install.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";
import type { ServerAddress } from "./find-server.ts";
import { MORE_WATCHES, pollingLine } from "./polling.ts";
import { examine, serverService, shipperService } from "./services.ts";

/** The server: whether it answers, lets us in, is well, and has the same clock. */
export async function checkWay(_config: Config, server: ServerAddress): Promise<readonly Finding[]> {
  try {
    const began = Date.now();
    const answer = await clientAt(server).raw("/api/status");
    const took = Date.now() - began;
    const status = (await answer.json()) as Status;
    return [
      ok(`${server.url} answers in ${took} ms (${plain(status.version)}) and lets this machine in`),
      ...clock(answer.headers.get("Date"), began + took / 2),
      ...version(status.version),
      ...status.errors.map(({ message, hint }) => problem(`The server says: ${plain(message)}`, hint)),
    ];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [faultFinding(error, server.url)];
  }
}

/** Signed times are good for a minute. */
const SKEW_MAX_S = 60;

function clock(date: string | null, now: number): Finding[] {
  const at = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(at)) return [];
  const skew = Math.round((now - at) / 1000);
  if (Math.abs(skew) <= SKEW_MAX_S) return [ok("This machine's clock agrees with the server's")];
  const how = `${secondsText(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"}`;
  const fix = process.platform === "darwin" ? "sudo sntp -sS time.apple.com" : "sudo timedatectl set-ntp true";
  return [problem(`This machine's clock is ${how} the server's; one of them is wrong`, fix)];
}

function version(its: string): Finding[] {
  return its === VERSION ? [] : [noted(`This is ${VERSION}, the server is ${plain(its)}; install the same on both`)];
}

/** What waits and what was refused. */
export function checkSpool(config: Config, { url }: ServerAddress): readonly Finding[] {
  const path = spoolFile(config.shipperDir);
  const health = examineSpool(path);
  if (health.kind === "none") return [noted("Nothing was shipped from here yet", "longhouse connect")];
  if (health.kind === "damaged")
    return [
      problem(
        `The spool is damaged (${health.reason}). The shipper sets it aside and builds it anew`,
        "longhouse ship",
      ),
    ];
  const aside = health.aside.map((file) =>
    noted(`A damaged spool was set aside; the files and the server had what it knew`, `rm ${file}*`),
  );
  return [...waiting(path, url), ...aside];
}

function waiting(path: string, url: string): Finding[] {
  const { spool } = openSpool(path);
  try {
    if (!spool.chooseByUrl(url))
      return [noted(`Nothing was shipped from here to ${url} yet`, `longhouse connect ${url}`)];
    const all = Object.values(spool.progress());
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    const failed = spool.failures().length;
    const polling = spool.meta("polling");
    const left = Math.max(0, sum(({ bytes }) => bytes) - sum(({ acked }) => acked));
    const findings = [
      ok(`${sum(({ sources }) => sources)} files were seen, ${bytesText(left)} of them wait to be shipped`),
    ];
    if (polling && polling !== "asked") findings.push(problem(pollingLine(polling), MORE_WATCHES));
    if (failed > 0)
      findings.push(
        problem(
          `${failed} files were refused by the server; longhouse status names them`,
          "longhouse ship --retry-failed",
        ),
      );
    return findings;
  } finally {
    spool.close();
  }
}

/** Whether somebody ships, and the services. */
export async function checkService(config: Config, { url }: ServerAddress): Promise<readonly Finding[]> {
  const isServer = existsSync(config.database);
  return [
    await checkHolder(config, url, 0),
    ...examine(config, shipperService(config)),
    ...(isServer ? examine(config, serverService(config)) : []),
  ];
}

/** Hooks, and how long the agents keep their files. */
export function checkAgents(config: Config): readonly Finding[] {
  return [...hookFindings(registrationStates(scopeOf(config))), ...advice(config)];
}

function advice({ env }: Config): Finding[] {
  const used = PROVIDERS.filter((one) => one.advice && places([one], env).length > 0);
  return used.flatMap((one) => one.advice!(env)).map(({ file, read }) => shown(read(textOf(file))));
}

function shown({ level, title, fix }: Advice): Finding {
  return { level, title, details: [], ...(fix && { fix }) };
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
