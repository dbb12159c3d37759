/** What `auth` asks of a server. No token and no cookie but this server's own is ever sent, and none over a redirect. */
import * as z from "zod";
import { Fault } from "../domain/fault.ts";
import { httpUrl } from "../lib/settings.ts";
import { retryAfterMs } from "../lib/retry.ts";
import { reasonOf } from "../shipper/ship.ts";
import { faultOf, unreachable } from "./client.ts";
import { EXIT } from "./exit.ts";

/** What another program says that it is a server: letters that are safe to print, addresses of web pages only. */
const webPage = z
  .string()
  .refine((text) => httpUrl.read(text) !== undefined)
  .transform((text) => new URL(text).href);
const seconds = (most: number) =>
  z
    .number()
    .positive()
    .transform((value) => Math.min(most, value));
const Code = z.object({
  device_code: z.string().min(1),
  user_code: z.string().regex(/^[A-Z0-9-]{4,20}$/),
  verification_uri: webPage,
  verification_uri_complete: webPage,
  expires_in: seconds(3600),
  interval: seconds(60).default(5),
});
const Granted = z.object({ token: z.string().regex(/^[\x21-\x7e]{8,500}$/), device_id: z.string().min(1).max(128) });

/** Seconds, as in RFC 8628. */
export type Code = z.infer<typeof Code>;
export type Granted = z.infer<typeof Granted>;

/** `later`: no answer, or an overloaded server. `waitMs`: what it asked for. */
export type Polled =
  | { readonly kind: "granted"; readonly granted: Granted }
  | { readonly kind: "pending" }
  | { readonly kind: "slow"; readonly waitMs: number | null }
  | { readonly kind: "later"; readonly reason: string }
  | { readonly kind: "refused"; readonly fault: Fault };

export type Tried = { readonly kind: "right" | "wrong" } | { readonly kind: "wait"; readonly seconds: number };

const TIMEOUT_MS = 15_000;
/** For what is asked on the way out. */
const HURRY_MS = 2000;

/** Asks for a code. Throws Fault: exit code 3 when nothing of Longhouse answers, 4 when it refuses. */
export async function askForCode(url: string, device: string, signal: AbortSignal): Promise<Code> {
  const response = await send(url, "POST", "/api/devices/codes", {
    body: { device_id: device, scope: "device" },
    signal,
  });
  if (!response.ok) throw await faultOf({ url, token: null, from: "default" }, response);
  const code = Code.safeParse(await response.json().catch(() => null));
  if (code.success) return code.data;
  throw unreachable(url, "an answer that is not Longhouse's");
}

/** Asks whether somebody has decided. Rejects only when aborted. */
export async function pollCode(url: string, { device_code }: Code, signal: AbortSignal): Promise<Polled> {
  try {
    const response = await send(url, "POST", "/api/devices/codes/poll", { body: { device_code }, signal });
    return await polled(url, response);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "later", reason: error instanceof Fault ? error.message : String(error) };
  }
}

async function polled(url: string, response: Response): Promise<Polled> {
  const { status } = response;
  if (status === 202) return { kind: "pending" };
  if (status === 429) return { kind: "slow", waitMs: retryAfterMs(response.headers.get("Retry-After"), Date.now()) };
  if (status >= 500) return { kind: "later", reason: `${status}` };
  if (!response.ok) {
    const { code, message, hint } = await faultOf({ url, token: null, from: "default" }, response);
    return {
      kind: "refused",
      fault: new Fault(code, message, hint, { exit: status === 403 ? EXIT.unauthorised : EXIT.failed }),
    };
  }
  const granted = Granted.safeParse(await response.json().catch(() => null));
  return granted.success
    ? { kind: "granted", granted: granted.data }
    : { kind: "later", reason: "not Longhouse's answer" };
}

/** Takes the code back. Never throws: it ends by itself, too. */
export async function cancelCode(url: string, { device_code }: Code): Promise<void> {
  const signal = AbortSignal.timeout(HURRY_MS);
  await send(url, "POST", "/api/devices/codes/cancel", { body: { device_code }, signal }).catch(() => null);
}

/** Whether the server has a password to type; false when it does not say. */
export async function takesPassword(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await send(url, "GET", "/api/auth/methods", { signal }).catch(() => null);
  const body: unknown = response?.ok ? await response.json().catch(() => null) : null;
  return z.object({ password: z.literal(true) }).safeParse(body).success;
}

/** Approves the code as whoever knows the password would in a browser, and signs out again. Throws Fault. */
export async function approveBy(url: string, password: string, code: Code, signal: AbortSignal): Promise<Tried> {
  const signedIn = await send(url, "POST", "/api/auth/password", { body: { password }, signal });
  if (signedIn.status === 401) return { kind: "wrong" };
  if (signedIn.status === 429) {
    const waitMs = retryAfterMs(signedIn.headers.get("Retry-After"), Date.now()) ?? 5000;
    return { kind: "wait", seconds: Math.ceil(waitMs / 1000) };
  }
  if (!signedIn.ok) throw await faultOf({ url, token: null, from: "default" }, signedIn);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const approved = await send(url, "PUT", `/api/devices/codes/${code.user_code}`, {
    body: { decision: "approve" },
    cookie,
    signal,
  });
  await send(url, "POST", "/api/auth/logout", { body: {}, cookie, signal }).catch(() => null);
  if (!approved.ok) throw await faultOf({ url, token: null, from: "default" }, approved);
  return { kind: "right" };
}

type Sending = { readonly body?: unknown; readonly cookie?: string; readonly signal: AbortSignal };

/** One request to exactly this URL. Throws Fault when nothing answers, and when the answer is to go elsewhere. */
async function send(url: string, method: string, path: string, { body, cookie, signal }: Sending): Promise<Response> {
  const headers = {
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    // What changes something by cookie must say which page it comes from.
    ...(cookie === undefined ? {} : { Cookie: cookie, Origin: new URL(url).origin }),
  };
  const response = await fetch(url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unreachable(url, reasonOf(error));
  });
  if (response.status < 300 || response.status > 399) return response;
  throw elsewhere(url, response.headers.get("Location"));
}

function elsewhere(url: string, location: string | null): Fault {
  const there = location === null ? null : URL.parse(location, url);
  const hint =
    there && /^https?:$/.test(there.protocol)
      ? `If that is your server, type: longhouse auth --url ${there.origin}`
      : undefined;
  return new Fault("internal", `${url} sends us elsewhere; nothing is sent there.`, hint, { exit: EXIT.unreachable });
}
