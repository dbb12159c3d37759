/** Reports of the compiled binary: their thread is found in it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fileOf, psid, talk } from "../support/fill.ts";
import { post } from "../support/post.ts";
import { command, startServer } from "../support/server.ts";
import type { Server } from "../support/server.ts";

let server: Server;
beforeAll(async () => {
  server = await startServer();
  await post(server, fileOf(psid(1)), talk(3, { id: psid(1) }));
  await server.settled();
});
afterAll(() => server.stop());

test("usage and doctor give one object each, and nothing else on stdout", async () => {
  const usage = await command(server, ["usage", "--json", "--by", "model"]);
  const doctor = await command(server, ["doctor", "--formats", "--json"]);

  expect(JSON.parse(usage.stdout)).toMatchObject({
    rows: [{ key: "claude-sonnet-4-5", sessions: 1, prompts: 3, tokens: { input: 30, output: 9 }, unpriced_tokens: 0 }],
    total: { sessions: 1, prompts: 3 },
  });
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    formats: { providers: [{ provider: "claude", records: 6, unknown: 0, types: [] }], unread: 0 },
    findings: [{ level: "ok" }],
  });
});

test("many reports at once are all answered, and equal", async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () => server.json("/api/agents/usage?by=day")));

  for (const each of all) expect(each).toEqual(all[0]!);
});
