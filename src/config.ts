/** The only reader of the environment. Precedence: flag > environment > config.toml > default. */
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { Fault } from "./domain/fault.ts";
import { HEARTBEAT_S } from "./domain/heartbeat.ts";
import { MIB } from "./domain/limits.ts";
import type { Env } from "./domain/provider.ts";
import { checked, readFile } from "./lib/config-file.ts";
import type { EmbeddingsServer } from "./lib/embeddings.ts";
import {
  absolute,
  embeddingsUrl,
  header,
  httpUrl,
  type Kind,
  oneOf,
  sqlitePath,
  text,
  texts,
  whole,
  yes,
} from "./lib/settings.ts";

/** Where a value came from, for `longhouse status`. */
export type Origin = "flag" | "environment" | "config.toml" | "stored" | "default";

/** How long the shipper waits for what, ms. Tests shorten them through LONGHOUSE_…_MS; they never change logic. */
export type Times = {
  /** Full look at every file. */
  readonly rescan: number;
  /** An unfinished last line is sent after this long without a change. */
  readonly quiet: number;
  /** What the server asks machines to wait between two heartbeats; after three without one, presence is stale. */
  readonly heartbeat: number;
  /** Look for roots that appear or were made anew. */
  readonly roots: number;
  /** First wait after a failure; it doubles up to `backoffMax`. */
  readonly backoff: number;
  readonly backoffMax: number;
  /** Longest wait for one answer. */
  readonly request: number;
  /** What is not acknowledged after so long is taken into the spool. */
  readonly take: number;
  /** How often what waits in the spool is tried again. */
  readonly replay: number;
  /** How long a token that was not good is left alone, unless there is another. */
  readonly pause: number;
};

export type Config = {
  /** LONGHOUSE_HOME, absolute. */
  readonly home: string;
  /** Path of longhouse.db, absolute. */
  readonly database: string;
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
  /** `serve --allow-open`: AUTH_DISABLED is meant on a network address too. */
  readonly allowOpen: boolean;
  readonly ingest: { readonly eventsPerMinute: number; readonly burst: number; readonly loopbackExempt: boolean };
  /** The server's URL as the flag, LONGHOUSE_URL or [client] url say; null = none does. */
  readonly url: string | null;
  /** LONGHOUSE_TOKEN as given; null = not. */
  readonly token: string | null;
  readonly skipDemoSeed: boolean;
  /** `recent`: an agent that can be told of this project's recent sessions when it starts is told. */
  readonly hooks: { readonly recent: boolean };
  /** `onDisconnect`: what becomes of a turn when the browser that began it goes away. */
  readonly chat: { readonly onDisconnect: "continue" | "stop" };
  /** Search by meaning; null = not set up, and nothing is sent anywhere. */
  readonly embeddings: EmbeddingsServer | null;
  /** Most that waits in the shipper's spool, bytes as stored. */
  readonly spoolMax: number;
  /** Where the shipper's files stand: device token, its URL, spool database. */
  readonly shipperDir: string;
  /** This machine's name; what its device is called until `serve` or `auth` has stored one. */
  readonly machine: string;
  readonly times: Times;
  /** What provider modules look at: HOME, and the agents' own variables. Nothing of ours. */
  readonly env: Env;
  /** Name of each value that is not a default → where it came from. */
  readonly origins: Readonly<Record<string, Origin>>;
};

/** Values of flags, as typed. */
export type Flags = {
  readonly host?: string;
  readonly port?: string;
  readonly url?: string;
  readonly allowOpen?: boolean;
};

type Setting = { readonly kind: Kind<unknown>; readonly env?: string; readonly flag?: keyof Flags };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const milliseconds = whole(1, 24 * HOUR);

/** Every setting there is. Those that nothing reads yet are accepted, so that one config.toml serves all versions. */
const settings = (home: string) =>
  ({
    "server.host": { kind: text, flag: "host" },
    "server.port": { kind: whole(0, 65535), flag: "port" },
    "server.allowed_hosts": { kind: texts },
    "server.public_url": { kind: httpUrl, env: "APP_PUBLIC_URL" },
    "server.password": { kind: text, env: "LONGHOUSE_PASSWORD" },
    "client.url": { kind: httpUrl, env: "LONGHOUSE_URL", flag: "url" },
    "database.url": { kind: sqlitePath(home), env: "DATABASE_URL" },
    "ingest.events_per_minute": { kind: whole(1, 1e9) },
    "ingest.burst": { kind: whole(1, 1e9) },
    "ingest.loopback_exempt": { kind: yes },
    "commis.max_concurrent": { kind: whole(1, 100) },
    "commis.heartbeat_interval": { kind: whole(1, 3600) },
    "commis.stale_threshold": { kind: whole(1, 86_400) },
    "hooks.recent": { kind: yes },
    "search.embeddings_url": { kind: embeddingsUrl },
    "search.model": { kind: text },
    "search.key": { kind: header },
    "shipper.spool_mb": { kind: whole(1, 1_000_000) },
    "chat.on_disconnect": { kind: oneOf("continue", "stop") },
    "llm.anthropic_api_key": { kind: text },
    "llm.openai_api_key": { kind: text },
  }) satisfies Record<string, Setting>;

