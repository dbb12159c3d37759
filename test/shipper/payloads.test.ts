/** The queue of bytes that the spool keeps, by itself and between a file and a server that both misbehave. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { appendFileSync, existsSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { freshRow } from "../../src/shipper/row.ts";
import type { Shipper } from "../../src/shipper/shipper.ts";
import { payloadsOf } from "../../src/shipper/spool-payloads.ts";
import { openSpool, spoolFile } from "../../src/shipper/spool-open.ts";
import type { SourceRow } from "../../src/shipper/spool.ts";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { error, type Ingest, type IngestServer, startIngestServer } from "../support/ingest-server.ts";
import { tempDir } from "../support/temp.ts";

// On a machine that does much else things take their time.
setDefaultTimeout(30_000);

const SOURCE = { provider: "claude", path: "/a.jsonl", unit: "lines", inode: 1, size: 0, mtime: 1 } as const;

function freshSpool() {
  const { spool } = openSpool(spoolFile(tempDir()));
  spool.chooseUnmet("http://127.0.0.1:1");
  return spool;
}

const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 30_000, max: 90_000 }));
const Act = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), size }),
  fc.record({ kind: fc.constant("cut" as const), part: fc.double({ min: 0, max: 0.99, noNaN: true }) }),
  fc.record({ kind: fc.constant("drop" as const) }),
  fc.record({ kind: fc.constant("reopen" as const) }),
);

test("whatever is added, cut and taken out, what is kept are the source's bytes, end to end", () => {
  fc.assert(
    fc.property(fc.array(Act, { maxLength: 15 }), (acts) => {
      let spool = freshSpool();
      let payloads = payloadsOf(spool);
      const file = new Uint8Array(1_500_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
      let row: SourceRow = freshRow(SOURCE);
      let begin = 0;
      for (const act of acts) {
        const first = payloads.first(SOURCE);
        if (act.kind === "add") {
          const next = { ...row, acked: row.acked + act.size };
          payloads.add(row, next, file.subarray(row.acked, next.acked));
          row = next;
        } else if (act.kind === "reopen") {
          const path = spool.db.filename;
          spool.close();
          spool = openSpool(path).spool;
          spool.chooseUnmet("http://127.0.0.1:1");
          payloads = payloadsOf(spool);
        } else if (first) {
          const length = act.kind === "drop" ? first.length : Math.floor(first.length * act.part);
          if (act.kind === "drop") payloads.drop(first);
          else payloads.cut(first, length);
          begin = first.start + length;
        }
      }
      const stored = payloads.stored();
      const again = payloadsOf(spool).stored();
      let at = begin;
      for (let one = payloads.first(SOURCE); one; one = payloads.first(SOURCE)) {
        expect(one.start).toBe(at);
        expect(Buffer.compare(payloads.bytesOf(one)!, file.subarray(at, at + one.length))).toBe(0);
        at += one.length;
        payloads.drop(one);
      }
      spool.close();

      expect(at).toBe(row.acked);
      expect(stored).toBe(again);
    }),
    { numRuns: 20 },
  );
}, 20_000);

test("lines that come one by one while nobody answers do not make a row each", () => {
  const spool = freshSpool();
  const payloads = payloadsOf(spool);
  let row: SourceRow = freshRow(SOURCE);

  for (let i = 0; i < 1000; i++) {
    const next = { ...row, acked: row.acked + 8 };
    payloads.add(row, next, Buffer.from(`${1_000_000 + i}\n`));
    row = next;
  }

  expect(spool.db.query<{ n: number }, []>("SELECT count(*) AS n FROM payloads").get()!.n).toBe(1);
  expect(payloads.first(SOURCE)!.length).toBe(8000);
  spool.close();
});

let home: AgentHome;
let server: IngestServer;
afterEach(async () => {
  await home?.close();
  await server?.stop();
});

/** Stores the bytes, and gives another answer than that. */
const loseAnswer = async ({ url, bytes, headers }: Ingest): Promise<Response> => {
  server.fail = () => undefined;
  await fetch(url, { method: "POST", body: new Uint8Array(bytes), headers });
  server.fail = loseAnswer;
  return new Response("", { status: 502 });
};

