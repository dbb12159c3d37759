import { expect, test } from "bun:test";
import { createStats } from "../../src/lib/stats.ts";

test("a counter adds up by its labels", () => {
  const stats = createStats();

  stats.count("bytes_total", { provider: "a" }, 5);
  stats.count("bytes_total", { provider: "a" }, 7);
  stats.count("bytes_total", { provider: "b" });

  expect(stats.render()).toContain('bytes_total{provider="a"} 12\nbytes_total{provider="b"} 1\n');
  expect(stats.total("bytes_total")).toBe(13);
});

test("a known counter is shown before it counts", () => {
  expect(createStats(["events_total"]).render()).toContain("events_total 0");
});

test("a histogram's buckets are cumulative", () => {
  const stats = createStats();

  stats.observe("search_seconds", 0.004);
  stats.observe("search_seconds", 0.2);

  const text = stats.render();
  expect(text).toContain('search_seconds_bucket{le="0.0025"} 0');
  expect(text).toContain('search_seconds_bucket{le="0.005"} 1');
  expect(text).toContain('search_seconds_bucket{le="+Inf"} 2');
  expect(text).toContain("search_seconds_count 2");
});

test("a label cannot break out of its quotes", () => {
  const stats = createStats();

  stats.count("x_total", { name: 'a"b\n\\' });

  expect(stats.render()).toContain('x_total{name="a\\"b\\n\\\\"} 1');
});

test("gauges show the value of this moment", () => {
  expect(createStats().render({ wal_bytes: 42 })).toContain("# TYPE wal_bytes gauge\nwal_bytes 42\n");
});