const TIMES = {
  rescan: ["LONGHOUSE_RESCAN_MS", 5 * MINUTE],
  quiet: ["LONGHOUSE_QUIET_MS", 30_000],
  roots: ["LONGHOUSE_ROOTS_MS", 1_000],
  heartbeat: ["LONGHOUSE_HEARTBEAT_MS", HEARTBEAT_S * 1000],
  backoff: ["LONGHOUSE_BACKOFF_MS", 500],
  backoffMax: ["LONGHOUSE_BACKOFF_MAX_MS", 30_000],
  request: ["LONGHOUSE_REQUEST_MS", 30_000],
  // Less than the 2 s that are promised: taking takes its time.
  take: ["LONGHOUSE_TAKE_MS", 1_500],
  replay: ["LONGHOUSE_REPLAY_MS", 30_000],
  pause: ["LONGHOUSE_PAUSE_MS", 30_000],
} as const satisfies Record<keyof Times, readonly [string, number]>;

/** Reads flags, environment and config.toml. Throws Fault `invalid` that names the place, the key and what is accepted. */
export function loadConfig(flags: Flags = {}, env: Env = process.env): Config {
  const userHome = env["HOME"] || homedir();
  const home = absolute(env["LONGHOUSE_HOME"] || join(userHome, ".longhouse"), userHome);
  const known = settings(home);
  const path = join(home, "config.toml");
  const file = readFile(path, Object.keys(known));
  const origins: Record<string, Origin> = env["LONGHOUSE_HOME"] ? { home: "environment" } : {};

  const pick = <N extends keyof typeof known>(name: N): Value<N> | null => {
    const { kind, env: variable, flag }: Setting = known[name];
    const typed = flag && flags[flag];
    if (typed !== undefined) return keep(name, "flag", checked(kind, typed, `--${flag}`));
    if (variable && env[variable]) return keep(name, "environment", checked(kind, env[variable], variable));
    if (!(name in file.values)) return null;
    return keep(name, "config.toml", checked(kind, file.values[name], file.place(name)));
  };
  const keep = (name: string, origin: Origin, value: unknown) => {
    origins[name] = origin;
    // checked() gave what the setting's own kind reads.
    return value as never;
  };
  const fromEnv = <T>(name: string, kind: Kind<T>): T | null =>
    env[name] ? keep(name, "environment", checked(kind, env[name], name)) : null;
  // A bad value is an error also where a flag wins, and where nothing reads it yet.
  for (const name of Object.keys(known) as (keyof typeof known)[]) {
    if (name in file.values) checked<unknown>(known[name].kind, file.values[name], file.place(name));
    pick(name);
  }

  return {
    home,
    database: pick("database.url") ?? join(home, "longhouse.db"),
    server: {
      host: pick("server.host") ?? "127.0.0.1",
      port: pick("server.port") ?? 8080,
      allowedHosts: pick("server.allowed_hosts") ?? [],
      publicUrl: pick("server.public_url"),
    },
    password: pick("server.password"),
    authDisabled: fromEnv("AUTH_DISABLED", yes) ?? false,
    allowOpen: flags.allowOpen ?? false,
    ingest: {
      eventsPerMinute: pick("ingest.events_per_minute") ?? 1000,
      burst: pick("ingest.burst") ?? 1_000_000,
      loopbackExempt: pick("ingest.loopback_exempt") ?? true,
    },
    url: pick("client.url"),
    token: fromEnv("LONGHOUSE_TOKEN", text),
    skipDemoSeed: fromEnv("SKIP_DEMO_SEED", yes) ?? false,
    hooks: { recent: pick("hooks.recent") ?? true },
    chat: { onDisconnect: pick("chat.on_disconnect") ?? "continue" },
    embeddings: embeddingsOf(
      { url: pick("search.embeddings_url"), model: pick("search.model"), key: pick("search.key") },
      path,
    ),
    spoolMax: (pick("shipper.spool_mb") ?? 2048) * MIB,
    shipperDir: shipperDir(env, userHome),
    machine: machineName(),
    times: times(env),
    env: agentsEnv(env, userHome),
    origins,
  };
}

