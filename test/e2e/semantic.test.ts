/** Search by meaning in the compiled binary: killed in its work, at the terminal, turned off, and never without being set up. */
import { afterAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionList } from "../../src/domain/session.ts";
import type { Status } from "../../src/domain/status.ts";
import { placesOf } from "../support/bytes-in.ts";
import { HAS_CHROMIUM, launch, signedIn } from "../support/browser.ts";
import { startEmbeddings } from "../support/embeddings-server.ts";
import { fileOf, psid, writer } from "../support/fill.ts";
import { HAS_STRACE, needing } from "../support/needs.ts";
import { archive } from "../support/remote.ts";
import { BINARY, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";

const KEY = "sk-e2e-fedcba9876543210";
const twin = startEmbeddings(64);
afterAll(() => twin.stop());

function dataWith(config: string): string {
  const data = join(tempDir("data"), "lh");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "config.toml"), config);
  return data;
}

const setUp = () => `[search]\nembeddings_url = "${twin.url}"\nmodel = "words-1"\nkey = "${KEY}"\n`;

/** Sessions of thirty prompts each; all of them different. */
async function fill(server: Server, sessions: number): Promise<void> {
  for (let n = 1; n <= sessions; n++) {
    const write = writer({ id: psid(n) });
    const lines = Array.from({ length: 30 }, (_, i) => write.prompt(`prompt ${i} of session ${n} about topic${i * n}`));
    await archive(server, { path: fileOf(psid(n)) }, `${lines.join("\n")}\n`);
  }
  await server.settled();
}

async function isEmbedded(server: Server, vectors: number): Promise<boolean> {
  const { search } = await server.json<Status>("/api/status");
  return search.semantic?.state === "ready" && search.semantic.vectors === vectors;
}

async function embedded(server: Server, vectors: number): Promise<void> {
  while (!(await isEmbedded(server, vectors))) await Bun.sleep(50);
}

function content(data: string): readonly unknown[] {
  const db = new Database(join(data, "vectors.db"), { readonly: true });
  const sql = "SELECT session, position, part, hash, at, start, scale, hex(numbers) FROM vectors ORDER BY 1, 2, 3";
  const rows = db.query(sql).values();
  const followed = db.query("SELECT session, upto FROM followed ORDER BY 1").values();
  db.close();
  return [...rows, ...followed];
}

test("killed in its work again and again, it ends with the vectors of one that was not, and asks little twice", async () => {
  const data = dataWith(setUp());
  let server = await startServer({ data });
  twin.delayMs = 40;
  await fill(server, 4);
  const kills = 4;
  for (let n = 1; n <= kills; n++) {
    const before = twin.requests;
    // A few requests are all of it: the last kills may find it done.
    while (twin.requests === before && !(await isEmbedded(server, 120))) await Bun.sleep(5);
    await server.stop("SIGKILL");
    server = await startServer({ data });
  }
  twin.delayMs = 0;
  await embedded(server, 120);
  await server.stop();
  const asked = twin.asked.length;

  const fresh = await startServer({ data: dataWith(setUp()) });
  await fill(fresh, 4);
  await embedded(fresh, 120);
  await fresh.stop();

  expect(content(data)).toEqual(content(fresh.data));
  // At most what one request holds is asked for twice.
  expect(asked - 120).toBeLessThanOrEqual(kills * 64);
}, 60_000);

