/** Amounts as people read them. */

const SIZES = ["B", "kB", "MB", "GB", "TB"] as const;

/** 1234567 → "1.2 MB". */
export function bytesText(bytes: number): string {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[step]}`;
}

/** 1234567 → "1.2 M", 12345 → "12,345". */
export function tokensText(tokens: number): string {
  if (tokens < 1e6) return tokens.toLocaleString("en-US");
  const [unit, size] = tokens < 1e9 ? ["M", 1e6] : ["G", 1e9];
  return `${(tokens / size).toFixed(tokens / size < 100 ? 1 : 0)} ${unit}`;
}

/** 12.345 → "$12.35"; less than a cent keeps two digits that say something. */
export function dollarsText(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) return dollars < 0.0001 ? "<$0.0001" : `$${Number(dollars.toPrecision(2))}`;
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** 75 → "1 min 15 s". */
export function secondsText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** How long ago `at` (ms) was, seen from `now`: "just now", "5 min ago", "3 h ago", else the day. */
export function agoText(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return days < 7 ? `${days} d ago` : new Date(at).toISOString().slice(0, 10);
}

/** "7d", "12h", "30m" before `now`, or a date or time: ms UTC. null when it is neither. */
export function readSince(text: string, now: number): number | null {
  const span = /^(\d{1,6})\s*([mhdw])$/.exec(text);
  if (span) return now - Number(span[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }[span[2] as "m"];
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}
