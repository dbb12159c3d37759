/** `longhouse ship` as tests run it, and what the archive must then hold. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { expect } from "bun:test";
import type { ShipReport } from "../../src/domain/ship-report.ts";
import { BINARY, command, isolated } from "./server.ts";
import type { Server } from "./server.ts";
import { sourcesOf } from "./remote.ts";
import type { Source } from "./remote.ts";

/** Ships once. Throws with what it said unless it exits 0. */
export async function ship(server: Server, args: readonly string[] = []): Promise<ShipReport> {
  const { code, stdout, stderr } = await command(server, ["ship", "--json", "--url", server.url, ...args]);
  if (code !== 0) throw new Error(`ship exited ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as ShipReport;
}

/**
 * Ships once and tells how much memory that took at most, bytes. Looked at from outside every few milliseconds: what the
 * system says of an ended child (`maxRSS`) begins with what its parent took.
 */
export async function shipMeasured(server: Server): Promise<{ readonly code: number; readonly peak: number }> {
  const child = Bun.spawn([BINARY, "ship", "--json", "--url", server.url], {
    env: isolated(server.home, server.data),
    cwd: server.home,
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peak = Math.max(peak, peakOf(child.pid));
    await Bun.sleep(5);
  }
  return { code: await child.exited, peak };
}

/** VmHWM; 0 once it is gone. */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

const sha = () => createHash("sha256");

/** Of a file, in pieces. */
export async function sha256Of(path: string): Promise<string> {
  const hash = sha();
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** Of a source's bytes as the archive gives them back. */
export async function sha256OfRaw(server: Server, id: string): Promise<string> {
  const answer = await server.api(`/api/agents/sources/${id}/raw`);
  if (answer.status !== 200 || !answer.body) throw new Error(`raw ${id}: ${answer.status}`);
  const hash = sha();
  for await (const piece of answer.body) hash.update(piece);
  return hash.digest("hex");
}

/** The newest generation of each path. */
export async function newest(server: Server): Promise<Map<string, Source>> {
  const found = new Map<string, Source>();
  for (const source of await sourcesOf(server)) {
    const known = found.get(source.path);
    if (!known || known.generation < source.generation) found.set(source.path, source);
  }
  return found;
}

/**
 * Fails unless each of the files is a source whose bytes come back as they stand on the disk, and nothing else is one but
 * conversations of databases.
 */
export async function expectArchived(server: Server, files: readonly string[]): Promise<void> {
  const sources = await newest(server);
  const paths = [...sources.values()].filter(({ unit }) => unit !== "query").map(({ path }) => path);
  expect(paths.toSorted()).toEqual(files.toSorted());
  for (const path of files) {
    const source = sources.get(path)!;
    expect([path, await sha256OfRaw(server, source.id)]).toEqual([path, await sha256Of(path)]);
  }
}
