/** Dates as people type them into a query: `2026-05-01`, `7d`, `yesterday`. Days are those of the person's time zone. */

/** `now` ms UTC. `zone`: an IANA name; without it, or when it is none, this machine's. */
export type Calendar = { readonly now: number; readonly zone?: string };

/** A wall clock's fields; months from 1. */
type Wall = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

const UNITS = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/**
 * Milliseconds UTC of `2026`, `2026-05`, `2026-05-01`, `2026-05-01T12:30`, `3h`, `7d`, `2w`, `6m` (months), `1y`, `today`,
 * `yesterday`; null for anything else, and for a day that no calendar has.
 */
export function moment(value: string, calendar: Calendar): number | null {
  const ago = /^(\d{1,5})(h|d|w|mo?|y)$/i.exec(value);
  if (ago) return before(calendar, Number(ago[1]), ago[2]!.toLowerCase());
  if (/^(today|yesterday)$/i.test(value)) {
    const [year, month, day] = wallOf(calendar.now, calendar.zone);
    return utcOf([year, month, day - (/^t/i.test(value) ? 0 : 1), 0, 0, 0], calendar.zone);
  }
  const parts = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2}):(\d{2})(?::(\d{2}))?(Z)?)?)?)?$/i.exec(value);
  return parts && absolute(parts, calendar.zone);
}

function before({ now, zone }: Calendar, count: number, unit: string): number | null {
  if (unit === "h" || unit === "d" || unit === "w") return now - count * UNITS[unit];
  const [year, month, day, hour, minute, second] = wallOf(now, zone);
  const months = year * 12 + month - 1 - (unit === "y" ? 12 * count : count);
  if (months < 12) return null;
  const [y, m] = [Math.floor(months / 12), (months % 12) + 1];
  // A month before 31 March is the end of February.
  const last = new Date(Date.UTC(y, m, 0)).getUTCDate();
  return utcOf([y, m, Math.min(day, last), hour, minute, second], zone);
}

function absolute(parts: RegExpExecArray, zone: string | undefined): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => (part ? Number(part) : undefined));
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return null;
  const wall: Wall = [year, month, day, hour, minute, second];
  return parts[7] === undefined ? utcOf(wall, zone) : utc(wall);
}

const utc = ([year, month, day, hour, minute, second]: Wall) => {
  const date = new Date(0);
  // Date.UTC reads the years 0 to 99 as 19…
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second);
};

/** When a clock in the zone shows that; where it shows it never (an hour skipped in spring), an hour beside it. */
function utcOf(wall: Wall, zone: string | undefined): number {
  const guess = utc(wall);
  const first = guess - (utc(wallOf(guess, zone)) - guess);
  return guess - (utc(wallOf(first, zone)) - first);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const KEPT = 20;

function formatOf(zone: string | undefined): Intl.DateTimeFormat {
  const name = zone ?? "";
  const known = formats.get(name);
  if (known) return known;
  const made = makeFormat(zone) ?? makeFormat(undefined)!;
  if (formats.size >= KEPT) formats.clear();
  formats.set(name, made);
  return made;
}

function makeFormat(timeZone: string | undefined): Intl.DateTimeFormat | null {
  const two = "2-digit";
  const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...fields, timeZone, hourCycle: "h23", era: "short" });
  } catch {
    return null;
  }
}

/** What a clock in the zone shows, to the second. */
function wallOf(ms: number, zone: string | undefined): Wall {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = [
    "year", "month", "day", "hour", "minute", "second",
  ].map((type) => Number(parts.get(type as Intl.DateTimeFormatPartTypes))); // prettier-ignore
  return [parts.get("era")?.startsWith("B") ? 1 - year : year, month, day, hour, minute, second];
}
