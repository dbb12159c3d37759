import { describe, expect, test } from "bun:test";
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { type Putting, putFile } from "../../../src/commis/resume/put-file.ts";
import { renamed } from "../../../src/commis/resume/renamed.ts";
import { smallDisk } from "../../support/small-disk.ts";
import { tempDir } from "../../support/temp.ts";

const TEXT = "one\ntwo\nthree\n";

/** In pieces of `size` bytes. */
const pieces = (text: string | Uint8Array, size = 5) =>
  async function* () {
    const bytes = Buffer.from(text as string);
    for (let at = 0; at < bytes.length; at += size) yield new Uint8Array(bytes.subarray(at, at + size));
  };

function putting(more: Partial<Putting> = {}): Putting {
  const dir = tempDir();
  return { path: join(dir, "a/b/session.jsonl"), bytes: pieces(TEXT), stage: dir, ...more };
}

function holding(text: string, more: Partial<Putting> = {}): Putting {
  const put = putting(more);
  mkdirSync(dirname(put.path), { recursive: true });
  writeFileSync(put.path, text);
  return put;
}

const read = ({ path }: Putting) => readFileSync(path, "utf8");
const left = ({ stage }: Putting) => readdirSync(stage).filter((name) => name.startsWith("."));
const fault = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as { code: string; details: unknown },
  );

describe("what is not there", () => {
  test("is written whole, for this user alone, and leaves nothing beside it", async () => {
    const put = putting();

    expect(await putFile(put)).toBe("written");

    expect([read(put), statSync(put.path).mode & 0o777, statSync(dirname(put.path)).mode & 0o777]).toEqual([
      TEXT,
      0o600,
      0o700,
    ]);
    expect(left(put)).toEqual([]);
  });

  test("is not there when the bytes break off", async () => {
    const broken = async function* () {
      yield new Uint8Array([1]);
      throw new Error("gone");
    };
    const put = putting({ bytes: broken });

    expect(putFile(put)).rejects.toThrow("gone");

    expect([readdirSync(dirname(put.path)), left(put)]).toEqual([[], []]);
  });

  test("and comes meanwhile from somebody else stays as that one made it", async () => {
    const put = putting();
    let first = true;
    const slow = async function* () {
      if (first) writeFileSync(put.path, "other\n");
      first = false;
      yield* pieces(TEXT)();
    };
    mkdirSync(dirname(put.path), { recursive: true });

    expect(await putFile({ ...put, bytes: slow })).toBe("diverged");

    expect(read(put)).toBe("other\n");
  });
});

