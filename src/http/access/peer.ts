/** Who is at the other end of the socket. */
import { isIP, isIPv6 } from "node:net";
import type { Context } from "hono";
import { isLoopback } from "./hosts.ts";

/** What Bun passes as `c.env` when the server is started with `fetch: (request, server) => app.fetch(request, server)`. */
type Server = { readonly requestIP?: (request: Request) => { readonly address: string } | null };

/**
 * The address that tries are counted for; of IPv6 the /64, which one customer has whole. "" when there is no socket (tests).
 * Behind a proxy on this machine it is what that proxy added last. Good for counting only: whoever is on this machine, or
 * behind a proxy that passes the header through, can invent it.
 */
export function peerOf(c: Context): string {
  const server = c.env as Server | undefined;
  const peer = plain(server?.requestIP?.(c.req.raw)?.address ?? "");
  const added = c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  return isIP(added) !== 0 && isLoopback(peer) ? plain(added) : peer;
}

function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !isIPv6(address)) return mapped ?? address;
  return address === "::1" ? address : networkOf(address);
}

function networkOf(address: string): string {
  const [head = "", tail = ""] = address.split("%")[0]!.split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail.split(":").filter(Boolean);
  const zeros = address.includes("::") ? Array.from({ length: 8 - left.length - right.length }, () => "0") : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => parseInt(part, 16).toString(16))
    .join(":");
}
