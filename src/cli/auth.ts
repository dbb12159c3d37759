/** `longhouse auth`: gets this machine a token, by a code that somebody approves in a browser, or by the password. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { defineCommand } from "citty";
import { hasDisplay, loadConfig, type Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { openBrowser } from "../lib/browser.ts";
import { codeOf } from "../lib/files.ts";
import { deviceTokenFile, storeDeviceToken } from "../shipper/token.ts";
import { approveBy, askForCode, cancelCode, pollCode, takesPassword, type Code, type Granted } from "./auth-server.ts";
import { showCode, warnOfPlainHttp } from "./auth-show.ts";
import { EXIT } from "./exit.ts";
import { findServer } from "./find-server.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { hiddenLines } from "./hidden-input.ts";
import { deviceOf } from "./home.ts";
import { note, paintNotes, print, printJson } from "./terminal.ts";

export const auth = defineCommand({
  meta: { name: "auth", description: "Let this machine send its sessions to a server" },
  args: {
    url: URL_FLAG,
    remote: { type: "boolean", description: "Approve on a phone or another machine: shows the code, the URL and a QR" },
    json: JSON_FLAG,
  },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const { url } = await findServer(config);
    warnOfPlainHttp(url);
    ensureKeepable(config.shipperDir);
    const { device_id, token } = await obtain(url, deviceOf(config), args.remote === true);
    storeDeviceToken(config.shipperDir, { token, url });
    tell(config, { url, device_id, json: args.json === true });
  },
});

/** Before anybody is asked to approve a token that could not be kept. Throws Fault. */
function ensureKeepable(dir: string) {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const hint = "Make it a folder of yours, or set CLAUDE_CONFIG_DIR to another.";
    throw new Fault("internal", `The token cannot be kept in ${dir} (${codeOf(error)}).`, hint);
  }
}

/** Ctrl-C, and whatever else ends us politely. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Waits for the token. Throws Fault when it is denied, over or given up; the code is taken back then. */
async function obtain(url: string, device: string, remote: boolean): Promise<Granted> {
  const stop = new AbortController();
  const giveUp = () => stop.abort(new Fault("internal", "Given up: the code is good for nothing any more."));
  for (const name of SIGNALS) process.once(name, giveUp);
  let code: Code | null = null;
  try {
    code = await askForCode(url, device, stop.signal);
    const password = await takesPassword(url, stop.signal);
    const opened = !remote && hasDisplay() && openBrowser(`${url}/connect?code=${code.user_code}`);
    showCode({ url, code, remote, opened });
    const asking = { url, code, signal: stop.signal };
    return password ? await withPassword(asking, giveUp) : await waitFor(asking);
  } catch (error) {
    if (code) await cancelCode(url, code);
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, giveUp);
  }
}

type Asking = { readonly url: string; readonly code: Code; readonly signal: AbortSignal };

/** Polls until somebody has decided. */
async function waitFor({ url, code, signal }: Asking): Promise<Granted> {
  const end = Date.now() + code.expires_in * 1000;
  let waitMs = code.interval * 1000;
  let said = "";
  while (Date.now() < end) {
    await sleep(waitMs, signal);
    const polled = await pollCode(url, code, signal);
    if (polled.kind === "granted") return polled.granted;
    if (polled.kind === "refused") throw polled.fault;
    if (polled.kind === "slow") waitMs = Math.max(waitMs + 5000, polled.waitMs ?? 0);
    if (polled.kind === "later" && polled.reason !== said) note(`${(said = polled.reason)} It is tried again.`);
  }
  throw new Fault("gone", "Nobody has approved the code in time.", "Type: longhouse auth");
}

/** As `waitFor`, and takes the password meanwhile. */
async function withPassword(asking: Asking, giveUp: () => void): Promise<Granted> {
  const ended = new AbortController();
  const signal = AbortSignal.any([asking.signal, ended.signal]);
  const lines = hiddenLines(process.stdin, giveUp);
  try {
    // Only a fault ends the typing before the waiting: a right password is an approval like any other.
    return await Promise.race([waitFor({ ...asking, signal }), typing({ ...asking, signal }, lines.next)]);
  } finally {
    ended.abort();
    lines.close();
  }
}

async function typing(asking: Asking, next: () => Promise<string | null>): Promise<never> {
  const terminal = process.stdin.isTTY;
  if (terminal) process.stderr.write("Or paste the server's password here (it is not shown): ");
  for (let line = await next(); line !== null; line = await next()) {
    if (terminal) note("");
    const tried = line === "" ? null : await approveBy(asking.url, line, asking.code, asking.signal);
    if (tried?.kind === "right") break;
    if (tried && !terminal) throw wrongPassword(tried.kind === "wait" ? tried.seconds : null);
    if (tried) note(tried.kind === "wait" ? `Too many tries: wait ${tried.seconds} s.` : "The password is wrong.");
    if (terminal) process.stderr.write("Password: ");
  }
  return new Promise(() => {});
}

function wrongPassword(waitS: number | null): Fault {
  if (waitS !== null)
    return new Fault("slow_down", "Too many tries.", `Try again in ${waitS} s.`, { exit: EXIT.unauthorised });
  return new Fault("unauthenticated", "The password is wrong.");
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => (clearTimeout(timer), reject(signal.reason as Error));
    const timer = setTimeout(() => (signal.removeEventListener("abort", fail), resolve()), ms);
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}

type Told = { readonly url: string; readonly device_id: string; readonly json: boolean };

function tell(config: Config, { url, device_id, json }: Told) {
  const token_file = deviceTokenFile(config.shipperDir);
  if (config.token)
    note(`${paintNotes().yellow("Note:")} LONGHOUSE_TOKEN is set, and goes before the token stored now.`);
  if (json) return printJson({ url, device_id, scope: "device", token_file });
  print(`${device_id} may now send its sessions to ${url}, and read there. The token is in ${token_file}.`);
  print("Next: longhouse connect");
}
