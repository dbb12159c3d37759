import { expect, test } from "bun:test";
import type { Event } from "../../src/domain/event.ts";
import type { Session } from "../../src/domain/session.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp } from "../support/api-app.ts";
import { conversation, idOf, pathOf } from "../support/conversation.ts";

test("a PDF in a message is a file to download, and no image", async () => {
  const app = await apiApp();
  const talk = conversation({ id: idOf(1), at: Date.now() - 60_000 });
  talk.document("Read this", Buffer.from("%PDF-1.7 body").toString("base64"));
  await app.archive.send({ path: pathOf({ id: idOf(1) }), bytes: talk.text() });
  await app.archive.derived();
  const path = `/api/agents/sessions/${sessionId("claude", idOf(1))}`;
  const { events } = (await (await app.ask(`${path}/events`)).json()) as { events: Event[] };

  const prompt = events.find((event) => event.images.length > 0)!;
  const answer = await app.ask(`${path}/events/${prompt.id}/parts/0`);
  const withImages = (await (await app.ask("/api/agents/sessions?has=image")).json()) as { sessions: Session[] };

  expect(prompt).toMatchObject({ kind: "prompt", images: [{ part: 0, media_type: "application/pdf", bytes: 13 }] });
  expect(await answer.text()).toBe("%PDF-1.7 body");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="part-0.pdf"`);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(withImages.sessions).toEqual([]);
  await app.close();
});
