/** Half lines over a shipper's end, and a long file over its death (docs: faults, section 2.1). */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { claudeFile } from "../support/agents.ts";
import { sourcesAt } from "../support/remote.ts";
import { begin, expectKept, grow, line, openScene, type Scene } from "../support/scene.ts";

let scene: Scene;
beforeAll(async () => {
  // Half a line waits for its end; what "for ever" is, a test cannot wait for.
  scene = await openScene({ env: { LONGHOUSE_QUIET_MS: "600000" } });
});
afterAll(() => scene.close());

test.each(["SIGTERM", "SIGKILL"] as const)(
  "half a line, %s, the rest while no shipper runs: nothing of it goes before it is whole, and then once",
  async (how) => {
    const n = how === "SIGTERM" ? 1 : 2;
    const path = begin(scene, n);
    await expectKept(scene, path, readFileSync(path));
    const whole = readFileSync(path);
    const more = line(n, "in two halves");
    appendFileSync(path, more.slice(0, 40));
    await Bun.sleep(1500);
    await expectKept(scene, path, whole);

    const back = scene.shipper.strike({ how, away: 300 });
    await Bun.sleep(150);
    appendFileSync(path, more.slice(40));
    await back;

    await expectKept(scene, path, readFileSync(path));
    const [session] = (await sourcesAt(scene.server(), path)).map(({ session_id }) => session_id);
    await scene.server().settled();
    const { events } = await scene
      .server()
      .json<{ events: { content_text: string }[] }>(`/api/agents/sessions/${session}/events`);
    expect(events.filter(({ content_text }) => content_text === "in two halves")).toHaveLength(1);
  },
  60_000,
);

test("a long file whose shipper is killed half-way goes on from there", async () => {
  const path = claudeFile(scene.home, 3);
  const text = line(3, "a long file ".repeat(2000)).repeat(40);
  scene.proxy.set({ kind: "trickle", bytes: 100_000 });
  const sent = scene.proxy.sent;
  for (let i = 0; i < 24; i++) grow(path, text);
  const { size } = statSync(path);
  for (let through = 0; through < size / 2; await Bun.sleep(20))
    through = (await sourcesAt(scene.server(), path))[0]?.through ?? 0;

  await scene.shipper.strike({ how: "SIGKILL", away: 100 });

  await expectKept(scene, path, readFileSync(path));
  // Up to 4 MiB were under way and are sent again.
  expect(scene.proxy.sent - sent).toBeLessThan(size + 6_000_000);
  scene.proxy.set({ kind: "pass" });
}, 60_000);

test("the first SIGTERM ends it within 8 s, also while a request hangs, and nothing is lost", async () => {
  scene.proxy.set({ kind: "silence" });
  const path = begin(scene, 4);
  await Bun.sleep(300);
  const began = performance.now();
  await scene.shipper.strike({ how: "SIGTERM", away: 0 });

  expect(performance.now() - began).toBeLessThan(8000);
  scene.proxy.set({ kind: "pass" });
  await expectKept(scene, path, readFileSync(path));
}, 60_000);
