/** `longhouse connect`: this machine's shipper, in the foreground or as a service, and what makes agents call it. */
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { checkInstalled, installAll, uninstallAll } from "./connect-install.ts";
import { connectHere } from "./connect-run.ts";
import { remember, targetOf } from "./connect-target.ts";
import { usageFault } from "./exit.ts";
import { exitOfFindings, type Finding, tellFinding } from "./findings.ts";
import { findServer } from "./find-server.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { printJson } from "./terminal.ts";

/** Between two looks at all files with `--poll`, seconds. */
const POLL_S = 30;

export const connect = defineCommand({
  meta: { name: "connect", description: "Ship this machine's sessions as they grow" },
  args: {
    server: { type: "positional", required: false, valueHint: "URL", description: "Where to; it is remembered" },
    url: URL_FLAG,
    poll: { type: "boolean", description: "Look at all files again and again, instead of being told of changes" },
    interval: { type: "string", valueHint: "SECONDS", description: `Between two looks with --poll (${POLL_S})` },
    wait: { type: "boolean", description: "Wait while another shipper or nobody's login is in the way" },
    install: { type: "boolean", description: "Install the service and the agents' hooks, start and check them" },
    "hooks-only": { type: "boolean", description: "Install the agents' hooks only" },
    uninstall: { type: "boolean", description: "Take away exactly what --install has added" },
    status: { type: "boolean", description: "Say what is installed, and whether it works" },
    json: JSON_FLAG,
  },
  async run({ args }) {
    const config = loadConfig({ url: urlOf(args) });
    const poll = pollOf(args);
    const flags = poll === null ? [] : ["--poll", `--interval=${poll / 1000}`];
    if (args.uninstall) return tellAll(uninstallAll(config), args.json);
    if (args.status) return tellAll(await checkInstalled(config, flags), args.json);
    if (args["hooks-only"]) return tellAll(await installAll(config, { hooksOnly: true, flags }), args.json);
    if (args.install) return tellAll(await installAll(config, { hooksOnly: false, flags }), args.json);
    return connectHere(config, await target(config, args.wait === true), { wait: args.wait === true, poll });
  },
});

type Args = {
  readonly server?: string;
  readonly url?: string;
  readonly poll?: boolean;
  readonly interval?: string;
};

/** `connect URL` is `connect --url URL`. */
function urlOf({ server, url }: Args): string | undefined {
  if (server === undefined || url === undefined || server === url) return server ?? url;
  throw usageFault("The server is named twice.", `Type: longhouse connect ${server}`);
}

function pollOf({ poll, interval }: Args): number | null {
  if (interval === undefined) return poll ? POLL_S * 1000 : null;
  const seconds = Number(interval);
  if (seconds >= 1 && seconds <= 3600) return Math.round(seconds * 1000);
  throw usageFault(`--interval: ${JSON.stringify(interval)} is not accepted.`, "Accepted: 1 to 3600 seconds.");
}

/** A service waits for its server and its login: both may come later. */
async function target(config: Config, wait: boolean): Promise<string> {
  const server = await targetOf(config).catch((error: unknown) => {
    if (wait) return null;
    throw error;
  });
  if (!server) return (await findServer(config)).url;
  await remember(config, server);
  return server.url;
}

function tellAll(findings: readonly Finding[], json: boolean | undefined): number {
  if (json) printJson({ findings });
  else findings.forEach(tellFinding);
  return exitOfFindings(findings);
}
