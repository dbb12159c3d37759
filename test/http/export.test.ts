import { afterAll, beforeAll, expect, test } from "bun:test";
import { sessionId } from "../../src/lib/id.ts";
import type { Event } from "../../src/domain/event.ts";
import { apiApp, type ApiApp } from "../support/api-app.ts";
import { fileOf, psid, talk, writer } from "../support/fill.ts";

const EVIL = `<script>alert(1)</script><img src=x onerror="alert(2)">'"&\u0000\u202e\`\`\`\n<!--</pre></style></title>`;
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let test_: ApiApp;
beforeAll(async () => {
  test_ = await apiApp();
  await test_.archive.send({ path: fileOf(psid(1)), bytes: evilSession() });
  await test_.archive.send({ path: fileOf(psid(2)), bytes: talk(400, { id: psid(2) }) });
  await test_.archive.derived();
  const patch = { title: EVIL, note: EVIL, tags: ["<b>x</b>"] };
  await test_.send("PATCH", `/api/agents/sessions/${sessionId("claude", psid(1))}`, patch);
});
afterAll(() => test_.close());

function evilSession(): string {
  const write = writer({ id: psid(1), cwd: `/${EVIL}`, branch: EVIL });
  return [
    write.prompt(EVIL),
    write.call(EVIL, "c1", { command: EVIL, [EVIL]: EVIL }),
    write.result("c1", EVIL, true),
    write.image("image/png", PNG),
    write.image(`image/svg+xml"><script>`, PNG),
    write.image("image/png", `"><script>x</script>`),
    write.reply(EVIL),
    "",
  ].join("\n");
}

const get = (n: number, format: string) =>
  test_.ask(`/api/agents/sessions/${sessionId("claude", psid(n))}/export?format=${format}`);

test("a session whose every field is script is text in its HTML", async () => {
  const answer = await get(1, "html");
  const html = await answer.text();

  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("content-disposition")).toStartWith("attachment");
  const tags = new Set([...html.matchAll(/<\/?([a-z0-9!-]+)/gi)].map(([, name]) => name!.toLowerCase()));
  const ours = ["!doctype", "html", "head", "meta", "title", "style", "body", "h1", "h2", "dl", "dt", "dd", "article"];
  expect([...tags].filter((tag) => ![...ours, "time", "div", "pre", "p", "img"].includes(tag))).toEqual([]);
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(2)&quot;&gt;");
  expect(html).not.toContain("\u0000");
});

test("the HTML carries a policy without script, and asks nobody for anything", async () => {
  const html = await (await get(1, "html")).text();

  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!;
  expect(policy).toContain("default-src &#39;none&#39;");
  expect(policy).not.toContain("script-src");
  const style = /<style>([^]*?)<\/style>/.exec(html)![1]!;
  expect(policy).toContain(new Bun.CryptoHasher("sha256").update(style).digest("base64"));
  const sources = [...html.matchAll(/<[^>]+\b(src|href)="([^"]*)"/g)].map(([, , url]) => url);
  expect(sources).toEqual([`data:image/png;base64,${PNG}`]);
});

test("the Markdown keeps what tools did in fences that nothing in them closes", async () => {
  const answer = await get(1, "md");
  const text = await answer.text();

  expect(answer.headers.get("content-type")).toStartWith("text/markdown");
  expect(text).toStartWith("# \\<script\\>");
  expect(text).toContain(`\n\`\`\`\`\n${EVIL}\n\`\`\`\`\n`);
  expect(text).toContain("## Tool result");
});

test("the JSON is the session with every event whole, in order", async () => {
  const body = (await (await get(2, "json")).json()) as { session: { id: string }; events: Event[] };
  const page = await test_.json<{ events: Event[] }>(
    `/api/agents/sessions/${sessionId("claude", psid(2))}/events?limit=1000`,
  );

  expect(body.session.id).toBe(sessionId("claude", psid(2)));
  expect(body.events).toHaveLength(800);
  expect(body.events.map(({ id, content_text }) => [id, content_text])).toEqual(
    page.events.map(({ id, content_text }) => [id, content_text]),
  );
});

test("the readable forms of a long session hold its first and its last words", async () => {
  for (const format of ["md", "html"]) {
    const text = await (await get(2, format)).text();
    expect([text.includes("question 0"), text.includes("answer 399")]).toEqual([true, true]);
  }
});

test("a form that does not exist is refused", async () => {
  expect((await get(2, "pdf")).status).toBe(422);
});