const MOODS: Readonly<Record<string, IngestServer["fail"]>> = {
  well: () => undefined,
  away: () => error(503, "starting"),
  silent: () => new Promise(() => {}),
  unwilling: () => error(401, "unauthenticated"),
  forgetful: loseAnswer,
};

const Deed = fc.constantFrom("append", "cut", "overwrite", "replace", "extend", "delete", "restart");
const Mood = fc.constantFrom(...Object.keys(MOODS));

/** Waits until all that stands in the file is acknowledged, or in the spool. */
const safe = (shipper: Shipper, path: string) =>
  until(() => {
    if (!existsSync(path)) return true;
    const all = statSync(path).size;
    const row = shipper.payloads.cover({ provider: "claude", path }) ?? shipper.spool.find("claude", path);
    return row?.acked === all && row.mtime === statSync(path).mtimeMs;
  });

test("every content that stood for a moment arrives, whatever server, file and shipper do", async () => {
  const once = async (deeds: readonly { readonly deed: string; readonly mood: string }[]) => {
    home = new AgentHome();
    server = startIngestServer();
    const begin = () => {
      const shipper = home.shipper(server.url, { take: 20, replay: 100, rescan: 150, request: 300, pause: 100 });
      void shipForEver(shipper);
      return shipper;
    };
    const path = home.path("a.jsonl");
    let shipper = begin();
    await until(() => server.bytesOf(home.write("marker.jsonl", "x\n")) !== null);
    const stood: string[] = [];
    let content: string | null = null;
    let count = 0;
    for (const { deed, mood } of deeds) {
      server.fail = MOODS[mood]!;
      const line: string = `${count++} ${"x".repeat(count % 3)}\n`;
      if (deed === "restart") {
        await shipper.close();
        shipper = begin();
      } else if (deed === "delete" || content === null) {
        rmSync(path, { force: true });
        content = deed === "delete" ? null : line;
        if (content !== null) home.write("a.jsonl", content);
      } else if (deed === "append") {
        appendFileSync(path, line);
        content += line;
      } else if (deed === "cut") {
        truncateSync(path, 0);
        appendFileSync(path, line);
        content = line;
      } else if (deed === "overwrite") {
        content = line.repeat(Math.ceil(content.length / line.length));
        home.write("a.jsonl", content);
      } else {
        content = deed === "extend" ? content + line : `${line}${line}`;
        home.write("new", content);
        renameSync(home.path("new"), path);
      }
      if (content !== null) stood.push(content);
      await safe(shipper, path);
    }
    server.fail = MOODS["well"]!;
    await until(() => shipper.payloads.sources().length === 0 && shipper.pump.waiting === 0);

    const generations = Array.from({ length: 60 }, (_, i) => server.bytesOf(path, i)?.toString() ?? "");
    for (const each of stood) expect([each, generations.some((one) => one.startsWith(each))]).toEqual([each, true]);
    const known = generations.filter((one) => one !== "");
    expect(known.length).toBeLessThanOrEqual(stood.length);
    for (const each of known) expect([each, stood.includes(each)]).toEqual([each, true]);
    await home.close();
    await server.stop();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ deed: Deed, mood: Mood }), { minLength: 3, maxLength: 8 }), once),
    { numRuns: 12, interruptAfterTimeLimit: 25_000, endOnFailure: true },
  );
}, 60_000);

test("a spool of a version without payloads is opened and given them", () => {
  const path = join(tempDir(), "spool.db");
  const { spool } = openSpool(path);
  spool.db.run("DROP TABLE payloads");
  spool.close();

  const again = openSpool(path).spool;

  expect(payloadsOf(again).stored()).toBe(0);
  again.close();
});
