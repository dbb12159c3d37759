/**
 * Which names this server answers to. A page that rebinds its DNS name to 127.0.0.1 still sends its own name as Host, and
 * Bun builds req.url from that header: nothing may be compared with either before this list has been asked.
 */
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { Config } from "../../config.ts";

/** A Host header that is well formed: name (lower case, no brackets) and port as given. */
export type Host = { readonly name: string; readonly port: string };

/** null when it is none: empty, two of them ("a, b"), with a user, a path or blanks. */
export function parseHost(header: string | undefined): Host | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(header ?? "");
  if (!found) return null;
  const [, ipv6, name, port = ""] = found;
  if (ipv6 !== undefined && isIP(ipv6) !== 6) return null;
  return { name: (ipv6 ?? name!).toLowerCase(), port };
}

/** localhost, IP literals, this machine's name, `allowed_hosts` and `public_url` (API.md section 2). */
export function hostIsOurs({ name }: Host, config: Config): boolean {
  return isIP(name) !== 0 || namesOf(config).has(name);
}

/** `[server] public_url`; null when there is none. */
export function publishedUrl({ server }: Config): URL | null {
  return server.publicUrl === null ? null : URL.parse(server.publicUrl);
}

function namesOf(config: Config): ReadonlySet<string> {
  const machine = hostname().toLowerCase();
  const listed = config.server.allowedHosts.map((host) => parseHost(host)?.name ?? "");
  const published = publishedUrl(config)?.hostname ?? "";
  const names = ["localhost", machine, `${machine.split(".")[0]}.local`, published, ...listed];
  return new Set(names.filter((name) => name !== ""));
}

/** Whether an address to bind is reached from this machine only. By value: 127.evil.com begins like one. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "localhost" || bare === "::1") return true;
  return isIP(bare) === 4 ? bare.startsWith("127.") : /^::ffff:127\.\d+\.\d+\.\d+$/.test(bare) && isIP(bare) === 6;
}
