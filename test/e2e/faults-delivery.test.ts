/** What networks and servers do between a shipper and its archive (docs: faults, section 2.2). */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { claudeFile } from "../support/agents.ts";
import { psid } from "../support/fill.ts";
import { sessionsOf, sourcesAt } from "../support/remote.ts";
import { begin, expectKept, grow, line, openScene, type Scene } from "../support/scene.ts";
import { ANSWERS, type AnswerName, type Weather } from "../crash/weather.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const now = (path: string) => readFileSync(path);

/** Lines are appended under this weather, which is felt; then it is fair again. */
async function under(weather: Weather, path: string, n: number, ms = 1200): Promise<void> {
  const name = weather.kind === "answer" ? weather.answer : weather.kind;
  const felt = () => scene.proxy.felt.get(name) ?? 0;
  const before = felt();
  scene.proxy.set(weather);
  for (let i = 0; i < 10; i++) {
    appendFileSync(path, line(n, `${name} ${i}`));
    await Bun.sleep(ms / 10);
  }
  for (const deadline = performance.now() + 10_000; felt() === before && performance.now() < deadline;)
    await Bun.sleep(50);
  expect([name, felt() > before]).toEqual([name, true]);
  scene.proxy.set({ kind: "pass" });
}

test("5,000 lines written while the server is away arrive when it is back, in order", async () => {
  const back = scene.machines.server.strike({ how: "SIGKILL", away: 1500 });
  const paths = Array.from({ length: 10 }, (_, i) => claudeFile(scene.home, 10 + i));
  for (let i = 0; i < 50; i++)
    for (const [n, path] of paths.entries())
      grow(path, Array.from({ length: 10 }, (_, k) => line(10 + n, `away ${i} ${k}`)).join(""));
  await back;

  for (const path of paths) await expectKept(scene, path, now(path));
}, 60_000);

test.each([
  ["away", null],
  ["silent", { kind: "silence" }],
  ["answering 500", { kind: "answer", answer: "internal" }],
  ["answering 429", { kind: "answer", answer: "slow_down" }],
  ["answering 401", { kind: "answer", answer: "unauthenticated" }],
] as const)(
  "a session written and deleted while the server is %s arrives whole afterwards",
  async (name, weather) => {
    const n = 30 + name.length;
    const back = weather ? null : scene.machines.server.strike({ how: "SIGKILL", away: 8000 });
    if (weather) scene.proxy.set(weather);
    const path = begin(scene, n);
    // Longer than one heartbeat and one request wait; the hour of the issue is this, with times shortened.
    await Bun.sleep(4500);
    const all = now(path);
    rmSync(path);
    await Bun.sleep(500);
    scene.proxy.set({ kind: "pass" });
    await back;

    await expectKept(scene, path, all);
  },
  60_000,
);

test("answers that get lost give no line twice", async () => {
  const path = begin(scene, 60);
  await under({ kind: "lost-answer" }, path, 60, 3000);

  await expectKept(scene, path, now(path));
  await scene.server().settled();
  const session = (await sessionsOf(scene.server())).find(
    ({ provider_session_id }) => provider_session_id === psid(60),
  );
  expect(session?.user_messages).toBe(13);
}, 60_000);

test("a server that falls silent in the middle of a body is given up, and asked again", async () => {
  const path = begin(scene, 61);
  await expectKept(scene, path, now(path));
  appendFileSync(path, line(61, "long ".repeat(400_000)));
  await under({ kind: "trickle", bytes: 400 }, path, 61, 3500);

  await expectKept(scene, path, now(path));
}, 60_000);

test.each(Object.keys(ANSWERS) as AnswerName[])(
  "%s is no acknowledgement, and nobody follows a redirect",
  async (answer) => {
    const n = 70 + Object.keys(ANSWERS).indexOf(answer);
    const path = begin(scene, n);
    await expectKept(scene, path, now(path));
    const before = now(path);

    const writing = under({ kind: "answer", answer }, path, n);
    await Bun.sleep(900);
    const [source] = await sourcesAt(scene.server(), path);
    expect(source?.through).toBe(before.length);
    await writing;

    await expectKept(scene, path, now(path));
    expect(scene.proxy.strays).toBe(0);
  },
  60_000,
);

test("a server that asks to wait is not asked more than about once a second, and gets everything", async () => {
  const path = begin(scene, 90);
  await expectKept(scene, path, now(path));
  const asked = scene.proxy.asked;
  await under({ kind: "answer", answer: "slow_down" }, path, 90, 5000);

  // Bodies and heartbeats each wait for themselves: twice five, and one each at the ends.
  expect(scene.proxy.asked - asked).toBeLessThanOrEqual(14);
  await expectKept(scene, path, now(path));
}, 60_000);

test("bodies that are too large for somebody on the way are cut until they pass", async () => {
  const path = begin(scene, 91);
  appendFileSync(path, line(91, "large ".repeat(20_000)));
  await under({ kind: "limit", limit: 5000 }, path, 91, 2500);

  await expectKept(scene, path, now(path));
}, 60_000);
