/** Counters and histograms, as Prometheus reads them. */

export type Labels = Readonly<Record<string, string>>;

export type Stats = {
  /** Adds `by` (1) to a counter; its name ends in `_total`. */
  count(name: string, labels?: Labels, by?: number): void;
  /** Puts a duration in seconds into a histogram. */
  observe(name: string, seconds: number): void;
  /** The text of /metrics; `gauges` are values of this moment, by name. */
  render(gauges?: Readonly<Record<string, number>>): string;
  /** A counter's value, all its labels together; 0 when it never counted. */
  total(name: string): number;
};

/** Upper bounds, seconds: a search takes milliseconds, a slow disk seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type Histogram = { readonly counts: number[]; sum: number; count: number };

/** Keeps everything in memory. Names in `known` without labels are shown as 0 before they first count. */
export function createStats(known: readonly string[] = []): Stats {
  const counters = new Map<string, Map<string, number>>(known.map((name) => [name, new Map([["", 0]])]));
  const histograms = new Map<string, Histogram>();

  return {
    count(name, labels = {}, by = 1) {
      const series = counters.get(name) ?? new Map<string, number>();
      counters.set(name, series);
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    observe(name, seconds) {
      const found = histograms.get(name) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      histograms.set(name, found);
      BUCKETS.forEach((bound, i) => seconds <= bound && found.counts[i]!++);
      found.sum += seconds;
      found.count++;
    },
    render(gauges = {}) {
      const lines: string[] = [];
      for (const [name, series] of counters) lines.push(...counterLines(name, series));
      for (const [name, histogram] of histograms) lines.push(...histogramLines(name, histogram));
      for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
      return `${lines.join("\n")}\n`;
    },
    total: (name) => [...(counters.get(name)?.values() ?? [])].reduce((sum, value) => sum + value, 0),
  };
}

function counterLines(name: string, series: ReadonlyMap<string, number>): string[] {
  // The 0 of a known counter gives way to the first that has labels.
  const shown = [...series].filter(([labels, value]) => labels !== "" || value > 0 || series.size === 1);
  return [`# TYPE ${name} counter`, ...shown.map(([labels, value]) => `${name}${labels} ${value}`)];
}

function histogramLines(name: string, { counts, sum, count }: Histogram): string[] {
  const buckets = BUCKETS.map((bound, i) => `${name}_bucket{le="${bound}"} ${counts[i]}`);
  return [
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
  ];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length ? `{${pairs.join(",")}}` : "";
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
