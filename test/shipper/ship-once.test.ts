import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { shipScope } from "../../src/shipper/pass.ts";
import { AgentHome } from "../support/agent-home.ts";
import { error, type IngestServer, startIngestServer } from "../support/ingest-server.ts";

let home: AgentHome;
let server: IngestServer;
beforeEach(() => {
  home = new AgentHome();
  server = startIngestServer();
});
afterEach(async () => {
  await home.close();
  await server.stop();
});

const archived = (path: string) => server.bytesOf(path)?.toString("latin1");

test("every file is archived byte for byte, and a second ship sends nothing", async () => {
  const hostile = Buffer.from([0xff, 0xfe, 0, 10, 0xef, 0xbb, 0xbf, 0x7b, 13, 10, 10, 0xe2, 0x80]);
  const bytes = new Map([
    [home.write("a.jsonl", "one\ntwo\n"), Buffer.from("one\ntwo\n")],
    [home.write("deep/er/b.jsonl", hostile), hostile],
    [home.write("torn.jsonl", "whole\nto"), Buffer.from("whole\nto")],
    [home.write("whole.json", "{}"), Buffer.from("{}")],
    [home.write("empty.jsonl", ""), Buffer.alloc(0)],
    [home.write('odd "näme"\n😀.jsonl', "x\n"), Buffer.from("x\n")],
  ]);

  const first = await home.ship(server.url);
  const requests = server.requests.length;
  const second = await home.ship(server.url);

  for (const [path, content] of bytes) expect(server.bytesOf(path)).toEqual(content);
  expect(first).toMatchObject({
    sources: 6,
    failed: 0,
    bytes: [...bytes.values()].reduce((sum, b) => sum + b.length, 0),
  });
  expect(second).toMatchObject({ sources: 6, bytes: 0 });
  expect(server.requests.length).toBe(requests);
});

test("a line of many requests arrives whole, and no request is over 1 MiB", async () => {
  const content = Buffer.alloc(3_500_000, "x");
  content[content.length - 1] = 10;
  const path = home.write("long.jsonl", Buffer.concat([Buffer.from("short\n"), content]));

  await home.ship(server.url);

  expect(server.bytesOf(path)!.length).toBe(3_500_006);
  expect(Math.max(...server.requests.map((request) => request.bytes.length))).toBe(1024 * 1024);
});

test("a request that others follow ends with a line, the first that ends behind a whole block", async () => {
  const lines = Array.from({ length: 3000 }, (_, n) => `${"x".repeat(n % 1500)}\n`);
  const path = home.write("many.jsonl", lines.join(""));

  await home.ship(server.url);

  expect(archived(path)).toBe(lines.join(""));
  const ends = server.requests.map(({ url, bytes }) => Number(url.searchParams.get("offset")) + bytes.length);
  expect(ends.length).toBeGreaterThan(2);
  for (const end of ends) {
    expect(lines.join("").slice(0, end)).toEndWith("\n");
    if (end !== ends.at(-1)) expect(end % (128 * 1024)).toBeLessThan(1501);
  }
});

test("the longest is begun beside the newest, which go in order", async () => {
  const write = (name: string, size: number, day: number) => {
    const path = home.write(name, `${"x".repeat(size - 1)}\n`);
    utimesSync(path, day, day);
    return path;
  };
  const small = Array.from({ length: 300 }, (_, n) => write(`${n}.jsonl`, 100, 2000 - n));
  const [long, longest] = [write("long.jsonl", 5_000_000, 2), write("longest.jsonl", 6_000_000, 1)];

  const begun: string[] = [];
  const many = Promise.withResolvers<void>();
  server.fail = async ({ url }) => {
    begun.push(url.searchParams.get("path")!);
    if (begun.length === 16) many.resolve();
    return many.promise.then(() => undefined);
  };

  await home.ship(server.url);

  expect(begun.slice(0, 16).toSorted()).toEqual(small.slice(0, 16).toSorted());
  expect(begun.slice(16, 150)).toContain(longest);
  expect(begun.indexOf(long)).toBeGreaterThan(begun.lastIndexOf(longest));
  expect(server.bytesOf(long)!.length).toBe(5_000_000);
});

test("a database and what is not the agent's are not shipped", async () => {
  home.write("state.db", "secret");
  home.write("notes.md", "mine");

  expect((await home.ship(server.url)).sources).toBe(0);
});

