import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { cleanRanges, giveBackProgramPages } from "../../src/lib/program-pages.ts";

const mapping = (head: string, anonymous: number) =>
  `${head}\nSize: 24800 kB\nRss: 100 kB\nAnonymous:          ${anonymous} kB\nVmFlags: rd mr\n`;

test("only what nobody can write to and nobody has written to is given back", () => {
  const smaps = [
    mapping("00200000-00300000 r--p 00000000 fe:00 11    /opt/a b/longhouse", 0),
    mapping("00300000-00500000 r-xp 00100000 fe:00 11    /opt/a b/longhouse", 0),
    mapping("00500000-00510000 r--p 00300000 fe:00 11    /opt/a b/longhouse", 32),
    mapping("00510000-00520000 rw-p 00310000 fe:00 11    /opt/a b/longhouse", 0),
    mapping("7f0000000000-7f0000100000 r-xp 00000000 fe:00 12    /usr/lib/libc.so.6", 0),
    mapping("7f0000200000-7f0000300000 rw-p 00000000 00:00 0 ", 0),
  ].join("");

  expect(cleanRanges(smaps, "/opt/a b/longhouse")).toEqual([
    { from: 0x200000, bytes: 0x100000 },
    { from: 0x300000, bytes: 0x200000 },
  ]);
});

test.skipIf(process.platform !== "linux")(
  "a process goes on after its pages were given back, and is smaller (Linux)",
  () => {
    const resident = () => Number(/^RssFile:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);
    const before = resident();

    expect(giveBackProgramPages()).toBeGreaterThan(10_000_000);

    expect(resident()).toBeLessThan(before);
    expect(JSON.parse(JSON.stringify({ still: [..."here"] }))).toEqual({ still: ["h", "e", "r", "e"] });
  },
);
