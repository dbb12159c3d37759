/** What is the matter with a machine, and what to type there. Pure. */
import { HEARTBEAT_S } from "../../src/domain/heartbeat.ts";
import type { DeviceStatus } from "../../src/domain/status.ts";
import { plural } from "../kit/format.ts";

export type Trouble = {
  readonly tone: "bad" | "warn";
  readonly what: string;
  /** To be typed on that machine; absent when there is nothing to be typed. */
  readonly command?: string;
  /** The machine names some of the files. */
  readonly files?: true;
};

/** A machine that tells of itself is silent after three of its intervals. */
const SILENT_MS = 3 * HEARTBEAT_S * 1000;
/** Less than this is soon nothing. */
const DISK_LOW = 1_000_000_000;

export type Known = {
  /** It had tokens, and none of them is good any more. */
  readonly shutOut: boolean;
  /** Of this server. */
  readonly version: string;
  /** Where this page is, as that machine reaches it. */
  readonly origin: string;
  /** Milliseconds. */
  readonly now: number;
};

/** Everything that keeps sessions of the machine from coming as they should, the worst first. */
export function troubles(device: DeviceStatus, known: Known): readonly Trouble[] {
  const found = [
    entry(device, known),
    isSilent(device, known) && {
      tone: "warn" as const,
      what: "It is off, asleep or not sending. What it has is kept there and comes later.",
      command: "longhouse connect --status",
    },
    refusals(device),
    polling(device),
    lowDisk(device),
    older(device, known),
  ];
  return found.filter((one) => one !== null && one !== false);
}

function entry(device: DeviceStatus, { shutOut, origin }: Known): Trouble | null {
  if (!device.paused && !shutOut) return null;
  const what = "Paused: its token is not good any more. Log in again there; nothing is lost meanwhile.";
  return { tone: "bad", what, command: `longhouse auth --url ${origin}` };
}

/** One that only has a token, and never told of itself, owes nothing. */
export function isSilent({ last_seen_at, version }: DeviceStatus, { now }: Pick<Known, "now">): boolean {
  return version !== undefined && last_seen_at !== null && now - Date.parse(last_seen_at) > SILENT_MS;
}

function refusals({ failed }: DeviceStatus): Trouble | null {
  if (!failed) return null;
  const what = `${plural(failed, "file")} refused. Their bytes stay where they are; after a repair they can be sent again.`;
  return { tone: "bad", what, command: "longhouse ship --retry-failed", files: true };
}

/** Asked for, it is no news. */
function polling({ polling: why }: DeviceStatus): Trouble | null {
  if (!why || why === "asked") return null;
  const what = `No file events (${why}): it looks every few seconds instead of being told, which costs more.`;
  return { tone: "warn", what, command: "longhouse doctor" };
}

function lowDisk({ disk_free }: DeviceStatus): Trouble | null {
  if (disk_free === null || disk_free === undefined || disk_free >= DISK_LOW) return null;
  return { tone: "warn", what: "Its disk is nearly full: what cannot be sent at once may find no room to wait." };
}

function older(device: DeviceStatus, { version }: Known): Trouble | null {
  if (!device.version || device.version === version) return null;
  return { tone: "warn", what: `It runs ${device.version}, this server ${version}. Install the same version there.` };
}
