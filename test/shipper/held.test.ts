import { expect, test } from "bun:test";
import { closeSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Held } from "../../src/shipper/held.ts";
import type { Found } from "../../src/shipper/scan.ts";
import { tempDir } from "../support/temp.ts";

function file(text: string): Found {
  const path = join(tempDir(), "a.jsonl");
  writeFileSync(path, text);
  const { ino, size, mtimeMs } = statSync(path);
  return { provider: "claude", path, unit: "lines", inode: ino, size, mtime: mtimeMs };
}

test("a file that is replaced is given out, with what it held", () => {
  const held = new Held();
  const first = file("one\n");
  held.hold(first);
  writeFileSync(`${first.path}.new`, "other\n");
  renameSync(`${first.path}.new`, first.path);

  const before = held.hold({ ...first, inode: statSync(first.path).ino });

  expect(readFileSync(before!.fd, "utf8")).toBe("one\n");
  closeSync(before!.fd);
  held.close();
});

test("a file is known by its own inode, not by that of an older look, which may have been given again", () => {
  const held = new Held();
  const now = file("one\n");

  const outdated = held.hold({ ...now, inode: now.inode + 1 });
  const again = held.hold({ ...now, inode: now.inode + 2 });

  expect([outdated, again]).toEqual([null, null]);
  expect(held.all().map(({ inode }) => inode)).toEqual([now.inode]);
  expect(held.releaseOther(now.path, now.inode)).toBeNull();
  held.close();
});
