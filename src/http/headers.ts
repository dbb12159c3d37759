/** What every answer says to the browser, signed in or not, errors included. Mounted on `*`, before anything else. */
import type { MiddlewareHandler } from "hono";

/**
 * No inline script anywhere; nothing from another origin, so that archived text cannot call home. Style attributes are
 * allowed (a virtual list places its rows with them), style elements are not.
 */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For bytes out of the archive that a browser might show: they are nobody's page, and run nothing. */
export const SANDBOX_CSP = "default-src 'none'; sandbox; frame-ancestors 'none'";

const ALWAYS = {
  "Content-Security-Policy": CSP,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Not `no-referrer`: with it browsers send `Origin: null` on forms, and our own page would look foreign.
  "Referrer-Policy": "same-origin",
} as const;

/** Sets the security headers where the handler has not set its own; answers of the API are not stored by default. */
export function headers(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const answer = c.res.headers;
    for (const [name, value] of Object.entries(ALWAYS)) if (!answer.has(name)) answer.set(name, value);
    const data = c.req.path.startsWith("/api/") || c.req.path === "/metrics";
    if (data && !answer.has("Cache-Control")) answer.set("Cache-Control", "no-store");
    if (c.res.status === 401) answer.set("WWW-Authenticate", 'Bearer realm="longhouse"');
  };
}
