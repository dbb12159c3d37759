/**
 * Puts our entries into the agents' own settings files, takes them out again, and tells how they stand. What an entry looks
 * like is the provider's word; here it is only made sure that no file is ever half written, changed in its mode, or lost.
 */
import { existsSync, readdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import type { Env, Provider } from "../domain/provider.ts";
import type { Registration, RegistrationWish } from "../domain/registration.ts";
import { Fault } from "../domain/fault.ts";
import { codeOf, readExactly, replaceFile, writeOnce } from "../lib/files.ts";

/** What registrations are made of. */
export type RegistrationScope = {
  readonly providers: readonly Provider[];
  readonly env: Env;
  readonly wish: RegistrationWish;
  /** Only these kinds; absent = all. */
  readonly kinds?: readonly Registration["kind"][];
};

/** How one settings file stands, or what was done to it. */
export type RegistrationReport = {
  /** Name and label of the agent. */
  readonly provider: string;
  readonly label: string;
  readonly kind: Registration["kind"];
  /** Absolute. */
  readonly file: string;
  /**
   * `ours`, `stale` (of another or an older executable), `none`: as found, or as it is after a change; `refused`: the file
   * cannot be read, parsed or written, and stays as it was.
   */
  readonly state: "ours" | "stale" | "none" | "refused";
  /** Whether the file was changed just now. */
  readonly changed: boolean;
  /** Why it was refused, and what to do; "" otherwise. */
  readonly reason: string;
};

/** How the settings of each agent of this machine stand. Agents that are not used here are left out. Never throws. */
export function registrationStates(scope: RegistrationScope): readonly RegistrationReport[] {
  return each(scope, (registration) => ({
    state: registration.state(textOf(registration.file), scope.wish),
    changed: false,
  }));
}

/** Puts our entries into the settings of each agent of this machine; a second time changes nothing. Never throws. */
export function installRegistrations(scope: RegistrationScope): readonly RegistrationReport[] {
  return each(scope, (registration, all) => ({ state: "ours", changed: install(registration, all, scope.wish) }));
}

/** Takes our entries out: a file that nobody else has changed is as it was before, to the byte. Never throws. */
export function removeRegistrations(scope: RegistrationScope): readonly RegistrationReport[] {
  return each(scope, (registration, all) => ({ state: "none", changed: remove(registration, all, scope.wish) }));
}

/** Where the file is kept as it was before our first entry; there is none when there was no file. */
export const backupOf = (file: string): string => `${file}.before-longhouse`;

type Found = Pick<RegistrationReport, "state" | "changed">;

/** What is done to one entry; `all` = those that share its file. */
type Act = (registration: Registration, all: readonly Registration[]) => Found;

function each(scope: RegistrationScope, act: Act): readonly RegistrationReport[] {
  const reports: RegistrationReport[] = [];
  for (const { name, label, registrations } of scope.providers) {
    const every = registrations?.(scope.env) ?? [];
    for (const registration of every) {
      const { kind, file, home } = registration;
      if ((scope.kinds && !scope.kinds.includes(kind)) || !isUsed(home ?? dirname(file))) continue;
      const all = every.filter((one) => one.file === file);
      reports.push({ provider: name, label, kind, file, ...attempt(file, () => act(registration, all)) });
    }
  }
  return reports;
}

function attempt(file: string, act: () => Found): Found & { readonly reason: string } {
  try {
    return { ...act(), reason: "" };
  } catch (error) {
    return { state: "refused", changed: false, reason: reasonOf(file, error) };
  }
}

function reasonOf(file: string, error: unknown): string {
  if (error instanceof Fault) return [`${file}: ${error.message}`, error.hint].filter(Boolean).join(" ");
  return `${file}: ${codeOf(error) || String(error)}. Check that the file is yours.`;
}

/** Whether the agent has files there: the folder alone says nothing, for ours stand in it too. */
function isUsed(dir: string): boolean {
  try {
    return readdirSync(dir).some((name) => !OURS.test(name));
  } catch {
    return false;
  }
}

const OURS = /^(?:longhouse-|shipper\.log)/;

function install(registration: Registration, all: readonly Registration[], wish: RegistrationWish): boolean {
  const { file } = registration;
  const before = textOf(file);
  const after = registration.install(before, wish);
  if (after === before) return false;
  const isFirst = all.every((one) => one.state(before, wish) === "none");
  if (before !== null && isFirst) keepBackup(file, before);
  replaceFile(file, after, { ifStill: before });
  return true;
}

/** Of several installs the first backup stays, unless the entries have been taken out by hand since. */
function keepBackup(file: string, text: string) {
  const path = backupOf(file);
  if (existsSync(path)) unlinkSync(path);
  writeOnce(path, text);
}

function remove(registration: Registration, all: readonly Registration[], wish: RegistrationWish): boolean {
  const { file } = registration;
  const before = textOf(file);
  if (before === null || registration.state(before, wish) === "none") return false;
  const rest = registration.remove(before);
  const backup = textOf(backupOf(file));
  // Only our own entries were between the two: what stood there comes back to the byte.
  const isLast = all.every((one) => one.state(rest, wish) === "none");
  const isUntouched = isLast && backup !== null && thereAndBack(backup, all, wish) === rest;
  const text = isUntouched ? backup : rest;
  if (text === null) unlinkSync(file);
  else replaceFile(file, text, { ifStill: before });
  if (isUntouched) unlinkSync(backupOf(file));
  return true;
}

/** A text with our entries put in and taken out again; an entry that could not be put in is passed over. */
function thereAndBack(text: string, all: readonly Registration[], wish: RegistrationWish): string | null {
  const put = all.reduce((done, one) => {
    try {
      return one.install(done, wish);
    } catch (error) {
      if (error instanceof Fault) return done;
      throw error;
    }
  }, text);
  return all.reduce<string | null>((rest, one) => (rest === null ? null : one.remove(rest)), put);
}

/** The text of a settings file; null when there is none. Throws when it cannot be read, or is not UTF-8. */
function textOf(file: string): string | null {
  const text = readExactly(file);
  if (text.kind === "text") return text.text;
  if (text.kind === "none") return null;
  throw new Fault("invalid", "This is not UTF-8 text.", "Save it as UTF-8, and try again.");
}
