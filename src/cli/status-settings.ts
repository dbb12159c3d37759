/** Each setting, its value, and where that comes from. */
import { join } from "node:path";
import type { Config, Origin } from "../config.ts";
import { placeOf } from "../lib/embeddings.ts";
import { table } from "../lib/table.ts";
import type { ServerAddress } from "./find-server.ts";

/** Lines of a table; secrets are shown as set or not. */
export function settingsTable(config: Config, { url, from, token }: ServerAddress): string[] {
  const { server, origins, embeddings } = config;
  const origin = (name: string): Origin => origins[name] ?? "default";
  const secret = (value: string | null) => (value === null ? "not set" : "set");
  return table([
    ["home", config.home, origin("home")],
    ["config.toml", join(config.home, "config.toml"), ""],
    ["client.url", url, from],
    ["token", secret(token), token === null ? "" : origins["LONGHOUSE_TOKEN"] ? "environment" : "stored"],
    ["database.url", config.database, origin("database.url")],
    ["server.host", server.host, origin("server.host")],
    ["server.port", String(server.port), origin("server.port")],
    ["server.allowed_hosts", server.allowedHosts.join(", ") || "none", origin("server.allowed_hosts")],
    ["server.public_url", server.publicUrl ?? "none", origin("server.public_url")],
    ["server.password", secret(config.password), origin("server.password")],
    ["AUTH_DISABLED", String(config.authDisabled), origin("AUTH_DISABLED")],
    ["ingest.events_per_minute", String(config.ingest.eventsPerMinute), origin("ingest.events_per_minute")],
    ["ingest.burst", String(config.ingest.burst), origin("ingest.burst")],
    ["ingest.loopback_exempt", String(config.ingest.loopbackExempt), origin("ingest.loopback_exempt")],
    ["search.embeddings_url", embeddings ? placeOf(embeddings) : "none", origin("search.embeddings_url")],
    ["search.model", embeddings?.model ?? "none", origin("search.model")],
    ["search.key", secret(embeddings?.key ?? null), origin("search.key")],
    ["shipper's files", config.shipperDir, config.env["CLAUDE_CONFIG_DIR"] ? "environment" : "default"],
  ]);
}
