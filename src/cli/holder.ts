/** Who ships this machine's sessions, by a name that a person knows, and how to end that. */
import type { Config } from "../config.ts";
import { lockHolder } from "../shipper/spool-lock.ts";
import { lockBase } from "./home.ts";
import { servicePid } from "./services.ts";

/** What the process that ships was started as. */
export function holderName(config: Config, pid: number): "the service" | "longhouse serve" | "longhouse connect" {
  if (servicePid(config, "shipper") === pid) return "the service";
  return lockHolder(lockBase(config.home))?.pid === pid ? "longhouse serve" : "longhouse connect";
}

/** What to type so that another process can ship. */
export function holderEnd(config: Config, pid: number): string {
  const name = holderName(config, pid);
  if (name === "the service") return "longhouse connect --uninstall";
  return name === "longhouse serve" ? "longhouse serve --no-ship" : `kill ${pid}`;
}