test("pipe, socket, folder and links are passed over with one line each, and their neighbours are shipped", async () => {
  const neighbour = home.write("neighbour.jsonl", "x\n");
  await Bun.$`mkfifo ${home.path("pipe.jsonl")}`;
  const socket = createServer().listen(home.path("socket.jsonl"));
  mkdirSync(home.path("folder.jsonl"));
  symlinkSync(home.path("loop.jsonl"), home.path("loop.jsonl"));
  symlinkSync(home.sessions, home.path("self"));
  symlinkSync("/etc/hostname", home.path("outside.jsonl"));

  const done = await home.ship(server.url);

  socket.close();
  expect(archived(neighbour)).toBe("x\n");
  expect(server.paths()).toEqual([neighbour]);
  expect(done.sources).toBe(1);
  const skipped = home.lines.filter((line) => line.message === "skipped").map((line) => String(line.fields["path"]));
  expect(skipped.toSorted()).toEqual(
    ["folder", "loop", "outside", "pipe", "socket"].map((name) => home.path(`${name}.jsonl`)),
  );
});

test("a file that vanishes with bytes that were never sent stays visible, and costs nobody else", async () => {
  const path = home.write("gone.jsonl", "x\n");
  const stays = home.write("stays.jsonl", "y\n");
  await home.ship(server.url);
  const shipper = home.shipper(server.url);
  await shipper.meet();
  const find = (name: string, size: number) => ({
    provider: "claude",
    path: home.path(name),
    unit: "lines" as const,
    inode: 1,
    size,
    mtime: 1,
  });
  appendFileSync(stays, "more\n");
  unlinkSync(path);

  shipper.pump.add(find("gone.jsonl", 9));
  shipper.pump.add(find("stays.jsonl", 7));
  shipper.pump.add(find("never-known.jsonl", 5));
  await shipper.pump.idle();

  expect(archived(stays)).toBe("y\nmore\n");
  expect(shipper.spool.failures()).toMatchObject([{ path, code: "vanished" }]);
});

test("what is appended is sent from where the server stands", async () => {
  const path = home.write("a.jsonl", "one\n");
  await home.ship(server.url);
  appendFileSync(path, "two\n");

  const second = await home.ship(server.url);

  expect(second.bytes).toBe(4);
  expect(archived(path)).toBe("one\ntwo\n");
  expect(server.requests.at(-1)!.url.searchParams.get("offset")).toBe("4");
});

test.each([
  ["cut and written shorter", (path: string) => (truncateSync(path, 0), appendFileSync(path, "new\n")), "new\n"],
  ["rewritten in place at the same size", (path: string) => Bun.write(path, "ONE\ntwo\n"), "ONE\ntwo\n"],
  [
    "replaced by another file",
    (path: string) => (unlinkSync(path), appendFileSync(path, "other and more\n")),
    "other and more\n",
  ],
])("a file that was %s becomes a new generation, and the old bytes stay", async (_, change, now) => {
  const path = home.write("a.jsonl", "one\ntwo\n");
  await home.ship(server.url);
  await Bun.sleep(5);
  await change(path);

  await home.ship(server.url);

  expect(server.bytesOf(path, 0)!.toString()).toBe("one\ntwo\n");
  expect(server.bytesOf(path, 1)!.toString()).toBe(now);
});

test("a file replaced by a longer one that begins the same stays one generation", async () => {
  const path = home.write("a.jsonl", "one\n");
  await home.ship(server.url);
  home.write("new", "one\ntwo\n");
  renameSync(home.path("new"), path);

  const second = await home.ship(server.url);

  expect(second.bytes).toBe(4);
  expect(server.generations(path)).toBe(1);
});

test("a file written whole is sent with its size, and each content is a generation", async () => {
  const path = home.write("chat.json", '{"n":1}');
  await home.ship(server.url);
  home.write("chat.json", '{"n":1,"m":2}');

  await home.ship(server.url);

  expect([server.bytesOf(path, 0)!.toString(), server.bytesOf(path, 1)!.toString()]).toEqual([
    '{"n":1}',
    '{"n":1,"m":2}',
  ]);
  expect(server.requests.map((request) => request.url.searchParams.get("size"))).toEqual(["7", "13"]);
});

