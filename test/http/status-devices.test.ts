import { afterAll, expect, test } from "bun:test";
import type { Status } from "../../src/domain/status.ts";
import { httpApp } from "../support/http-app.ts";

const made = httpApp();
afterAll(() => made.close());

test("a machine that has a token, but has sent nothing, has not been seen", async () => {
  const headers = { authorization: `Bearer ${await made.token("full", "laptop")}` };

  const { devices } = (await (await made.ask("/api/status", { headers })).json()) as Status;

  expect(devices).toEqual([{ id: "laptop", last_seen_at: null }]);
});
