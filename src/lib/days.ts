/** Days as people of a time zone have them: 23 and 25 hours long when their clocks change. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Names the day of a moment (ms UTC) in one time zone. */
export type DayOf = (ms: number) => string;

/** Whether there is such a time zone ("Europe/Vienna", "UTC", "+05:30"). */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** "2026-03-29" for a moment; throws RangeError for a zone that does not exist. */
export function dayNamer(timeZone: string): DayOf {
  const format = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return `${parts["year"]!.padStart(4, "0")}-${parts["month"]}-${parts["day"]}`;
  };
}

/** Names the weekday (0 = Monday) and hour (0 to 23) of a moment (ms UTC) in a time zone that exists. */
export function hourNamer(timeZone: string): (ms: number) => { readonly weekday: number; readonly hour: number } {
  const format = new Intl.DateTimeFormat("en", { timeZone, weekday: "short", hour: "numeric", hourCycle: "h23" });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return { weekday: WEEKDAYS.indexOf(parts["weekday"]!), hour: Number(parts["hour"]) };
  };
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The first moment (ms UTC) of a day ("2026-03-29"), to the minute; where midnight does not exist, what follows it. */
export function startOfDay(timeZone: string, day: string): number {
  const dayOf = dayNamer(timeZone);
  const utc = Date.parse(`${day}T00:00:00Z`);
  // "2026-02-30" is parsed as the 2nd of March.
  const real = new Date(utc).toISOString().slice(0, 10);
  // No zone is further than a day from UTC; days only grow with time.
  let [before, after] = [(utc - DAY) / MINUTE, (utc + DAY) / MINUTE];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle * MINUTE) < real) before = middle;
    else after = middle;
  }
  return after * MINUTE;
}

/** The day after ("2026-02-28" → "2026-03-01"); after the last one that four digits name, that one. */
export function nextDay(day: string): string {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
  return next.startsWith("+") ? day : next;
}
