import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { AgentHome } from "../support/agent-home.ts";
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

const loseSpool = () => rmSync(join(home.dir, "longhouse-shipper-spool.db"), { force: true });

for (const hashes of [true, false])
  test.each(["lines.jsonl", "whole.json"])(
    `a cut %s is a new generation, also when nobody remembers it (server ${hashes ? "tells" : "does not tell"} hashes)`,
    async (name) => {
      server.hashes = hashes;
      const path = home.write(name, "one\ntwo\n");
      await home.ship(server.url);

      loseSpool();
      truncateSync(path, 4);
      await home.ship(server.url);

      expect(server.bytesOf(path, 0)!.toString()).toBe("one\ntwo\n");
      expect(server.bytesOf(path, 1)!.toString()).toBe("one\n");
    },
  );

test("a file that is emptied while nobody remembers it leaves what is archived", async () => {
  const path = home.write("lines.jsonl", "one\n");
  await home.ship(server.url);

  loseSpool();
  truncateSync(path, 0);
  await home.ship(server.url);

  expect(server.bytesOf(path)!.toString()).toBe("one\n");
  expect(server.generations(path)).toBe(1);
});
