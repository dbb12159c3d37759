import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  deviceTokenFile,
  deviceUrlFile,
  sameServer,
  storeDeviceToken,
  tokenFor,
  tokenReader,
  type TokenPlaces,
} from "../../src/shipper/token.ts";
import { tempDir } from "../support/temp.ts";

const A = { url: "http://127.0.0.1:1001", token: "lh_of_a" };
const B = { url: "https://box.example.com", token: "lh_of_b" };
const noHome = tempDir();
const places = (shipperDir: string): TokenPlaces => ({ token: null, home: noHome, shipperDir });

describe("a stored token", () => {
  test("is private, also where the folder was missing or the file open to all", () => {
    const dir = join(tempDir(), "not", "there");
    storeDeviceToken(dir, A);
    chmodSync(deviceTokenFile(dir), 0o644);
    storeDeviceToken(dir, A);

    const modes = [deviceTokenFile(dir), deviceUrlFile(dir)].map((path) => statSync(path).mode & 0o777);

    expect(modes).toEqual([0o600, 0o600]);
    expect(readdirSync(dir)).toHaveLength(2);
  });

  test("goes to its own server by every way to write its URL, and to no other", () => {
    const dir = tempDir();
    storeDeviceToken(dir, A);
    const of = (url: string) => tokenFor(url, places(dir));

    for (const url of ["http://127.0.0.1:1001/", "http://localhost:1001", "http://[::1]:1001"])
      expect([url, of(url)]).toEqual([url, A.token]);
    for (const url of [
      "http://127.0.0.1:1002",
      "http://127.0.0.2:1001",
      "https://127.0.0.1:1001",
      "http://127.0.0.1.evil.com:1001",
      "http://localhost.evil.com:1001",
      "http://evil.com:1001",
      "http://evil.com:1001#127.0.0.1:1001",
      "http://127.0.0.1:1001@evil.com",
      "http://127.0.0.1:1001/other",
      "not a url",
      B.url,
    ])
      expect([url, of(url)]).toEqual([url, null]);
  });

  test("is read anew by whoever keeps a reader of it once it was written anew, taken away or put back", () => {
    const dir = tempDir();
    const token = tokenReader(A.url, places(dir));
    const seen = [token()];
    for (const act of [
      () => storeDeviceToken(dir, A),
      () => storeDeviceToken(dir, { ...A, token: "lh_new" }),
      () => storeDeviceToken(dir, B),
      () => storeDeviceToken(dir, A),
      () => rmSync(deviceTokenFile(dir)),
      () => writeFileSync(deviceTokenFile(dir), "lh_by_hand\n"),
    ]) {
      act();
      seen.push(token());
    }

    expect(seen).toEqual([null, A.token, "lh_new", null, A.token, null, "lh_by_hand"]);
  });

  test("is none where the folder is a file, or nothing", () => {
    const file = join(tempDir(), "file");
    writeFileSync(file, "");

    for (const dir of [file, join(file, "below"), join(tempDir(), "missing")])
      expect(tokenFor(A.url, places(dir))).toBeNull();
  });

  test("of another server is never found beside a URL that is not its own, while both are written over and over", async () => {
    const dir = tempDir();
    const writer = Bun.spawn([process.execPath, "-e", WRITER, dir], { stdout: "ignore", stderr: "inherit" });
    const wrong: unknown[] = [];
    const found = new Set<string | null>();
    try {
      for (let looks = 0; looks < 20_000 || (found.size < 3 && looks < 500_000); looks++) {
        const [a, b] = [A, B].map(({ url }) => tokenFor(url, places(dir)));
        if ((a !== null && a !== A.token) || (b !== null && b !== B.token)) wrong.push([a, b]);
        found.add(a!).add(b!);
        if (looks % 100 === 0) await Bun.sleep(0);
      }
    } finally {
      writer.kill();
      await writer.exited;
    }

    expect(wrong).toEqual([]);
    expect(found).toEqual(new Set([A.token, B.token, null]));
  }, 60_000);

  test("of a writer that is killed at any moment is whole, and beside its own URL or none", async () => {
    for (let kill = 0; kill < 25; kill++) {
      const dir = tempDir();
      storeDeviceToken(dir, A);
      const writer = Bun.spawn([process.execPath, "-e", WRITER, dir], { stdout: "ignore", stderr: "inherit" });
      while (readFileSync(deviceTokenFile(dir), "utf8").trim() === A.token && writer.exitCode === null)
        await Bun.sleep(1);
      await Bun.sleep(Math.random() * 5);
      writer.kill("SIGKILL");
      await writer.exited;

      const its = [A, B].filter(({ url }) => tokenFor(url, places(dir)) !== null);
      for (const { url, token } of its) expect(tokenFor(url, places(dir))).toBe(token);
      expect([A.token, B.token]).toContain(readFileSync(deviceTokenFile(dir), "utf8").trim());
    }
  }, 60_000);
});

/** Stores A and B in turn until it is ended. */
const WRITER = `
  const { storeDeviceToken } = await import(${JSON.stringify(join(import.meta.dir, "../../src/shipper/token.ts"))});
  for (;;) for (const pair of ${JSON.stringify([B, A])}) storeDeviceToken(process.argv[1], pair);
`;

test("one server has many names on this machine, and two servers never one", () => {
  expect(sameServer("http://LOCALHOST:80/", "http://127.0.0.1")).toBe(true);
  expect(sameServer("https://box:443", "https://BOX/")).toBe(true);
  expect(sameServer("http://box", "https://box")).toBe(false);
  expect(sameServer("http://box", "http://box:8080")).toBe(false);
});
