/** `longhouse serve`: the server, and the shipper of its own machine. */
import { join } from "node:path";
import { defineCommand } from "citty";
import { seedDemo } from "../archive/demo.ts";
import { createTurns } from "../commis/turns.ts";
import { hasDisplay, loadConfig, type Config } from "../config.ts";
import { refuseOpenBind } from "../http/access.ts";
import { createApi } from "../http/api.ts";
import { preparePassword } from "../http/auth.ts";
import { mintOnce } from "../http/login.ts";
import { tellImport } from "../http/status.ts";
import { openBrowser } from "../lib/browser.ts";
import { openLog } from "../lib/log.ts";
import { PROVIDERS } from "../providers/all.ts";
import { createLister } from "../shipper/databases.ts";
import { places, walk } from "../shipper/scan.ts";
import { samplesWereHere } from "../store/demo.ts";
import { type ShipperHost, startShipper } from "../shipper/host.ts";
import { VERSION } from "../version.ts";
import { ensureHome, explained, lockHome } from "./home.ts";
import { JSON_FLAG } from "./flags.ts";
import { boundOwnErrors } from "./services.ts";
import { serveService } from "./serve-service.ts";
import { openApp, type OpenApp } from "./serve-app.ts";
import { type Listener, listen } from "./serve-listen.ts";
import { stopSignal } from "./serve-stop.ts";
import { writeTokens } from "./serve-tokens.ts";
import { note, paintNotes, print } from "./terminal.ts";

export const serve = defineCommand({
  meta: { name: "serve", description: "Run the server and ship this machine's sessions" },
  args: {
    host: { type: "string", valueHint: "ADDRESS", description: "Address to listen on (127.0.0.1)" },
    port: { type: "string", valueHint: "PORT", description: "Port to listen on (8080); 0 takes a free one" },
    open: { type: "boolean", default: true, negativeDescription: "Do not open the browser" },
    ship: { type: "boolean", default: true, negativeDescription: "Leave this machine's sessions alone" },
    demo: { type: "boolean", description: "Put sample sessions into an empty archive" },
    "demo-fresh": { type: "boolean", description: "Put in the sample sessions anew" },
    "allow-open": {
      type: "boolean",
      description: "With AUTH_DISABLED=1: everyone who can reach the address may read all",
    },
    install: { type: "boolean", description: "Have this system run it: from boot on, again after a failure" },
    uninstall: { type: "boolean", description: "Take away what --install has added" },
    status: { type: "boolean", description: "Say whether it is installed, and whether it works" },
    json: JSON_FLAG,
  },
  async run({ args }) {
    const verb = (["install", "uninstall", "status"] as const).find((one) => args[one]);
    if (verb) return serveService(verb, { host: args.host, port: args.port, noShip: !args.ship }, args.json === true);
    const config = loadConfig({ host: args.host, port: args.port, allowOpen: args["allow-open"] });
    const refused = refuseOpenBind(config);
    if (refused) throw refused;
    const demo = args["demo-fresh"] ? "fresh" : args.demo ? "asked" : "first run";
    return serveUntilStopped(config, { open: args.open, ship: args.ship, demo });
  },
});

type Wishes = { readonly open: boolean; readonly ship: boolean; readonly demo: "fresh" | "asked" | "first run" };

/** Of what is under way when it stops, ms; the whole stop takes 8 s at most. */
const FINISH_MS = 1500;
const CLOSE_MS = 2500;

async function serveUntilStopped(config: Config, wishes: Wishes): Promise<number> {
  ensureHome(config.home);
  boundOwnErrors();
  // Closed from the last to the first.
  const open: (() => unknown)[] = [];
  const lock = lockHome(config);
  open.push(() => lock.close());
  const log = openLog(join(config.home, "logs"));
  open.push(() => log.close());
  const stop = stopSignal(log);
  let opened: OpenApp | null = null;
  try {
    const listener = listen(config);
    open.push(
      () => opened?.close(),
      () => listener.close(FINISH_MS),
    );
    opened = await openApp(config, log, stop.fail);
    open.push(...(await start(opened, listener, wishes)));
    await stop.asked;
    return 0;
  } catch (error) {
    log.error("serve ends", { error });
    throw explained(error, config);
  } finally {
    stop.begin();
    // What hangs (a writer on a full disk) must not keep the rest from being closed.
    for (const close of open.reverse()) await Promise.race([close(), Bun.sleep(CLOSE_MS)]);
  }
}

/** Gives what is to be closed, the last first. */
async function start({ app }: OpenApp, listener: Listener, wishes: Wishes): Promise<(() => unknown)[]> {
  const { log, config } = app;
  await writeTokens(app, listener.url);
  await preparePassword(app);
  const turns = createTurns(app);
  const api = createApi(app, turns);
  listener.answerWith(api);
  log.info("serving", { url: listener.url, version: VERSION, home: config.home, pid: process.pid });
  await turns.adopt();
  await greet(app, listener.url, wishes);
  await seed(app, wishes);
  const shipper = wishes.ship ? shipHere(app, listener.url) : null;
  return [() => api.close(), () => turns.close(), () => shipper?.close()];
}

/** The browser that is opened gets a link of its own: each works once. */
async function greet(app: OpenApp["app"], url: string, { open }: Wishes) {
  const link = async () => `${url}/login?once=${await mintOnce(app)}`;
  const opened = open && hasDisplay() && openBrowser(await link());
  print(`Longhouse is at ${url}${opened ? ", and in your browser" : ""}`);
  print("This link signs a browser in, once:");
  print(await link());
  const { bold, dim } = paintNotes();
  if (process.stderr.isTTY) note(dim(`${bold("Ctrl-C")} stops it. A new link: longhouse open`));
}

/** Samples: asked for, or a first start on a machine where no agent has written anything. Once removed, they stay away. */
async function seed(app: OpenApp["app"], { demo }: Wishes) {
  const { config, log } = app;
  if (demo === "first run" && (config.skipDemoSeed || agentsWereHere(config) || samplesWereHere(app.db))) return;
  if (await seedDemo(app, demo === "fresh" ? "fresh" : "empty")) log.info("sample sessions put in");
}

function agentsWereHere(config: Config): boolean {
  return places(PROVIDERS, config.env, createLister(PROVIDERS)).some((place) => !walk(place, () => {}).next().done);
}

function shipHere(app: OpenApp["app"], url: string): ShipperHost {
  const { config, device, log } = app;
  const tokens = { token: null, home: config.home, shipperDir: config.shipperDir };
  const settings = {
    url,
    tokens,
    env: config.env,
    device,
    version: VERSION,
    times: config.times,
    spoolMax: config.spoolMax,
  };
  let told = false;
  return startShipper(settings, log, (progress) => {
    if (progress.import === null && !told) return;
    told = progress.import !== null;
    tellImport(app, progress.import);
  });
}
