import { expect, test } from "bun:test";
import { howFar } from "../../ui/timeline/import-words.ts";

const progress = { sources: 12, bytes: 2_000_000, done_bytes: 500_000, rate: 0, eta_s: null };

test("an import says what is known of it, and nothing that is not", () => {
  expect(howFar(progress)).toBe("500 kB of 2 MB");
  const agents = [
    { provider: "one", sources: 10, finished: 3, bytes: 1_500_000, done_bytes: 400_000 },
    { provider: "two", sources: 2, finished: 1, bytes: 500_000, done_bytes: 100_000 },
  ];
  expect(howFar({ ...progress, rate: 250_000, eta_s: 6, agents })).toBe(
    "500 kB of 2 MB · 4 of 12 files · 250 kB/s · 6 s left",
  );
});
