/** A full disk: nothing is acknowledged that is not kept, what is there can be read, and space given back is enough. */
import { expect } from "bun:test";
import { join } from "node:path";
import { fileOf, psid, talk } from "../support/fill.ts";
import { expectSound } from "../support/killed.ts";
import { CAN_MOUNT, needing } from "../support/needs.ts";
import { archive, eventsOf, raw, search, send, sourcesAt } from "../support/remote.ts";
import { BINARY, freePort, isolated, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";
import { smallDisk } from "../support/small-disk.ts";
import { tempDir } from "../support/temp.ts";

const mounted = needing(CAN_MOUNT, "needs root and leave to mount");

type Fault = { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } };

/** Sends a file in pieces of 100 kB until one is refused; the refusal, and how much was taken. */
async function sendUntilRefused(server: Server, path: string, bytes: Buffer) {
  for (let offset = 0; offset < bytes.length; offset += 100_000) {
    const answer = await send(server, { path, offset }, bytes.subarray(offset, offset + 100_000));
    if (answer.status !== 200) return { answer, through: offset };
  }
  return { answer: null, through: bytes.length };
}

mounted("a disk that fills up while the server runs: 503, reading goes on, and it recovers by itself", async () => {
  const disk = smallDisk("40m");
  const server = await startServer({ data: join(disk.dir, "lh") });
  const first = talk(20, { id: psid(1) });
  await archive(server, { path: fileOf(psid(1)) }, first);
  await server.settled();
  // Bytes that do not shrink.
  const bytes = Buffer.concat([
    Buffer.from(talk(5, { id: psid(2) })),
    crypto.getRandomValues(Buffer.alloc(65_536)),
    Buffer.from("\n"),
  ]);
  const large = Buffer.concat(
    Array.from({ length: 90 }, (_, i) => Buffer.concat([bytes, crypto.getRandomValues(Buffer.alloc(9000 + i))])),
  );

  disk.fill(300_000);
  const { answer, through } = await sendUntilRefused(server, fileOf(psid(2)), large);
  const again = await send(server, { path: fileOf(psid(3)) }, bytes);

  expect(answer?.status).toBe(503);
  const { error } = (await answer!.json()) as Fault;
  expect(error).toMatchObject({ code: "disk_full" });
  expect(error.hint).toMatch(/space/i);
  expect(again.status).toBe(503);
  const [source] = await sourcesAt(server, fileOf(psid(1)));
  expect((await raw(server, source!.id)).toString()).toBe(first);
  expect(await eventsOf(server, source!.session_id!)).toHaveLength(40);
  expect(await search(server, "question")).not.toHaveLength(0);
  expect((await server.api("/api/health")).status).toBe(200);

  disk.free();
  const [kept] = await sourcesAt(server, fileOf(psid(2)));
  expect(kept?.through ?? 0).toBe(through);
  await archive(server, { path: fileOf(psid(2)), offset: through }, large.subarray(through));
  await archive(server, { path: fileOf(psid(3)) }, talk(3, { id: psid(3) }));
  await server.settled();

  const [whole] = await sourcesAt(server, fileOf(psid(2)));
  expect((await raw(server, whole!.id)).equals(large)).toBe(true);
  expect(await eventsOf(server, (await sourcesAt(server, fileOf(psid(3))))[0]!.session_id!)).toHaveLength(6);
  expect(await search(server, "question")).toHaveLength(3);
  expect(await server.stop()).toBe(0);
  expectSound(server.data);
  disk.close();
});

mounted("a start on a full disk ends with what to do, and a later one finds everything", async () => {
  const disk = smallDisk("8m");
  const data = join(disk.dir, "lh");
  const start = async () => {
    const child = Bun.spawn([BINARY, "serve", "--no-open", "--no-ship", "--port", String(freePort())], {
      env: isolated(tempDir("home"), data),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const said = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
    await child.exited;
    clearTimeout(timer);
    return { code: child.exitCode, said };
  };

  for (const left of [0, 8192, 65_536]) {
    disk.fill(left);
    const { code, said } = await start();
    disk.free();

    expect({ left, code, said }).toEqual({ left, code: 1, said });
    expect(said).toMatch(/disk is full|no room/i);
    expect(said).toMatch(/free some space/i);
    expect(said).not.toMatch(/\n\s+at |\.ts:\d|SQLITE_/);
  }
  const server = await startServer({ data });
  await archive(server, { path: fileOf(psid(1)) }, talk(2, { id: psid(1) }));
  await server.settled();

  expect(await search(server, "question")).toHaveLength(1);
  await server.stop();
  disk.close();
});