/** Whether somebody at a terminal wants colours; the terminal itself is asked elsewhere. */
export function wantsColours(env: Env = process.env): boolean {
  return !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Whether a browser could be shown here: a display, or a system that always has one. */
export function hasDisplay(env: Env = process.env): boolean {
  if (env["SSH_CONNECTION"] || env["CI"]) return false;
  return (
    process.platform === "darwin" || process.platform === "win32" || Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"])
  );
}

/** What a service sees of the environment: where programs and files are. Never a secret, never a proxy's password. */
const SERVICE_VARIABLES = [
  "PATH",
  "LONGHOUSE_HOME",
  "CLAUDE_CONFIG_DIR",
  "CODEX_HOME",
  "GEMINI_CLI_HOME",
  "XDG_CONFIG_HOME",
] as const;

/** The environment for a service of this user: what of it is set, and HOME. Throws Fault for a value no service file can hold. */
export function serviceEnvironment(env: Env = process.env): Readonly<Record<string, string>> {
  const kept: Record<string, string> = { HOME: env["HOME"] || homedir() };
  for (const name of SERVICE_VARIABLES) {
    const value = env[name];
    if (!value) continue;
    if (/\p{Cc}/u.test(value))
      throw new Fault("invalid", `${name} holds control characters.`, `Set it anew: export ${name}=…`);
    // What is relative means another folder there, and could mean a stranger's.
    kept[name] =
      name === "PATH"
        ? value
            .split(":")
            .filter((dir) => dir.startsWith("/"))
            .join(":")
        : absolute(value, kept["HOME"]);
  }
  return kept;
}

/** What an agent's hook is told by its environment. Reads no file: a broken config.toml must not stop an agent. */
export type HookPlaces = {
  readonly home: string;
  readonly shipperDir: string;
  /** Of the session that the hook belongs to, where the agent's environment says it. */
  readonly session: string | null;
  /** For a process of ours that works on after the hook: none of the agent's secrets. */
  readonly env: Record<string, string>;
};

const HOOK_VARIABLES =
  /^(?:LONGHOUSE_.*|HOME|PATH|TMPDIR|CLAUDE_CONFIG_DIR|CODEX_HOME|GEMINI_CLI_HOME|QWEN_.*(?:HOME|DIR)|XDG_CONFIG_HOME|APPDATA|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i;

/** Where the shipper's files are, as a hook sees it. Never throws. */
export function hookPlaces(env: Env = process.env): HookPlaces {
  const userHome = env["HOME"] || homedir();
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && HOOK_VARIABLES.test(name));
  return {
    home: absolute(env["LONGHOUSE_HOME"] || join(userHome, ".longhouse"), userHome),
    shipperDir: shipperDir(env, userHome),
    session: env["CLAUDE_CODE_SESSION_ID"] || null,
    env: Object.fromEntries(kept) as Record<string, string>,
  };
}

/** Keeps requests to this machine out of a proxy that the environment names: it would see the token. */
export function keepLoopbackDirect(env: Record<string, string | undefined> = process.env): void {
  const direct = ["localhost", "127.0.0.1", "::1", "[::1]"];
  const named = [env["NO_PROXY"] ?? env["no_proxy"] ?? "", ...direct].filter(Boolean).join(",");
  env["NO_PROXY"] = env["no_proxy"] = named;
}

type Value<N extends keyof ReturnType<typeof settings>> =
  ReturnType<typeof settings>[N]["kind"] extends Kind<infer T> ? T : never;

/** The shipper's files stand beside the agent's own settings, where its hooks find them (a contract: PRODUCT section 1). */
function shipperDir(env: Env, userHome: string): string {
  return absolute(env["CLAUDE_CONFIG_DIR"] || join(userHome, ".claude"), userHome);
}

type Wanted = { readonly [K in keyof EmbeddingsServer]: EmbeddingsServer[K] | null };

function embeddingsOf({ url, model, key }: Wanted, path: string): EmbeddingsServer | null {
  if (url === null) return null;
  if (model !== null) return { url, model, key };
  const hint = 'Name a model of that server, such as model = "nomic-embed-text".';
  throw new Fault("invalid", `${path}: [search] embeddings_url stands there without a model.`, hint);
}

function machineName(): string {
  const plain = hostname()
    .replace(/\.(local|lan|home)$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-");
  return plain.slice(0, 64) || "this-machine";
}

function times(env: Env): Times {
  const read = ([name, fallback]: readonly [string, number]) =>
    env[name] ? checked(milliseconds, env[name], name) : fallback;
  return Object.fromEntries(Object.entries(TIMES).map(([key, time]) => [key, read(time)])) as Times;
}

function agentsEnv(env: Env, userHome: string): Env {
  const foreign = Object.entries(env).filter(([name]) => !name.startsWith("LONGHOUSE_"));
  return { ...Object.fromEntries(foreign), HOME: userHome };
}
