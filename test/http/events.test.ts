import { afterAll, expect, test } from "bun:test";
import type { Event } from "../../src/domain/event.ts";
import { sessionId } from "../../src/lib/id.ts";
import type { EventPage } from "../../src/store/events.ts";
import { apiApp, errorOf } from "../support/api-app.ts";
import { fileOf, psid, talk, writer } from "../support/fill.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SVG = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").toString("base64");

const http = await apiApp();
afterAll(() => http.close());
const id = (n: number) => sessionId("claude", psid(n));
const path = (n: number, rest = "") => `/api/agents/sessions/${id(n)}/events${rest}`;

const write = writer({ id: psid(2) });
const second = [
  write.prompt("find the Treasure"),
  write.call("Bash", "t1", { command: "dig" }),
  write.result("t1", "a treasure"),
  write.image("image/png", PNG),
  write.image("image/svg+xml", SVG),
  write.reply("done"),
];
await http.archive.send({ path: fileOf(psid(1)), bytes: talk(60, { id: psid(1) }) });
await http.archive.send({ path: fileOf(psid(2)), bytes: `${second.join("\n")}\n` });
await http.archive.derived();

const page = (n: number, query = "") => http.json<EventPage>(path(n, query));
const texts = (events: readonly Event[]) => events.map((event) => event.content_text);

test("pages go on from next and back from prev", async () => {
  const first = await page(1);
  const second = await page(1, `?after=${first.next}`);
  const back = await page(1, `?before=${second.prev}&limit=3`);

  expect([first.events.length, second.events.length, first.total]).toEqual([100, 20, 120]);
  expect([first.prev, second.next]).toEqual([null, null]);
  expect(back.events.map((event) => event.id)).toEqual(first.events.slice(-3).map((event) => event.id));
});

test("the last page is asked for by name, and an event by its id with its neighbours", async () => {
  const last = await page(1, "?before=end&limit=2");
  expect(texts(last.events)).toEqual(["question 59", "answer 59"]);

  const around = await page(1, `?around=${last.prev}&limit=3`);
  expect(texts(around.events)).toEqual(["answer 58", "question 59", "answer 59"]);
});

test("roles and kinds choose together, and words that are none are refused", async () => {
  const tools = await page(2, "?roles=tool,assistant&kinds=tool_call,tool_result");
  expect(tools.events.map((event) => event.kind)).toEqual(["tool_call", "tool_result"]);
  expect(tools.total).toBe(2);
  expect((await page(2, "?roles=user&kinds=reply")).events).toEqual([]);

  for (const bad of ["roles=robot", "kinds=-reply", "fields=all", "limit=x", "after=zzz", "before=000000000000"]) {
    const answer = await http.ask(path(2, `?${bad}`));
    expect([bad, answer.status]).toEqual([bad, 422]);
    expect(Object.keys((await errorOf(answer)).fields!)).toEqual([bad.split("=")[0]!]);
  }
  expect((await http.ask(path(2, "?around=000000000000"))).status).toBe(404);
});

test("find answers with ids only", async () => {
  const { events } = await page(2);

  const found = await http.json<{ ids: string[]; next: string | null }>(path(2, "?query=TREASURE"));

  expect(found).toEqual({ ids: [events[0]!.id, events[2]!.id], next: null });
  const rest = await http.json<typeof found>(path(2, `?query=treasure&after=${events[0]!.id}`));
  expect(rest.ids).toEqual([events[2]!.id]);
});

test("an event alone is whole, and one that is not there is 404", async () => {
  const { events } = await page(2);

  expect(await http.json<Event>(path(2, `/${events[1]!.id}`))).toEqual(events[1]!);
  for (const wrong of ["x", "000000000000", (await page(1)).events[0]!.id, "..%2f..%2fx"])
    expect((await http.ask(path(2, `/${wrong}`))).status).toBe(404);
});

test("a picture is shown, what may run is a text to download, and both stand in a sandbox", async () => {
  const { events } = await page(2);
  const [png, svg] = events.filter((event) => event.images.length > 0);

  const shown = await http.ask(path(2, `/${png!.id}/parts/0`));
  const kept = await http.ask(path(2, `/${svg!.id}/parts/0`));

  expect(Buffer.from(await shown.arrayBuffer()).toString("base64")).toBe(PNG);
  expect([shown.headers.get("content-type"), shown.headers.get("content-disposition")]).toEqual([
    "image/png",
    "inline",
  ]);
  expect(Buffer.from(await kept.arrayBuffer()).toString("base64")).toBe(SVG);
  expect(kept.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(kept.headers.get("content-disposition")).toStartWith("attachment");
  for (const each of [shown, kept]) {
    expect(each.headers.get("content-security-policy")).toContain("sandbox");
    expect(each.headers.get("x-content-type-options")).toBe("nosniff");
  }
  for (const n of ["1", "-1", "x", "99999", "0%00"])
    expect((await http.ask(path(2, `/${png!.id}/parts/${n}`))).status).toBe(404);
});
