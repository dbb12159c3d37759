/** The only reader of the environment. Precedence: flag > environment > config.toml > default. */
import type { Env } from "./domain/provider.ts";

/** Where a value came from, for `longhouse status`. */
export type Origin = "flag" | "environment" | "config.toml" | "stored" | "default";

export type Config = {
  /** LONGHOUSE_HOME, absolute. */
  readonly home: string;
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly allowedHosts: readonly string[];
    readonly publicUrl: string | null;
  };
  /** LONGHOUSE_PASSWORD or [server] password; null = none. */
  readonly password: string | null;
  /** AUTH_DISABLED=1. */
  readonly authDisabled: boolean;
  readonly ingest: { readonly eventsPerMinute: number; readonly burst: number; readonly loopbackExempt: boolean };
  /** LONGHOUSE_URL, LONGHOUSE_TOKEN as given; null = not. */
  readonly url: string | null;
  readonly token: string | null;
  readonly skipDemoSeed: boolean;
  /** What provider modules look at: HOME, CLAUDE_CONFIG_DIR, CODEX_HOME, … */
  readonly env: Env;
  /** Name of each value that is not a default → where it came from. */
  readonly origins: Readonly<Record<string, Origin>>;
};
