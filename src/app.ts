/** The composition root's type: what every face gets. Built by `cli/serve`. */
import type { Database } from "bun:sqlite";
import type { Feed } from "./archive/feed.ts";
import type { Search } from "./archive/search.ts";
import type { Writer } from "./archive/writer.ts";
import type { Config } from "./config.ts";
import type { Log } from "./lib/log.ts";
import type { Stats } from "./lib/stats.ts";

export type App = {
  readonly config: Config;
  /** Read-only, on main: short reads by key. */
  readonly db: Database;
  readonly writer: Writer;
  readonly search: Search;
  readonly feed: Feed;
  readonly log: Log;
  readonly stats: Stats;
  /** This machine's device id. */
  readonly device: string;
  /** Milliseconds UTC. */
  now(): number;
};