test("a file written whole that only grew stays one generation", async () => {
  const path = home.write("output.txt", "line\n");
  await home.ship(server.url);
  appendFileSync(path, "more\n");

  await home.ship(server.url);

  expect(server.generations(path)).toBe(1);
  expect(archived(path)).toBe("line\nmore\n");
});

test("a file that was only touched is not sent again", async () => {
  const path = home.write("chat.json", "{}");
  await home.ship(server.url);
  utimesSync(path, 1e9, 1e9);

  expect(await home.ship(server.url)).toMatchObject({ bytes: 0 });
  expect(server.generations(path)).toBe(1);
});

test("with the spool lost nothing is sent that the server can prove to have", async () => {
  home.write("a.jsonl", "one\n");
  home.write("b.json", "{}");
  await home.ship(server.url);
  const sent = server.requests.length;
  rmSync(join(home.dir, "longhouse-shipper-spool.db"));
  appendFileSync(home.path("a.jsonl"), "two\n");

  const again = await home.ship(server.url);

  expect(again.bytes).toBe(4);
  expect(server.requests.length).toBe(sent + 1);
});

test("with the spool lost and the file changed meanwhile the server is not told a mixture", async () => {
  const path = home.write("a.jsonl", "one\ntwo\n");
  await home.ship(server.url);
  rmSync(join(home.dir, "longhouse-shipper-spool.db"));
  home.write("a.jsonl", "ONE\ntwo\nthree\n");

  await home.ship(server.url);

  expect(server.bytesOf(path, 0)!.toString()).toBe("one\ntwo\n");
  expect(server.bytesOf(path, 1)!.toString()).toBe("ONE\ntwo\nthree\n");
});

test("a server that cannot prove anything yet is sent everything again, and stores nothing twice", async () => {
  home.write("a.jsonl", "one\n");
  await home.ship(server.url);
  const stored = server.stored();
  rmSync(join(home.dir, "longhouse-shipper-spool.db"));
  server.hashes = false;

  await home.ship(server.url);

  expect(server.stored()).toBe(stored);
});

test("a spool that is garbage is moved aside and built anew", async () => {
  const path = home.write("a.jsonl", "one\n");
  await home.ship(server.url);
  for (const end of ["-wal", "-shm"]) rmSync(join(home.dir, `longhouse-shipper-spool.db${end}`), { force: true });
  await Bun.write(join(home.dir, "longhouse-shipper-spool.db"), "no database at all ".repeat(500));
  appendFileSync(path, "two\n");

  await home.ship(server.url);

  expect(archived(path)).toBe("one\ntwo\n");
  expect(home.lines.some((line) => line.message.includes("moved aside"))).toBe(true);
});

test("a server that lost its newest bytes gets them again", async () => {
  const path = home.write("a.jsonl", "one\ntwo\n");
  await home.ship(server.url);
  server.forget(path, 4);
  appendFileSync(path, "three\n");

  await home.ship(server.url);

  expect(archived(path)).toBe("one\ntwo\nthree\n");
});

test("a new epoch makes the shipper compare, and send again what is missing", async () => {
  const path = home.write("quiet.jsonl", "one\ntwo\n");
  await home.ship(server.url);
  server.forget(path, 0);
  server.archive = { ...server.archive, epoch: 2 };

  await home.ship(server.url);

  expect(archived(path)).toBe("one\ntwo\n");
});

test("two archives are shipped to independently", async () => {
  const other = startIngestServer();
  other.archive = { ...other.archive, archive_id: "archive-2" };
  const path = home.write("a.jsonl", "one\n");

  await home.ship(server.url);
  await home.ship(other.url);

  expect(other.bytesOf(path)!.toString()).toBe("one\n");
  await other.stop();
});

test("a refused source is counted and stays visible, and the others go on", async () => {
  const poison = home.write("poison.jsonl", "x\n");
  const good = home.write("good.jsonl", "y\n");
  server.fail = ({ url }) => (url.searchParams.get("path") === poison ? error(422, "invalid") : undefined);

  const done = await home.ship(server.url);

  expect(done.failed).toBe(1);
  expect(archived(good)).toBe("y\n");
  const shipper = home.shipper(server.url);
  await shipper.meet();
  expect(shipper.spool.failures()).toMatchObject([{ path: poison, code: "invalid" }]);
});

