/** Under which address a person finds the page that approves a device. */
import { networkInterfaces } from "node:os";
import type { Context } from "hono";
import type { Config } from "../../config.ts";
import { isLoopback, parseHost, publishedUrl } from "../access/hosts.ts";

/**
 * The address that the device itself used, for it has passed the allowlist. One of this machine alone is no use to a phone:
 * then the published address, or that of the network where the server listens on all.
 */
export function approvalUrl(config: Config, c: Context): string {
  const host = c.req.header("host") ?? "";
  const name = parseHost(host);
  const published = publishedUrl(config);
  if (published && (!name || isLoopback(name.name) || name.name === published.hostname)) return published.origin;
  const secure = c.req.header("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
  const other = name && isLoopback(name.name) ? networkHost(config, name.port) : null;
  return `${secure ? "https" : "http"}://${other ?? host}`;
}

/** This machine's first IPv4 address in a network, when the server listens there; null when it does not. */
function networkHost({ server }: Config, port: string): string | null {
  if (!["0.0.0.0", "::", "[::]"].includes(server.host)) return null;
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const found = addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  return found === undefined ? null : `${found}${port && `:${port}`}`;
}
