/**
 * A program that the user's own service manager starts and keeps running: a systemd user unit or a launchd agent. What its
 * file says is a pure function of `Service`; whether an installed one is still right is a comparison of texts.
 */

/** What is to run. */
export type Service = {
  /** Its file is named for it: longhouse-shipper.service, com.longhouse.shipper.plist. */
  readonly name: "shipper" | "server";
  readonly description: string;
  /** What is run; the first is an absolute path. */
  readonly argv: readonly string[];
  /** What the user chose beside it: kept when it is examined without them. */
  readonly flags: readonly string[];
  /** All that it sees of the environment. No secrets: the file may be read by others. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its last words go under launchd, which has no journal; absolute. */
  readonly errors: string;
  /** What takes it away again, as one types it. */
  readonly removedBy: string;
};

/** The service manager of this user. */
export type Manager = {
  readonly kind: "systemd" | "launchd";
  /** Path of the service's file. */
  file(name: Service["name"]): string;
  /** What belongs into it, to the last byte. */
  text(service: Service): string;
  /** Folders that the manager makes by itself when it starts a service. */
  readonly folders: readonly string[];
  /** Why services cannot be run here; null = they can. */
  missing(): string | null;
  /** Reads the file anew, starts the service now and at every boot (or login). Throws Fault with what the manager said. */
  start(name: Service["name"]): void;
  /** Stops it now and for good; what is not there is no fault. */
  stop(name: Service["name"]): void;
  /** After the file is gone: forgets it. */
  forget(name: Service["name"]): void;
  /** The process that runs for it; null = none. */
  pid(name: Service["name"]): number | null;
  /** What to type to read why it does not run. */
  why(name: Service["name"]): string;
  /** What must still be typed so that it starts at boot, without a login; null = nothing. */
  atBoot(): string | null;
};

/** What the first line of each file says; a file without it is not ours. */
export const MARK = "Written by Longhouse";

/** A command's end. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end, in at most half a minute; 127 when there is none of that name. */
export type Run = (argv: readonly string[]) => Ran;
