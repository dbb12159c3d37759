/** Where a browser says a request comes from. Judged after the Host header was found to be ours. */
import type { Config } from "../../config.ts";
import { Fault } from "../../domain/fault.ts";
import { publishedUrl } from "./hosts.ts";

/** What the rule looks at. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
};

/** The 403 of a request from a page that is not ours; null = none of that. */
export function refuseForeign({ path, method, header }: Asked, config: Config): Fault | null {
  const origin = header("origin");
  if (origin !== undefined) return originIsOurs(origin, header("host") ?? "", config) ? null : foreign(origin);
  // No-cors requests of another page (images, scripts) carry no Origin. Following a link to us is no attack.
  const site = header("sec-fetch-site") ?? "none";
  const link = header("sec-fetch-mode") === "navigate" && (method === "GET" || method === "HEAD");
  return path.startsWith("/api/") && site !== "same-origin" && site !== "none" && !link ? foreign(site) : null;
}

/** A change or an upgrade: what a foreign page could do harm with. */
export function isChange({ method, header }: Asked): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(method) || header("upgrade") !== undefined;
}

/**
 * Equal to the address the page was loaded from, port included; for the published name, to the published origin.
 * Sound only because `host` has passed the allowlist: a rebound name has not.
 */
function originIsOurs(origin: string, host: string, config: Config): boolean {
  const url = URL.parse(origin);
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== origin.toLowerCase()) return false;
  const published = publishedUrl(config);
  if (published && url.hostname === published.hostname) return url.origin === published.origin;
  // Through URL, so that a default port written out is the same address.
  return URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}

function foreign(origin: string): Fault {
  return new Fault(
    "bad_origin",
    `A page of ${JSON.stringify(origin.slice(0, 200))} may not use this server.`,
    "If that is this server's own address, set it as [server] public_url.",
  );
}
