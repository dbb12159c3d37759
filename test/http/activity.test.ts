import { expect, test } from "bun:test";
import type { Activity } from "../../src/domain/activity.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp } from "../support/api-app.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";

test("a session's events are counted in even stretches, each with its first event", async () => {
  const app = await apiApp();
  const talk = conversation({ id: idOf(1), at: Date.parse("2026-01-01T00:00:00Z") });
  talk.prompt("first");
  for (let n = 0; n < 4; n++) {
    talk.call(n === 0 ? "Edit" : "Bash", { command: "x", file_path: "/a", old_string: "a", new_string: "b" });
    talk.result("out", { failed: n === 3 });
  }
  talk.prompt("last");
  await app.archive.send({ path: pathOf({ id: idOf(1) }), bytes: talk.text() });
  await app.archive.derived();
  const path = `/api/agents/sessions/${sessionId("claude", idOf(1))}`;

  const { stretches } = (await (await app.ask(`${path}/activity?buckets=2`)).json()) as Activity;

  expect(stretches).toMatchObject([
    { events: 5, prompts: 1, tools: 2, changes: 1, errors: 0 },
    { events: 5, prompts: 1, tools: 2, changes: 0, errors: 1 },
  ]);
  const { events } = (await (await app.ask(`${path}/events`)).json()) as { events: { id: string }[] };
  expect(stretches.map((one) => one.event_id)).toEqual([events[0]!.id, events[5]!.id]);
  await app.close();
});
