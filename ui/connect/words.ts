/** What a token lets a machine do, for people who decide about it. */
import type { Scope } from "../../src/domain/device-code.ts";

const SENDS = "Send its sessions into this archive";
const READS = "Read and search every session in it";

const MAY: Readonly<Record<Scope, readonly string[]>> = {
  ingest: [SENDS],
  read: [READS],
  tools: [READS, "Keep notes in memory, and notify you"],
  device: [SENDS, READS, "Keep notes in memory, and notify you"],
  full: [SENDS, READS, "Go on with sessions, which runs commands", "Delete sessions, change settings, let others in"],
};

const MAY_NOT: Readonly<Record<Scope, string>> = {
  ingest: "It can read nothing.",
  read: "It can change nothing.",
  tools: "It can send and delete nothing, and let nobody else in.",
  device: "It can delete nothing, change no settings, and let nobody else in.",
  full: "",
};

const SHORT: Readonly<Record<Scope, string>> = {
  ingest: "sends only",
  read: "reads only",
  tools: "an agent's turn",
  device: "sends and reads",
  full: "may do everything",
};

/** What the scope allows, one sentence each. */
export const may = (scope: Scope): readonly string[] => MAY[scope];

/** What it does not; "" when there is nothing. */
export const mayNot = (scope: Scope): string => MAY_NOT[scope];

/** The scope in a few words. */
export const inShort = (scope: Scope): string => SHORT[scope];