test("a refused source is tried again, five times and once it has changed", async () => {
  const path = home.write("poison.jsonl", "x\n");
  server.fail = () => error(400, "bad_request");
  for (let i = 0; i < 8; i++) await home.ship(server.url);
  const tries = server.requests.length;
  server.fail = () => undefined;

  appendFileSync(path, "y\n");
  const done = await home.ship(server.url);

  expect(tries).toBe(5);
  expect(done.failed).toBe(0);
  expect(archived(path)).toBe("x\ny\n");
});

test("what was given up is tried again when it is asked for", async () => {
  const path = home.write("poison.jsonl", "x\n");
  server.fail = () => error(422, "invalid");
  for (let i = 0; i < 6; i++) await home.ship(server.url);
  server.fail = () => undefined;
  const given = await home.ship(server.url);
  const shipper = home.shipper(server.url);
  await shipper.meet();

  shipper.spool.forgive();
  await shipScope(shipper, {}, () => {});

  expect(given.bytes).toBe(0);
  expect(archived(path)).toBe("x\n");
});

test("to another machine bytes travel compressed, to this one as they are", async () => {
  const path = home.write("a.jsonl", "0123456789\n".repeat(500));
  const elsewhere = server.url.replace("127.0.0.1", "0.0.0.0");

  await home.ship(elsewhere);
  appendFileSync(path, "0123456789\n".repeat(500));
  await home.ship(server.url);

  expect(server.requests.map((request) => request.headers.get("Content-Encoding"))).toEqual(["gzip", null]);
  expect(server.bytesOf(path)!.length).toBe(11_000);
});

test("what is too large for the server is split until it fits", async () => {
  const path = home.write("a.jsonl", "0123456789\n".repeat(2000));
  server.fail = ({ bytes }) => (bytes.length > 5000 ? error(413, "too_large", { limit: 5000 }) : undefined);

  await home.ship(server.url);

  expect(server.bytesOf(path)!.length).toBe(22_000);
});

test.each([
  ["500", () => new Response("oops", { status: 500 })],
  ["an empty 200", () => new Response("")],
  ["a 200 of something else", () => new Response("<html>sign in</html>")],
  ["a 200 with less than was sent", () => Response.json({ through: 1 })],
  ["a redirect", () => Response.redirect("http://127.0.0.1:9/login")],
  ["429", () => new Response("", { status: 429, headers: { "Retry-After": "0" } })],
])("%s is no acknowledgement: the bytes are sent until they are taken", async (_, answer) => {
  const path = home.write("a.jsonl", "one\n");
  let times = 0;
  server.fail = () => (times++ < 3 ? answer() : undefined);

  const done = await home.ship(server.url);

  expect(done.bytes).toBe(4);
  expect(archived(path)).toBe("one\n");
});

test("an answer that is lost after the server stored the bytes gives no duplicate", async () => {
  const path = home.write("a.jsonl", "one\ntwo\n");
  const real = server.fail;
  let lost = false;
  server.fail = async ({ url, bytes, headers }) => {
    if (lost) return real({ url, bytes, headers });
    lost = true;
    await fetch(url, {
      method: "POST",
      body: new Uint8Array(bytes),
      headers: { Authorization: headers.get("Authorization") ?? "" },
    });
    return new Response("", { status: 502 });
  };

  await home.ship(server.url);

  expect(archived(path)).toBe("one\ntwo\n");
});

test("only what is in the scope is shipped", async () => {
  const old = home.write("old.jsonl", "x\n");
  const mine = home.write("project/4711/a.jsonl", "y\n");
  utimesSync(old, 1e9, 1e9);

  await home.ship(server.url, { since: Date.UTC(2020, 0) });
  expect(server.paths()).toEqual([mine]);
  await home.ship(server.url, { session: "no-such" });
  expect(server.paths()).toEqual([mine]);
  await home.ship(server.url, { file: old });
  expect(server.paths()).toEqual([old, mine].toSorted());
});

test("a root under two names is one root", async () => {
  renameSync(home.sessions, join(home.dir, "real"));
  symlinkSync(join(home.dir, "real"), home.sessions);
  await Bun.write(join(home.dir, "real", "a.jsonl"), "x\n");

  await home.ship(server.url);

  expect(server.paths()).toEqual([join(home.dir, "real", "a.jsonl")]);
});
