/** One source that the server will never take, at the head of many that wait in the spool (docs: faults, S17). */
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
import { error, startIngestServer } from "../support/ingest-server.ts";

const SESSIONS = 400;

test("one refused payload before hundreds that wait holds nobody up, and stays to be sent once it is taken", async () => {
  const home = new AgentHome();
  const server = startIngestServer();
  const shipper = home.shipper(server.url, { take: 100, replay: 100 });
  const marker = home.write("marker.jsonl", "here\n");
  void shipForEver(shipper);
  await until(() => server.bytesOf(marker) !== null);
  server.fail = () => error(503, "starting");
  const poison = home.write("poison.jsonl", "poison\n");
  const paths = Array.from({ length: SESSIONS }, (_, i) => home.write(`${i}.jsonl`, `session ${i}\n`));
  const waiting = () => Object.values(shipper.spool.progress()).reduce((sum, one) => sum + one.spooled, 0);
  const all = paths.reduce((sum, _, i) => sum + `session ${i}\n`.length, "poison\n".length);
  await until(() => waiting() === all);
  for (const path of [poison, ...paths]) rmSync(path);

  server.fail = ({ url }) => (String(url).includes("poison") ? error(422, "invalid") : undefined);

  await until(() => paths.every((path, i) => server.bytesOf(path)?.toString() === `session ${i}\n`));
  await until(() => shipper.spool.failures().some(({ path, code }) => path === poison && code === "invalid"));
  await until(() => waiting() === "poison\n".length);
  server.fail = () => undefined;
  shipper.spool.forgive();
  await until(() => server.bytesOf(poison)?.toString() === "poison\n");
  await until(() => waiting() === 0);
  expect(shipper.spool.failures()).toEqual([]);
  await home.close();
  await server.stop();
}, 60_000);
