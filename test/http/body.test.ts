import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { connect } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BODY_MAX, MIB } from "../../src/domain/limits.ts";
import { arriving } from "../../src/http/body/arrive.ts";
import { createBudget, grow, release, type Budget } from "../../src/http/body/budget.ts";
import { PIECE } from "../../src/http/body.ts";
import { bodyApp } from "../support/body-server.ts";
import { Hono } from "hono";

const app = bodyApp();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  maxRequestBodySize: 1 << 30,
  fetch: (r, s) => app.fetch(r, s),
});
afterAll(() => server.stop(true));

type Encoding = "identity" | "gzip" | "zstd";
const ENCODINGS: readonly Encoding[] = ["identity", "gzip", "zstd"];
const encode = { identity: (b: Uint8Array) => b, gzip: gzipSync, zstd: zstdCompressSync };
const post = (path: string, body: Uint8Array | ReadableStream, encoding = "identity") =>
  fetch(new URL(path, server.url), {
    method: "POST",
    body: body as BodyInit,
    headers: { "content-encoding": encoding },
  });
const sha = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const inChunks = (bytes: Uint8Array) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 100_000) controller.enqueue(bytes.subarray(at, at + 100_000));
      controller.close();
    },
  });

/** Lines like a log's, not all alike. */
function log(bytes: number): Uint8Array {
  const line = (n: number) => `{"n":${n},"text":"${(n * 2654435761) % 4294967296} some words that come again"}\n`;
  const lines: string[] = [];
  for (let n = 0, length = 0; length < bytes; n++) length += lines[lines.push(line(n)) - 1]!.length;
  return Buffer.from(lines.join("")).subarray(0, bytes);
}

describe("a body arrives as it was sent", () => {
  const sizes = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * MIB, 2 * MIB + 1, 9 * MIB + 7];
  const cases = ENCODINGS.flatMap((encoding) => sizes.map((size) => [encoding, size] as const));
  test.each(cases)("%s, %d bytes, whole, in pieces, and chunked", async (encoding, size) => {
    const bytes = log(size);
    const sent = encode[encoding](bytes);

    for (const path of ["/whole", "/pieces"])
      for (const body of [sent, inChunks(sent)]) {
        const got = (await (await post(path, body, encoding)).json()) as {
          bytes: number;
          largest: number;
          hash: string;
        };
        expect([path, got.bytes, got.hash]).toEqual([path, size, sha(bytes)]);
        if (path === "/pieces") expect(got.largest).toBeLessThanOrEqual(PIECE);
      }
  });

  test("exactly the limit is read, one byte more is 413 with the limit", async () => {
    const most = Buffer.alloc(BODY_MAX, "a\n");
    const more = Buffer.concat([most, Buffer.from("!")]);

    for (const encoding of ENCODINGS) {
      expect(await (await post("/count", encode[encoding](most), encoding)).json()).toEqual({ bytes: BODY_MAX });
      for (const body of [encode[encoding](more), inChunks(encode[encoding](more))]) {
        const answer = await post("/count", body, encoding);
        expect([encoding, answer.status]).toEqual([encoding, 413]);
        expect(await answer.json()).toMatchObject({ error: { code: "too_large" }, limit: BODY_MAX });
      }
    }
  });

  test("several members one after another are one body", async () => {
    for (const encoding of ["gzip", "zstd"] as const) {
      const sent = Buffer.concat([encode[encoding](log(1000)), encode[encoding](log(10))]);
      expect(await (await post("/whole", sent, encoding)).json()).toMatchObject({ bytes: 1010 });
    }
  });
});