test("the terminal finds by meaning and says how it stands; the key is shown by nothing and stands in no other file", async () => {
  const server = await startServer({ data: dataWith(setUp()) });
  const write = writer({ id: psid(1) });
  await archive(server, { path: fileOf(psid(1)) }, `${write.prompt("the automobile needs repair before friday")}\n`);
  await server.settled();
  await embedded(server, 1);
  const run = async (...args: string[]) => {
    const child = Bun.spawn([BINARY, ...args, "--url", server.url], {
      env: isolated(server.home, server.data),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  };

  const found = await run("search", "fix my car");
  const status = await run("status");
  twin.manner = "denied";
  await archive(
    server,
    { path: fileOf(psid(2)) },
    `${writer({ id: psid(2) }).prompt("and another thing to be said")}\n`,
  );
  for (;;) {
    const { search } = await server.json<Status>("/api/status");
    if (search.semantic?.state === "waiting") break;
    await Bun.sleep(50);
  }
  const doctor = await run("doctor");
  const waiting = await run("status");
  twin.manner = "well";
  const served = await Promise.all(
    ["/api/status", "/api/settings", "/api/health", "/metrics"].map(async (path) => (await server.api(path)).text()),
  );
  await server.stop();

  expect(found).toContain("(by meaning)");
  expect(status).toMatch(/by meaning +words-1 at 127\.0\.0\.1:\d+, 1 passages/);
  expect(status).toMatch(/search\.key +set/);
  expect(waiting).toContain("it does not accept the key (401)");
  expect(doctor).toMatch(/problem .*Search by meaning: .*it does not accept the key/);
  for (const text of [found, status, doctor, waiting, ...served]) expect(text).not.toContain(KEY);
  const places = placesOf([server.data, server.home], [new TextEncoder().encode(KEY)]);
  expect(places).toEqual([join(server.data, "config.toml")]);

  // Turned off: the vectors go, words find on.
  writeFileSync(join(server.data, "config.toml"), "");
  const before = twin.requests;
  const off = await startServer({ data: server.data, home: server.home });
  const list = await off.json<SessionList>("/api/agents/sessions?query=automobile&semantic=1");
  await off.stop();
  expect([list.sessions.length, list.meaning]).toEqual([1, undefined]);
  expect(existsSync(join(server.data, "vectors.db"))).toBe(false);
  expect(twin.requests).toBe(before);
}, 60_000);

needing(HAS_CHROMIUM, "needs /usr/bin/chromium")(
  "in the app a search finds by meaning by itself, asks for it once, and says so",
  async () => {
    const server = await startServer({ data: dataWith(setUp()) });
    await archive(
      server,
      { path: fileOf(psid(1)) },
      `${writer({ id: psid(1) }).prompt("the automobile needs repair before friday")}\n`,
    );
    await server.settled();
    await embedded(server, 1);
    const before = twin.asked.length;
    const browser = await launch();
    try {
      const page = await (await signedIn(browser, server)).newPage();
      await page.goto(`${server.url}/timeline`);
      await page.getByTestId("search-input").fill("fix my car");
      const hit = page.getByTestId("search-hit");
      await hit.filter({ hasText: "by meaning" }).waitFor();

      expect(await hit.innerText()).toContain("the automobile needs repair before friday");
      await page.getByText("1 session · by meaning").waitFor();
      await page.goto(`${server.url}/status`);
      await page.getByText("1 passage by words-1").waitFor();
    } finally {
      await browser.close();
      await server.stop();
    }
    expect(twin.asked.slice(before)).toEqual(["fix my car"]);
  },
  60_000,
);

needing(HAS_STRACE, "needs strace, and leave to trace")(
  "without the setting nothing is asked of anybody: no connection is begun while sessions come and are searched",
  async () => {
    const without = await connectionsOf("[search]\nmodel = 'words-1'\n");
    const withIt = await connectionsOf(setUp());

    expect(without).toEqual([]);
    // The trace would have shown it.
    expect(withIt.length).toBeGreaterThan(0);
  },
  60_000,
);

/** Connections over the network that a server begins while sessions come and are searched. */
async function connectionsOf(config: string): Promise<string[]> {
  const trace = join(tempDir("trace"), "calls");
  const strace = ["strace", "-D", "-f", "-e", "trace=connect", "-e", "signal=none", "-o", trace];
  const server = await startServer({ data: dataWith(config), wrap: strace });
  await fill(server, 1);
  for (const query of ["topic3 of", "what was the topic of the third session", '"prompt 3"'])
    await server.json(`/api/agents/sessions?semantic=1&query=${encodeURIComponent(query)}`);
  const isOn = (await server.json<Status>("/api/status")).search.semantic !== undefined;
  if (isOn) await embedded(server, 30);
  await server.stop();
  return readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => /connect\(.*AF_INET/.test(line));
}
