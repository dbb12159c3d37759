/** Figures, times and names as short text. Pure; times come in as ISO 8601 or ms, in the viewer's time zone. */

/** Made once: making one takes longer than drawing a row. */
const FORMATS = {
  whole: new Intl.NumberFormat("en-US"),
  clock: new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }),
  date: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }),
  dateOfYear: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" }),
  moment: new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" }),
  weekday: new Intl.DateTimeFormat("en-GB", { weekday: "long" }),
  day: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }),
  dayOfYear: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }),
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 950, 1.2k, 184k, 1.2M. */
export function short(n: number): string {
  const units = ["", "k", "M", "G", "T"];
  let value = n;
  let unit = 0;
  // 999.5 would be shown as 1000k.
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${digits(value, unit)}${units[unit]}`;
}

/** 812 B, 1.2 MB (powers of 1000, as disks and networks count). */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${digits(value, unit)} ${units[unit]}`;
}

const digits = (value: number, unit: number): string =>
  unit === 0 ? String(Math.round(value)) : value.toFixed(Math.abs(value) < 9.95 ? 1 : 0).replace(/\.0$/, "");

/** 12,481 */
export const exact = (n: number): string => FORMATS.whole.format(n);

/** $0.43, $12.30, $1.2k; below a cent "<$0.01". */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.005) return "<$0.01";
  return usd >= 999.5 ? `$${short(usd)}` : `$${usd.toFixed(2)}`;
}

/** 0.4 s, 12 s, 3 min, 1 h 20 min, 2 d. */
export function duration(ms: number): string {
  if (ms < 9.95 * SECOND) return `${(Math.max(0, ms) / SECOND).toFixed(1).replace(/\.0$/, "")} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return join(Math.floor(ms / HOUR), "h", Math.floor((ms % HOUR) / MINUTE), "min");
  return `${Math.floor(ms / DAY)} d`;
}

const join = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;

/** Whole seconds as they pass: 0 s, 59 s, 2 min, 1 h 5 min. Never negative: clocks of two machines differ. */
export function elapsed(since: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(since));
  return ms < MINUTE ? `${Math.floor(ms / SECOND)} s` : duration(ms);
}

/** just now, 5 min ago, 3 h ago, 2 d ago, then the date. */
export function relative(at: string, now: number): string {
  const past = now - Date.parse(at);
  if (past < 45 * SECOND) return "just now";
  if (past < HOUR) return `${Math.max(1, Math.round(past / MINUTE))} min ago`;
  if (past < DAY) return `${Math.round(past / HOUR)} h ago`;
  if (past < 7 * DAY) return `${Math.round(past / DAY)} d ago`;
  return date(at, now);
}

/** 10:42 */
export const clock = (at: string): string => FORMATS.clock.format(new Date(at));

/** 12 Nov, with the year when it is not this one. */
export function date(at: string, now: number): string {
  const day = new Date(at);
  const format = day.getFullYear() === new Date(now).getFullYear() ? FORMATS.date : FORMATS.dateOfYear;
  return format.format(day);
}

/** The whole truth, for a tooltip: Friday, 21 November 2026 at 10:42:07. */
export const moment = (at: string): string => FORMATS.moment.format(new Date(at));

/** The local day as 2026-11-21; sorts as text. */
export function dayKey(at: string | number): string {
  const day = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** Today, Yesterday, Monday (within the last week), 12 November, 12 November 2025. */
export function dayLabel(key: string, now: number): string {
  const noon = new Date(`${key}T12:00:00`);
  const today = new Date(`${dayKey(now)}T12:00:00`);
  const ago = Math.round((today.getTime() - noon.getTime()) / DAY);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  if (ago > 1 && ago < 7) return FORMATS.weekday.format(noon);
  const format = noon.getFullYear() === today.getFullYear() ? FORMATS.day : FORMATS.dayOfYear;
  return format.format(noon);
}

/** archive.ts of /home/me/src/archive.ts; of a Windows path too. */
export const baseName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;

/** 1 turn, 2 turns. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${exact(n)} ${n === 1 ? one : many}`;
