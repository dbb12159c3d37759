/** `serve --install`, `--uninstall` and `--status`: the server as a service of this user. */
import { type Config, type Flags, loadConfig, serviceEnvironment } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { refuseOpenBind } from "../http/access.ts";
import { readTrimmed } from "../lib/files.ts";
import { lockHolder } from "../shipper/spool-lock.ts";
import { homeUrlFile } from "../shipper/token.ts";
import { exitOfFindings, type Finding, noted, ok, problem, tellFinding } from "./findings.ts";
import { ensureHome, lockBase } from "./home.ts";
import { examine, install, remove, servicePid, serverService } from "./services.ts";
import { printJson } from "./terminal.ts";

export type ServiceVerb = "install" | "uninstall" | "status";

/** What `serve` was called with beside the verb. */
export type ServeFlags = { readonly host?: string; readonly port?: string; readonly noShip: boolean };

/** Does what the verb says, tells it, and gives the exit code. Throws Fault where the service could never start. */
export async function serveService(verb: ServiceVerb, flags: ServeFlags, json: boolean): Promise<number> {
  const { host, port } = flags;
  const config = loadConfig({ host, port });
  const ours = serverService(config, argvOf(flags));
  const acts = {
    install: () => installServer(config, ours, { host, port }),
    uninstall: async () => [remove(config, ours)],
    status: async () => [...examine(config, ours), await checkAnswer(config)],
  } satisfies Record<ServiceVerb, () => Promise<readonly Finding[]>>;
  const findings = await acts[verb]();
  if (json) printJson({ findings });
  else findings.forEach(tellFinding);
  return exitOfFindings(findings);
}

function argvOf({ host, port, noShip }: ServeFlags): string[] {
  return [
    ...(host === undefined ? [] : [`--host=${host}`]),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(noShip ? ["--no-ship"] : []),
  ];
}

async function installServer(config: Config, ours: ReturnType<typeof serverService>, flags: Flags) {
  ensureHome(config.home);
  const findings = asService(config, flags);
  const holder = lockHolder(lockBase(config.home));
  if (holder && holder.pid !== servicePid(config, "server"))
    throw new Fault(
      "internal",
      `Another longhouse (pid ${holder.pid}) already serves ${config.home}.`,
      `End it, then try again: kill ${holder.pid}`,
    );
  const installed = await install(config, ours);
  if (installed.some(({ level }) => level === "problem")) return [...findings, ...installed];
  return [...findings, ...installed, await checkAnswer(config)];
}

/** How it will look to the service, which sees no secrets of this shell. Throws Fault where it would refuse to start. */
function asService(config: Config, flags: Flags): Finding[] {
  const its = loadConfig(flags, serviceEnvironment());
  const fix = `Put it into ${config.home}/config.toml: [server] password = "…"`;
  const lost = config.password !== null && its.password === null;
  const refused = refuseOpenBind(its);
  if (refused)
    throw lost ? new Fault("invalid", "The service does not see LONGHOUSE_PASSWORD of this shell.", fix) : refused;
  return lost ? [noted("The service does not see LONGHOUSE_PASSWORD of this shell", fix)] : [];
}

const PATIENCE_MS = 10_000;

/** Whether the server of this home answers, where it says it is. */
async function checkAnswer(config: Config): Promise<Finding> {
  let url: string | null = null;
  for (const end = Date.now() + PATIENCE_MS; ; await Bun.sleep(100)) {
    url = readTrimmed(homeUrlFile(config.home));
    const answer = url && (await fetch(`${url}/api/health`, { redirect: "error" }).catch(() => null));
    if (answer && answer.ok) return ok(`${url} answers`, "longhouse open shows it in the browser");
    if (Date.now() > end || !servicePid(config, "server")) break;
  }
  return problem(`The server does not answer${url ? ` at ${url}` : ""}`, "longhouse logs --server");
}
