/** A database that another process writes to: neither waits for the other, and what it wrote arrives. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { NotesDatabase } from "../support/agent-database.ts";
import { type IngestServer, startIngestServer } from "../support/ingest-server.ts";

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

/** Writes notes without patience: any lock that it meets for as long as `patience` ms is an error, and it says so. */
const writer = (path: string, patience: number) => `
  import { Database } from "bun:sqlite";
  const db = new Database(${JSON.stringify(path)}, { readwrite: true });
  db.run("PRAGMA busy_timeout = ${patience}");
  let slowest = 0, failed = 0, n = 0;
  for (const end = Date.now() + 2500; Date.now() < end; n++) {
    const began = performance.now();
    try { db.query("INSERT INTO notes VALUES ('a', ?, ?, ?)").run("note:" + (n % 50), JSON.stringify("text " + n), n % 50); }
    catch { failed++; }
    slowest = Math.max(slowest, performance.now() - began);
    if (n % 20 === 0) await Bun.sleep(1);
  }
  console.log(JSON.stringify({ n, failed, slowest, last: JSON.stringify("text " + (n - 1)) }));
`;

test.each([
  ["WAL", 0],
  ["DELETE", 500],
] as const)("a writer in %s mode is never refused, and its last word arrives", async (mode, patience) => {
  const notes = new NotesDatabase(home.path("talks.db"), mode);
  notes.put("a", "note:0", "first");
  const shipper = home.shipper(server.url);
  const running = shipForEver(shipper);
  await until(() => server.bytesOf(`${notes.path}#a`) !== null);
  const script = join(home.dir, "writer.ts");
  await Bun.write(script, writer(notes.path, patience));

  const child = Bun.spawn([process.execPath, script], { stdout: "pipe", stderr: "inherit" });
  const said = JSON.parse(await new Response(child.stdout).text()) as { n: number; failed: number; last: string };

  expect(said.failed).toBe(0);
  expect(said.n).toBeGreaterThan(50);
  await until(() => server.bytesOf(`${notes.path}#a`)!.includes(said.last));
  expect(server.generations(`${notes.path}#a`)).toBe(1);
  notes.close();
  await shipper.close();
  await running;
});
