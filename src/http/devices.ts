/**
 * Codes by which `longhouse auth` gets a token (RFC 8628). Mounted at `/api/devices/codes`. A device asks and polls without
 * being anybody; a person who is signed in compares the letters and decides.
 */
import { Hono, type Context } from "hono";
import * as z from "zod";
import type { App } from "../app.ts";
import { readUserCode, SCOPES, type NewCode, type Scope, type ShownCode } from "../domain/device-code.ts";
import { Fault } from "../domain/fault.ts";
import { makeId, makeSecret, sha256 } from "../lib/crypto.ts";
import { deviceIsKnown, findDeviceCode, findUserCode, type CodeRow } from "../store/device-codes.ts";
import { peerOf } from "./access/peer.ts";
import { need, type Who } from "./access.ts";
import { createThrottle, type Throttle } from "./auth/throttle.ts";
import { readJson } from "./body.ts";
import { CODE_LIFE_MS, INTERVAL_S, makeUserCode, userHash } from "./devices/codes.ts";
import { createPace, type Pace } from "./devices/pace.ts";
import { approvalUrl } from "./devices/where.ts";
import { deviceId } from "./tokens.ts";

const Asking = z.object({ device_id: deviceId, scope: z.enum(SCOPES).default("device") });
const Poll = z.object({ device_code: z.string().min(1).max(200) });
const Decision = z.object({ decision: z.enum(["approve", "deny"]) });

/** The routes. */
export function codes(app: App): Hono {
  const pace = createPace(INTERVAL_S);
  const guesses = createThrottle();
  return new Hono()
    .post("/", async (c) => c.json(await begin(app, c, pace)))
    .post("/poll", async (c) => {
      const { device_code } = await readJson(c, Poll);
      const answer = await poll(app, pace, device_code);
      return answer === "pending" ? c.json({ state: answer, interval: INTERVAL_S }, 202) : c.json(answer);
    })
    .post("/cancel", async (c) => {
      const { device_code } = await readJson(c, Poll);
      const waited = await app.writer.run("dropDeviceCode", { hash: sha256(device_code) });
      if (waited) app.log.audit("device code cancelled", { peer: peerOf(c) });
      return c.body(null, 204);
    })
    .get("/:user_code", need("full"), (c) => {
      const { code, row } = found(app, c, guesses);
      return c.json(shown(app, code, row));
    })
    .put("/:user_code", need("full"), async (c) => {
      const { decision } = await readJson(c, Decision);
      return c.json(await decide(app, c, guesses, decision));
    });
}

async function begin(app: App, c: Context, pace: Pace): Promise<NewCode> {
  const { device_id, scope } = await readJson(c, Asking);
  const peer = peerOf(c);
  const wait = pace.begin(peer, app.now());
  if (wait > 0) throw slowDown("Too many codes were asked for.", wait);
  const device_code = makeSecret("lhc_");
  const user_code = makeUserCode();
  const hashes = { hash: sha256(device_code), userHash: userHash(user_code) };
  const asking = { ...hashes, deviceId: device_id, scope, peer, lifeMs: CODE_LIFE_MS };
  if (!(await app.writer.run("addDeviceCode", asking))) throw slowDown("Too many devices wait for approval.", 60);
  app.log.audit("device code made", { device: device_id, scope, peer });
  const verification_uri = `${approvalUrl(app.config, c)}/connect`;
  const verification_uri_complete = `${verification_uri}?code=${user_code}`;
  const expires_in = CODE_LIFE_MS / 1000;
  return { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval: INTERVAL_S };
}

type Granted = { readonly token: string; readonly device_id: string };

async function poll(app: App, pace: Pace, device_code: string): Promise<"pending" | Granted> {
  const hash = sha256(device_code);
  const row = findDeviceCode(app.db, hash);
  if (!row || row.state === "taken" || row.expires_at <= app.now()) throw over();
  const wait = pace.poll(device_code, app.now());
  if (wait > 0) throw slowDown("Polled too often.", wait);
  if (row.state === "pending") return "pending";
  pace.forget(device_code);
  if (row.state === "denied") throw new Fault("forbidden", "The approval was denied.", "Type: longhouse auth");
  const token = makeSecret("lh_");
  const id = makeId();
  if (!(await app.writer.run("takeDeviceCode", { hash, token: { id, hash: sha256(token) } }))) throw over();
  app.log.audit("device token created", { id, device: row.device_id, scope: row.scope, by: "code" });
  return { token, device_id: row.device_id };
}

type Found = { readonly code: string; readonly row: CodeRow };

/** The code of the path. Throws Fault: 404 for one that is none, 410 for one that is over, 429 after many wrong ones. */
function found(app: App, c: Context, guesses: Throttle): Found {
  const who = c.get("who") as Who;
  const guesser = who.id ?? peerOf(c);
  const wait = guesses.wait(guesser, app.now());
  if (wait > 0) throw slowDown("Too many wrong codes.", Math.ceil(wait / 1000));
  const code = readUserCode(c.req.param("user_code") ?? "");
  const row = code && findUserCode(app.db, userHash(code));
  if (!row) {
    guesses.wrong(guesser, app.now());
    app.log.audit("device code unknown", { by: who.id, peer: peerOf(c) });
    throw new Fault("not_found", "No device waits with this code.", "Compare it with what the terminal shows.");
  }
  if (row.expires_at <= app.now()) throw over();
  return { code: code!, row };
}

async function decide(app: App, c: Context, guesses: Throttle, decision: "approve" | "deny"): Promise<ShownCode> {
  const { code, row } = found(app, c, guesses);
  const state = decision === "approve" ? "approved" : "denied";
  const same = row.state === state || (row.state === "taken" && state === "approved");
  if (row.state === "pending") {
    if (!(await app.writer.run("decideDeviceCode", { userHash: userHash(code), state }))) throw answered();
    app.log.audit(`device code ${state}`, { device: row.device_id, scope: row.scope, by: (c.get("who") as Who).id });
    return shown(app, code, { ...row, state });
  }
  if (!same) throw answered();
  return shown(app, code, row);
}

function shown(app: App, user_code: string, row: CodeRow): ShownCode {
  const expires_at = new Date(row.expires_at).toISOString();
  const known = deviceIsKnown(app.db, row.device_id);
  // Only what `Asking` let through is stored.
  const scope = row.scope as Scope;
  return { user_code, device_id: row.device_id, scope, state: row.state, known, from: row.peer, expires_at };
}

function over(): Fault {
  return new Fault("gone", "This code is over.", "Type: longhouse auth");
}

function answered(): Fault {
  return new Fault("already_answered", "This code has been decided on already.");
}

function slowDown(message: string, seconds: number): Fault {
  return new Fault("slow_down", message, `Try again in ${seconds} s.`, { retry_after: seconds });
}
