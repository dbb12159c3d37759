import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "../support/temp.ts";

const OPEN = join(import.meta.dir, "../../src/shipper/spool-open.ts");

test("eight that make the spool at the same moment all have it, and none is told that it is locked", async () => {
  for (let round = 0; round < 3; round++) {
    const path = join(tempDir(), "spool.db");
    const at = Date.now() + 600;
    const script = `const { openSpool } = await import(${JSON.stringify(OPEN)});
      while (Date.now() < ${at}) {}
      openSpool(${JSON.stringify(path)}, { check: true }).spool.setMeta("who", String(process.pid));`;
    const all = Array.from({ length: 8 }, () =>
      Bun.spawn([process.execPath, "-e", script], { stdio: ["ignore", "ignore", "pipe"] }),
    );
    const ends = await Promise.all(all.map(async (one) => [await one.exited, await new Response(one.stderr).text()]));
    expect(ends).toEqual(all.map(() => [0, ""]));
  }
}, 60_000);