describe("what does not decode is 400, and nothing of it is read", () => {
  const bytes = { small: log(5000), big: log(6 * MIB) };
  const damage: Record<string, (b: Buffer) => Buffer> = {
    "cut by a byte": (b) => b.subarray(0, -1),
    "cut in half": (b) => b.subarray(0, b.length >> 1),
    "only its head": (b) => b.subarray(0, 6),
    "garbage behind": (b) => Buffer.concat([b, Buffer.from("garbage")]),
    "zeros behind": (b) => Buffer.concat([b, Buffer.alloc(64)]),
    "wrong end": (b) => Buffer.concat([b.subarray(0, -6), Buffer.from([1, 2, 3, 4, 5, 6])]),
    "not compressed": () => Buffer.from('{"plain":1}\n'),
  };
  const cases = (["gzip", "zstd"] as const).flatMap((encoding) =>
    Object.keys(damage).flatMap((kind) => (["small", "big"] as const).map((size) => [encoding, size, kind] as const)),
  );
  test.each(cases)("%s, %s: %s", async (encoding, size, kind) => {
    // zstd has no checksum by default: a wrong end is only seen when it breaks the frame.
    if (encoding === "zstd" && kind === "wrong end") return;
    const sent = damage[kind]!(Buffer.from(encode[encoding](bytes[size])));

    for (const path of ["/whole", "/pieces"]) {
      const answer = await post(path, sent, encoding);
      expect([path, answer.status, ((await answer.json()) as { error?: { code: string } }).error?.code]).toEqual([
        path,
        400,
        "bad_request",
      ]);
    }
  });

  test.each(["br", "deflate", "gzip, gzip", "gzip,zstd", "x-gzip", "compress", "nonsense"])(
    "%p is 415",
    async (encoding) => {
      const answer = await post("/whole", Buffer.from("x"), encoding);

      expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
        415,
        "unsupported_encoding",
      ]);
    },
  );

  test("random bytes never pass as compressed, and never break the server", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("gzip", "zstd"),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        async (encoding, junk) => {
          const head = encoding === "gzip" ? [0x1f, 0x8b, 8, 0] : [0x28, 0xb5, 0x2f, 0xfd];
          for (const body of [junk, Uint8Array.from([...head, ...junk])])
            expect([200, 400]).toContain((await post("/whole", body, encoding)).status);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("memory", () => {
  test("bombs of both kinds are 413 with at most 64 MB more, and a small request is answered meanwhile", async () => {
    const child = Bun.spawn([process.execPath, "test/support/body-server.ts"], {
      cwd: `${import.meta.dir}/../..`,
      stdout: "pipe",
    });
    try {
      const port = Number(
        (
          await child.stdout
            .getReader()
            .read()
            .then(({ value }) => new TextDecoder().decode(value))
        ).trim(),
      );
      const at = (path: string) => `http://127.0.0.1:${port}${path}`;
      const rss = async () => Number(await (await fetch(at("/rss"))).text());
      const zeros = Buffer.alloc(512 * MIB);
      const bombs = [
        ["gzip", gzipSync(zeros)],
        ["zstd", zstdCompressSync(zeros)],
      ] as const;
      const before = await rss();
      let peak = before;
      let slowest = 0;
      let over = false;
      const watch = (async () => {
        while (!over) {
          const start = performance.now();
          peak = Math.max(peak, await rss());
          slowest = Math.max(slowest, performance.now() - start);
          await Bun.sleep(2);
        }
      })();

      const answers = await Promise.all(
        [0, 1, 2].flatMap(() =>
          bombs.flatMap(([encoding, body]) =>
            ["/whole", "/pieces"].map((path) =>
              fetch(at(path), { method: "POST", body: body as BodyInit, headers: { "content-encoding": encoding } }),
            ),
          ),
        ),
      );
      over = true;
      await watch;

      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 413));
      expect(peak - before).toBeLessThanOrEqual(64);
      // Not a timed test: without turns it is the 12 bombs together, seconds.
      expect(slowest).toBeLessThan(500);
    } finally {
      child.kill();
      await child.exited;
    }
  }, 60_000);

  const share = (budget: Budget) => ({ budget, bytes: 0 });

  test("what does not fit waits in line, and in order", async () => {
    const budget = createBudget(100, 1000);
    const [a, b, c] = [share(budget), share(budget), share(budget)];
    const order: string[] = [];
    await grow(a, 80);

    const waits = [grow(b, 50).then(() => order.push("b")), grow(c, 10).then(() => order.push("c"))];
    await Bun.sleep(5);
    expect([order, budget.used]).toEqual([[], 80]);
    release(a);
    await Promise.all(waits);

    expect([order, budget.used]).toEqual([["b", "c"], 60]);
    release(b);
    release(c);
    expect(budget.used).toBe(0);
  });

  test("a single one may be larger than all there is, when it is alone", async () => {
    const budget = createBudget(100, 20);
    const [big, small] = [share(budget), share(budget)];

    await grow(big, 500);

    await expect(grow(small, 1)).rejects.toMatchObject({ code: "slow_down" });
    release(big);
    await grow(small, 1);
    expect(budget.used).toBe(1);
  });

  test("who is sent away leaves the line to those behind", async () => {
    const budget = createBudget(100, 60);
    const [a, big, small] = [share(budget), share(budget), share(budget)];
    await grow(a, 80);
    const refused = expect(grow(big, 50)).rejects.toMatchObject({ code: "slow_down", details: { retry_after: 2 } });
    await Bun.sleep(30);

    const letIn = grow(small, 10);

    await refused;
    await letIn;
    expect(budget.used).toBe(90);
  });

  test("many large bodies at once all get through, or are asked to come again", async () => {
    const body = Buffer.alloc(20 * MIB, "line\n");

    const codes = await Promise.all(Array.from({ length: 10 }, () => post("/slow", body).then(({ status }) => status)));

    expect(codes.every((code) => code === 200 || code === 429)).toBe(true);
    expect(codes.filter((code) => code === 200).length).toBeGreaterThan(3);
  }, 20_000);
});

describe("senders", () => {
  test("one that goes away in the middle ends the reading", async () => {
    let told: unknown;
    const hono = new Hono().post("/", async (c) => {
      try {
        for await (const _ of arriving(c));
      } catch (error) {
        told = error;
      }
      return c.text("");
    });
    const own = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: hono.fetch });
    const socket = connect(own.port!, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc");
    await Bun.sleep(50);

    socket.destroy();
    await Bun.sleep(50);

    expect(told).toMatchObject({ code: "bad_request" });
    own.stop(true);
  });

  test("a trickle is cut off, a steady sender and a slow reader are not", async () => {
    const hono = new Hono().post("/:reader", async (c) => {
      let bytes = 0;
      for await (const piece of arriving(c, 200)) {
        bytes += piece.length;
        if (c.req.param("reader") === "slow") await Bun.sleep(30);
      }
      return c.text(String(bytes));
    });
    hono.onError((error, c) => c.text(error.message, 400));
    const own = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: hono.fetch });
    const dripping = new Promise<string>((resolve) => {
      const socket = connect(own.port!, "127.0.0.1");
      let answer = "";
      socket.write("POST /fast HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
      const timer = setInterval(() => socket.write("x"), 20);
      socket.on("data", (data) => (answer += data));
      socket.on("close", () => (clearInterval(timer), resolve(answer)));
      socket.on("error", () => {});
    });

    expect(await dripping).toContain("too slowly");
    const body = new Uint8Array(3 * MIB);
    const slow = await fetch(new URL("/slow", own.url), { method: "POST", body });
    expect(await slow.text()).toBe(String(body.length));
    own.stop(true);
  });
});
