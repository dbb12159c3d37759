/** The writer beside an indexer that is slower than it. */
import { expect, test } from "bun:test";
import type { Packet, ToIndexer } from "../../src/archive/protocol.ts";
import { KIB } from "../../src/domain/limits.ts";
import { openArchive } from "../support/archive.ts";
import { sessionOf } from "../support/search-lab.ts";

const text = "word ".repeat((7 * KIB) / 5);

/** One session of some two megabytes. */
function large(seed: number) {
  const { path, write } = sessionOf(seed, []);
  const lines = Array.from({ length: 300 }, (_, i) => `${write.prompt(`${i} ${text}`)}\n`);
  return { path, bytes: lines.join("") };
}

test("a writer that waits for its indexer takes no turns, and goes on with the first credit", async () => {
  const archive = openArchive();
  const { port1, port2 } = new MessageChannel();
  const packets: Packet[] = [];
  let owed = 0;
  let paying = false;
  const pay = () => {
    if (paying && owed > 0) port1.postMessage({ type: "credit", characters: owed });
    if (paying) owed = 0;
  };
  port1.onmessage = ({ data }: MessageEvent<ToIndexer>) => {
    if (data.type !== "packet") return;
    packets.push(data.packet);
    owed += data.packet.text.length;
    pay();
  };
  archive.connectIndexer(port2);
  const sent = Promise.all(Array.from({ length: 6 }, (_, i) => archive.send(large(i))));

  let settled = -1;
  for (let i = 0; i < 500 && settled !== packets.length; i++) {
    settled = packets.length;
    await Bun.sleep(200);
  }
  const turns = await turnsIn(200);
  paying = true;
  pay();
  await sent;
  const rows = () => packets.reduce((sum, { columns }) => sum + columns.length / 4, 0);
  for (let i = 0; i < 500 && rows() < 6 * 300; i++) await Bun.sleep(20);

  expect(settled).toBeGreaterThan(0);
  expect(turns).toBe(0);
  expect(rows()).toBe(6 * 300);
  archive.close();
  port1.close();
});

/** How often anything in this thread asks for a turn at once, within `ms`. */
async function turnsIn(ms: number): Promise<number> {
  const real = globalThis.setImmediate;
  let turns = 0;
  globalThis.setImmediate = Object.assign((...all: Parameters<typeof real>) => (turns++, real(...all)), real);
  await Bun.sleep(ms).finally(() => (globalThis.setImmediate = real));
  return turns;
}
