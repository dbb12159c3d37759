import { afterAll, expect, test } from "bun:test";
import { MIB } from "../../src/domain/limits.ts";
import { codeOf, httpApp, type TestApp } from "../support/http-app.ts";

const open: TestApp[] = [];
afterAll(() => open.forEach((made) => made.close()));

/** A server that others reach, with a small bucket. */
function start(ingest: Partial<TestApp["app"]["config"]["ingest"]> = {}, host = "0.0.0.0"): TestApp {
  const made = httpApp({
    password: "x",
    server: { host },
    ingest: { eventsPerMinute: 60, burst: 100, loopbackExempt: true, ...ingest },
  });
  open.push(made);
  return made;
}

const send = (made: TestApp, token: string, lines: number, ms = 0) =>
  made.ask(`/api/agents/ingest?ms=${ms}`, {
    method: "POST",
    headers: { "x-agents-token": token },
    body: "line\n".repeat(lines),
  });

test("past its limit a device goes on while nobody is the worse for it", async () => {
  const made = start();
  const token = await made.token("ingest");

  for (let i = 0; i < 5; i++) expect((await send(made, token, 1000)).status).toBe(200);
});

test("past its limit, with deriving more than 64 MB behind, it is asked to wait", async () => {
  const made = start();
  const token = await made.token("ingest");
  made.behind = 65 * MIB;
  expect((await send(made, token, 500)).status).toBe(200);

  const answer = await send(made, token, 1);

  expect([answer.status, await codeOf(answer)]).toEqual([429, "slow_down"]);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  made.behind = 63 * MIB;
  expect((await send(made, token, 1)).status).toBe(200);
});

test("a device within its limit is never asked to wait", async () => {
  const made = start();
  made.behind = 1000 * MIB;
  const token = await made.token("ingest");

  for (let i = 0; i < 10; i++) expect((await send(made, token, 10)).status).toBe(200);
});

test("past its limit it yields to another device that is within its own", async () => {
  const made = start();
  const [greedy, modest] = [await made.token("ingest", "greedy"), await made.token("ingest", "modest")];
  await send(made, greedy, 500);
  const waiting = send(made, modest, 1, 100);
  await Bun.sleep(20);

  expect((await send(made, greedy, 1)).status).toBe(429);

  expect((await waiting).status).toBe(200);
  expect((await send(made, greedy, 1)).status).toBe(200);
});

test("two that are past their limits do not send each other away", async () => {
  const made = start();
  const [a, b] = [await made.token("ingest", "a"), await made.token("ingest", "b")];
  await Promise.all([send(made, a, 500), send(made, b, 500)]);
  const waiting = send(made, b, 1, 100);
  await Bun.sleep(20);

  expect((await send(made, a, 1)).status).toBe(200);
  expect((await waiting).status).toBe(200);
});

test("the bucket fills again by the minute", async () => {
  const made = start();
  const token = await made.token("ingest");
  made.behind = 65 * MIB;
  await send(made, token, 150);
  expect((await send(made, token, 1)).status).toBe(429);

  made.ahead = 60_000;

  expect((await send(made, token, 1)).status).toBe(200);
});

test("on a loopback bind nobody is counted, behind its proxy everybody is; this machine's own never", async () => {
  const local = start({}, "127.0.0.1");
  local.behind = 65 * MIB;
  const token = await local.token("ingest");
  await send(local, token, 500);
  expect((await send(local, token, 1)).status).toBe(200);

  const proxied = () =>
    local.ask("/api/agents/ingest", {
      method: "POST",
      headers: { "x-agents-token": token, "x-forwarded-for": "203.0.113.7" },
      body: "a\n".repeat(200),
    });
  expect((await proxied()).status).toBe(200);
  expect((await proxied()).status).toBe(429);

  const wide = start();
  wide.behind = 65 * MIB;
  const own = await wide.token("ingest", "this-machine");
  for (let i = 0; i < 3; i++) expect((await send(wide, own, 500)).status).toBe(200);
});

test("without the exemption loopback is counted too", async () => {
  const made = start({ loopbackExempt: false }, "127.0.0.1");
  made.behind = 65 * MIB;
  const token = await made.token("ingest", "this-machine");
  await send(made, token, 500);

  expect((await send(made, token, 1)).status).toBe(429);
});

test("answers are counted by their code", async () => {
  const made = start();
  await send(made, await made.token("ingest"), 1);
  await send(made, await made.token("ingest"), 1);
  await send(made, await made.token("read"), 1);

  const text = made.app.stats.render();

  expect(text).toContain('longhouse_ingest_requests_total{code="200"} 2');
  expect(text).toContain('longhouse_ingest_requests_total{code="403"} 1');
});