describe("what is there", () => {
  test("stays when it is equal or longer", async () => {
    for (const text of [TEXT, `${TEXT}four\n`, `${TEXT}fo`]) {
      const put = holding(text);

      expect(await putFile(put)).toBe("kept");
      expect(read(put)).toBe(text);
    }
  });

  test("is added to when it is behind: it stays the same file", async () => {
    for (const text of ["", "one\n", "one\ntw", TEXT.slice(0, -1)]) {
      const put = holding(text);
      const { ino } = statSync(put.path);

      expect(await putFile(put)).toBe("extended");
      expect([read(put), statSync(put.path).ino]).toEqual([TEXT, ino]);
    }
  });

  test("stays when it holds anything else", async () => {
    for (const text of ["two\n", "one\nTWO\nthree\n", "one\ntwo\nthree!\n"]) {
      const put = holding(text);

      expect(await putFile(put)).toBe("diverged");
      expect([read(put), left(put)]).toEqual([text, []]);
    }
  });

  test("and grows while it is looked at is not added to", async () => {
    const put = holding("one\n");
    let times = 0;
    const bytes = async function* () {
      if (times++ === 1) writeFileSync(put.path, "one\nown\n");
      yield* pieces(TEXT)();
    };
    writeFileSync(put.path, "one\n");

    const done = await putFile({ ...put, bytes });

    // Seen before or after it grew: never mixed.
    expect(["diverged", "extended"]).toContain(done);
    expect(["one\nown\n", TEXT]).toContain(read(put));
  });

  test("of a file that is rewritten whole is replaced when it is archived, else it stays", async () => {
    const older = holding("older", {
      mayReplace: async (sha) => sha === new Bun.CryptoHasher("sha256").update("older").digest("hex"),
    });
    const own = holding("own", { mayReplace: async () => false });

    expect([await putFile(older), read(older)]).toEqual(["replaced", TEXT]);
    expect([await putFile(own), read(own)]).toEqual(["diverged", "own"]);
    expect([left(older), left(own)]).toEqual([[], []]);
  });

  test.skipIf(process.getuid?.() !== 0)("and cannot be added to on a full disk is as it was (root only)", async () => {
    const disk = smallDisk("400k");
    const long = `${"x".repeat(200 * 1024)}\n`;
    const put = { path: join(disk.dir, "session.jsonl"), stage: disk.dir, bytes: pieces(`one\n${long}`, 8192) };
    writeFileSync(put.path, "one\n");
    disk.fill(100 * 1024);

    const { code } = await fault(putFile(put));
    const fresh = await fault(putFile({ ...put, path: join(disk.dir, "fresh.jsonl") }));

    expect([code, fresh.code]).toEqual(["disk_full", "disk_full"]);
    expect(readFileSync(put.path, "utf8")).toBe("one\n");
    expect(readdirSync(disk.dir).toSorted()).toEqual(["ballast", "session.jsonl"]);
    disk.close();
  });

  test("and is a link, a folder or a pipe is neither followed nor read", async () => {
    const victim = join(tempDir(), "victim");
    writeFileSync(victim, "one\n");
    const link = putting();
    mkdirSync(dirname(link.path), { recursive: true });
    symlinkSync(victim, link.path);
    const dangling = putting();
    mkdirSync(dirname(dangling.path), { recursive: true });
    symlinkSync(join(tempDir(), "new"), dangling.path);
    const folder = putting();
    mkdirSync(folder.path, { recursive: true });
    const pipe = putting();
    mkdirSync(dirname(pipe.path), { recursive: true });
    Bun.spawnSync(["mkfifo", pipe.path]);

    for (const put of [link, dangling, folder, pipe]) {
      const { code, details } = await fault(putFile(put));

      expect([code, details]).toEqual(["invalid", { fork_available: true }]);
    }
    expect(readFileSync(victim, "utf8")).toBe("one\n");
  });

  test("a folder above that is a file is told, and stays", async () => {
    const put = putting();
    writeFileSync(join(put.stage, "a"), "mine");

    expect((await fault(putFile(put))).code).toBe("invalid");

    expect(readFileSync(join(put.stage, "a"), "utf8")).toBe("mine");
  });

  test("a second name of the file sees what is added, and nothing is lost", async () => {
    const put = holding("one\n");
    linkSync(put.path, join(put.stage, "second"));

    await putFile(put);

    expect(readFileSync(join(put.stage, "second"), "utf8")).toBe(TEXT);
  });
});

test("whatever is there and whatever is archived: the end is one of the two, and never shorter than what was there", async () => {
  const words = fc.stringMatching(/^[ab\n]{0,12}$/);
  await fc.assert(
    fc.asyncProperty(words, words, fc.integer({ min: 1, max: 7 }), async (local, archived, size) => {
      const put = holding(local, { bytes: pieces(archived, size) });

      const done = await putFile(put);

      const after = read(put);
      expect([local, archived]).toContain(after);
      expect(after.startsWith(local)).toBe(true);
      if (done === "diverged") expect(archived.startsWith(local) || local.startsWith(archived)).toBe(false);
      else expect(after.startsWith(archived)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a copy holds the new id wherever the old one stood, however the bytes are cut", async () => {
  const [from, to] = ["abcab", "XYZXY"];
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^(?:abcab|[abc\n]){0,12}$/),
      fc.integer({ min: 1, max: 9 }),
      async (text, size) => {
        const out: Uint8Array[] = [];
        for await (const piece of renamed(pieces(text, size)(), from, to)) out.push(Buffer.from(piece));

        expect(Buffer.concat(out).toString()).toBe(text.replaceAll(from, to));
      },
    ),
    { numRuns: 500 },
  );
});
