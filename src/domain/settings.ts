/** GET /api/settings: how this server is set up, for the settings page. Only shown there: config.toml decides. */

/** A value and where it came from. */
export type Setting<T> = {
  readonly value: T;
  readonly origin: "flag" | "environment" | "config.toml" | "stored" | "default";
};

/** One settings file of an agent on the server's machine, and whether our entries are in it. */
export type HookState = {
  readonly label: string;
  readonly kind: "hooks" | "mcp";
  /** Absolute. */
  readonly file: string;
  /** `stale`: of another or an older executable; `refused`: it cannot be read or parsed. */
  readonly state: "ours" | "stale" | "none" | "refused";
  /** Why it was refused; "" otherwise. */
  readonly reason: string;
};

export type Settings = {
  readonly version: string;
  readonly archive_id: string;
  /** LONGHOUSE_HOME and its config.toml, absolute. */
  readonly home: string;
  readonly config_file: string;
  /** Device id of the server's machine. */
  readonly device: string;
  readonly access: {
    readonly host: Setting<string>;
    readonly port: Setting<number>;
    /** Whether there is one; never the password itself. */
    readonly password: Setting<boolean>;
    readonly allowed_hosts: Setting<readonly string[]>;
    readonly public_url: Setting<string | null>;
    /** AUTH_DISABLED: nobody is asked who they are. */
    readonly open: boolean;
  };
  readonly hooks: readonly HookState[];
  /** `[hooks] recent`. */
  readonly recent: Setting<boolean>;
};
