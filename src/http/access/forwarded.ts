/** What a request has passed through. Bind address and proxy headers decide what is local; the peer's address proves nothing. */
import type { Config } from "../../config.ts";
import { Fault } from "../../domain/fault.ts";
import { isLoopback } from "./hosts.ts";

const PROXY_HEADERS =
  /^(forwarded|x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip)$/;

/** Whether a proxy says that it stands between. */
export function cameThroughProxy(headers: Headers): boolean {
  for (const name of headers.keys()) if (PROXY_HEADERS.test(name)) return true;
  return false;
}

/** From this machine: the server listens here only, and nobody has passed the request on. */
export function isLocal(config: Config, headers: Headers): boolean {
  return isLoopback(config.server.host) && !cameThroughProxy(headers);
}

/** The 403 of a proxied request to a server that was set up for one person at one machine; null = none of that. */
export function refuseForwarded(config: Config, headers: Headers): Fault | null {
  if (config.password !== null && !config.authDisabled) return null;
  if (!cameThroughProxy(headers)) return null;
  return new Fault(
    "forbidden",
    "This request came through a proxy, and no password is set.",
    "Set LONGHOUSE_PASSWORD (or [server] password) and start the server again.",
  );
}

/** The reason not to listen on `[server] host`: others could reach it and nothing would ask who they are. null = go on. */
export function refuseOpenBind(config: Config): Fault | null {
  const { host } = config.server;
  if (isLoopback(host)) return null;
  if (config.authDisabled && !config.allowOpen)
    return new Fault(
      "forbidden",
      `AUTH_DISABLED=1 would open this archive to everyone who can reach ${host}.`,
      "Set LONGHOUSE_PASSWORD instead, or bind 127.0.0.1. If everyone is meant: serve --allow-open.",
    );
  if (config.authDisabled || config.password !== null) return null;
  return new Fault(
    "forbidden",
    `${host} can be reached from other machines, and no password is set.`,
    "Set LONGHOUSE_PASSWORD (or [server] password in config.toml), or bind 127.0.0.1.",
  );
}
