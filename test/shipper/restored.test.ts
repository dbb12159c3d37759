/** A server that has less than it acknowledged: put back to a backup, or begun anew. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, unlinkSync } from "node:fs";
import { shipForEver } from "../../src/shipper/watching.ts";
import { AgentHome, until } from "../support/agent-home.ts";
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

const archived = (path: string, generation?: number) => server.bytesOf(path, generation)?.toString();
const watch = () => {
  const shipper = home.shipper(server.url, { take: 50, replay: 100 });
  void shipForEver(shipper);
  return shipper;
};

/** A file whose second line is kept in the spool alone, and the server that has its first. */
async function lineInTheSpoolAlone() {
  const shipper = watch();
  const path = home.write("a.jsonl", "one\n");
  await until(() => archived(path) === "one\n");
  server.fail = () => error(503, "starting");
  appendFileSync(path, "two\n");
  await until(() => shipper.payloads.cover({ provider: "claude", path })?.acked === 8);
  return { shipper, path };
}

test("a server that was put back without a new epoch gets quiet files again once it was started", async () => {
  watch();
  const quiet = home.write("quiet.jsonl", "one\ntwo\n");
  const whole = home.write("whole.json", '{"n":1}');
  await until(() => archived(quiet) === "one\ntwo\n" && archived(whole) !== undefined);

  server.forget(quiet, 4);
  server.forget(whole, 0);
  server.run = "second";

  await until(() => archived(quiet) === "one\ntwo\n" && archived(whole) === '{"n":1}');
});

test("a server that shows at one file that it lost bytes gets the others again too", async () => {
  watch();
  const quiet = home.write("quiet.jsonl", "one\ntwo\n");
  const busy = home.write("busy.jsonl", "one\n");
  await until(() => archived(quiet) === "one\ntwo\n" && archived(busy) === "one\n");
  server.forget(quiet, 4);
  server.forget(busy, 0);

  appendFileSync(busy, "two\n");

  await until(() => archived(quiet) === "one\ntwo\n" && archived(busy) === "one\ntwo\n");
});

test("what the spool keeps goes on from the file where the server lost what came before", async () => {
  const { shipper, path } = await lineInTheSpoolAlone();
  server.forget(path, 0);
  server.fail = () => undefined;

  await until(() => archived(path) === "one\ntwo\n");

  await until(() => shipper.payloads.sources().length === 0);
  expect(server.generations(path)).toBe(1);
});

test("what the spool keeps of a file that went makes a generation of its own where its beginning is lost, and that is told", async () => {
  const { shipper, path } = await lineInTheSpoolAlone();
  unlinkSync(path);
  server.forget(path, 0);
  server.fail = () => undefined;

  await until(() => shipper.payloads.sources().length === 0);

  expect(archived(path)).toBe("two\n");
  expect(home.lines.some((line) => line.level === "error" && line.message.startsWith("bytes are lost"))).toBe(true);
});

test("an archive that is begun anew at the same address gets files and what the spool keeps", async () => {
  const { shipper, path } = await lineInTheSpoolAlone();
  const stays = home.write("stays.jsonl", "here\n");
  unlinkSync(path);
  server.forget(path, 0);
  server.archive = { ...server.archive, archive_id: "archive-2" };
  server.fail = () => undefined;

  await until(() => shipper.payloads.sources().length === 0 && archived(stays) === "here\n");

  expect(archived(path)).toContain("two\n");
});

test("a new epoch does not lose what the spool keeps", async () => {
  const { shipper, path } = await lineInTheSpoolAlone();
  unlinkSync(path);
  server.archive = { ...server.archive, epoch: 2 };
  server.fail = () => undefined;

  await until(() => shipper.payloads.sources().length === 0);

  expect(archived(path)).toBe("one\ntwo\n");
});
