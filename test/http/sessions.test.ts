import { afterAll, expect, test } from "bun:test";
import type { Session, SessionList } from "../../src/domain/session.ts";
import { sessionId } from "../../src/lib/id.ts";
import { apiApp, errorOf } from "../support/api-app.ts";
import { fileOf, psid, subagentFileOf, talk } from "../support/fill.ts";

const LIST = "/api/agents/sessions";
const id = (n: number, agent = "") => sessionId("claude", psid(n), agent);
const http = await apiApp();
afterAll(() => http.close());

for (const n of [1, 2, 3, 4, 5])
  await http.archive.send({
    path: fileOf(psid(n)),
    bytes: talk(n, { id: psid(n), at: Date.parse(`2026-01-0${n}T10:00:00Z`), cwd: n > 3 ? "/w/b,c" : "/w/a" }),
  });
await http.archive.send({
  path: subagentFileOf(psid(1), "abc1234"),
  bytes: talk(1, { id: psid(1), agent: "abc1234", cwd: "/w/a" }).replaceAll("claude-sonnet-4-5", "small,1"),
});
await http.archive.derived();

const ids = async (query: string) => (await http.json<SessionList>(`${LIST}?${query}`)).sessions.map((s) => s.id);

test("the list follows its cursor to the end, and clamps a limit that is out of range", async () => {
  const first = await http.json<SessionList>(`${LIST}?limit=3`);
  const rest = await http.json<SessionList>(`${LIST}?limit=3&cursor=${first.next}`);

  expect([...first.sessions, ...rest.sessions].map((s) => s.id)).toEqual([5, 4, 3, 2, 1].map((n) => id(n)));
  expect(rest.next).toBeNull();
  expect((await ids("limit=0")).length).toBe(1);
  expect((await ids("limit=99999")).length).toBe(5);
});

test("filters are repeatable, joined by comma, and negated by a minus", async () => {
  expect(await ids("project=a&limit=2")).toEqual([id(3), id(2)]);
  expect(await ids("project=-a")).toEqual([id(5), id(4)]);
  expect(await ids("project=b\\,c")).toEqual([id(5), id(4)]);
  expect(await ids("project=\\-a,\\")).toEqual([]);
  expect(await ids(`ids=${id(1)},${id(2)}&ids=${id(3)}`)).toEqual([id(3), id(2), id(1)]);
  expect(await ids("provider=codex,gemini")).toEqual([]);
  expect(await ids("provider=codex&provider=claude&limit=1")).toEqual([id(5)]);
  expect(await ids("since=2026-01-02&until=2026-01-03")).toEqual([id(3), id(2)]);
  expect(await ids("since=2026-01-05T10:00:03Z")).toEqual([id(5)]);
  expect(await ids("days_back=1")).toEqual([]);
  expect(await ids("state=ended,-idle&limit=1")).toEqual([id(5)]);
  expect(await ids(`parent_session_id=${id(1)}`)).toEqual([id(1, "abc1234")]);
  expect((await ids("include_subagents=1")).length).toBe(6);
  expect((await ids("unknown=1&project=&limit=")).length).toBe(5);
});

test("a model names the sessions in which it answered, itself or in a sub-agent", async () => {
  expect((await ids("model=claude-sonnet-4-5")).length).toBe(5);
  expect(await ids("model=small\\,1")).toEqual([id(1)]);
  expect(await ids("model=-small\\,1,other&limit=2")).toEqual([]);
  expect((await ids("model=-small\\,1")).length).toBe(4);
  expect(await ids("model=small\\,1&include_subagents=1")).toEqual([id(1, "abc1234"), id(1)]);
});

test("bad values are 422 and name their field", async () => {
  const bad: Record<string, string> = {
    limit: "ten",
    cursor: "nonsense!",
    state: "sleeping",
    has: "luck",
    since: "yesterday",
    until: "2026-13-45",
    ids: "../../etc/passwd",
    pinned: "maybe",
    sort: "size",
    days_back: "1.5",
  };
  for (const [field, value] of Object.entries(bad)) {
    const answer = await http.ask(`${LIST}?${field}=${encodeURIComponent(value)}`);
    const body = await errorOf(answer);
    expect([field, answer.status, body.error.code]).toEqual([field, 422, "invalid"]);
    expect(Object.keys(body.fields!)).toEqual([field]);
  }
});

test("a path id that is malformed or unknown is 404, whatever it is made of", async () => {
  for (const wrong of ["x", "..%2f..%2fetc%2fpasswd", "%00", id(9), `${id(1)}x`, "-rf", "a".repeat(5000)])
    for (const path of ["", "/events", "/export", "/events/0/parts/0"]) {
      const answer = await http.ask(`${LIST}/${wrong}${path}`);
      expect([wrong, answer.status]).toEqual([wrong, 404]);
      expect((await errorOf(answer)).error.code).toBe("not_found");
    }
});

test("a query goes to search with its filters, and its time stands in the header", async () => {
  const { sessions } = await http.json<SessionList>(`${LIST}?limit=1`);
  http.found = { sessions, next: "more", tier: "exact", partial: false, took_ms: 1, understood: [] };

  const answer = await http.ask(`${LIST}?query=C%2B%2B&project=a&passages=9&cursor=abc&sort=recent`);

  expect(await answer.json()).toEqual(http.found);
  expect(answer.headers.get("server-timing")).toMatch(/^search;dur=\d/);
  expect(http.asked.at(-1)).toMatchObject({ query: "C++", limit: 20, passages: 3, cursor: "abc", sort: "recent" });
  expect(http.asked.at(-1)!.filters).toMatchObject({ project: { include: ["a"], exclude: [] } });
  await ids("query=%20&limit=1");
  expect(http.asked).toHaveLength(1);
  expect(http.asked[0]!.patience).toBeUndefined();
  await http.ask("/api/agents/sessions?query=C&thorough=1");
  expect(http.asked.at(-1)!.patience).toBe(1000);
});

test("a session alone has its children, its sources and its copies", async () => {
  type Detail = Session & { children: Session[]; sources: { path: string; session_id: string }[]; copies: string[] };
  const detail = await http.json<Detail>(`${LIST}/${id(1)}`);

  expect(detail).toMatchObject({ id: id(1), project: "a", subagents: 1, copies: [], state: "ended" });
  expect(detail.children.map((child) => child.id)).toEqual([id(1, "abc1234")]);
  expect(detail.sources).toMatchObject([{ path: fileOf(psid(1)), session_id: id(1), through: expect.any(Number) }]);
});

test("a patch answers with the session; If-Match of another version is stale", async () => {
  const path = `${LIST}/${id(2)}`;
  const { version } = await http.json<Session>(path);

  const done = await http.send(
    "PATCH",
    path,
    { title: "  Two\nlines ", tags: ["x", " x", "y"] },
    { "if-match": `"${version}"` },
  );
  expect(done.status).toBe(200);
  expect(await done.json()).toMatchObject({ title: "Two lines", tags: ["x", "y"], version: version + 1 });

  const stale = await http.send("PATCH", path, { title: "No" }, { "if-match": String(version) });
  expect([stale.status, (await errorOf(stale)).error.code]).toEqual([409, "stale"]);
  const back = await http.send("PATCH", path, { title: "" });
  expect(await back.json()).toMatchObject({ title: "question 0", tags: ["x", "y"] });
});

test("a patch that says nonsense is refused by field, and one that is no JSON is 400", async () => {
  const path = `${LIST}/${id(2)}`;
  const cases: [object, string][] = [
    [{ title: 5 }, "title"],
    [{ tags: ["a,b"] }, "tags.0"],
    [{ tags: ["-a"] }, "tags.0"],
    [{ tags: "a" }, "tags"],
    [{ pinned: "yes" }, "pinned"],
    [{ note: "n".repeat(60_000) }, "note"],
    [{ read_through: "000000000000" }, "read_through"],
  ];
  for (const [body, field] of cases) {
    const answer = await http.send("PATCH", path, body);
    expect([answer.status, Object.keys((await errorOf(answer)).fields!)]).toEqual([422, [field]]);
  }
  const broken = await http.ask(path, { method: "PATCH", body: "{", headers: { "content-type": "application/json" } });
  expect(broken.status).toBe(400);
  const form = await http.ask(path, { method: "PATCH", body: "{}", headers: { "content-type": "text/plain" } });
  expect(form.status).toBe(415);
});

test("many sessions are patched at once", async () => {
  const answer = await http.send("PATCH", LIST, { ids: [id(3), id(4)], pinned: true });

  const { sessions } = (await answer.json()) as SessionList;
  expect(sessions.map((s) => [s.id, s.pinned])).toEqual([
    [id(3), true],
    [id(4), true],
  ]);
  expect(await ids("pinned=1")).toEqual([id(4), id(3)]);
  expect((await http.send("PATCH", LIST, { ids: [id(3), id(9)], pinned: false })).status).toBe(404);
  expect((await http.send("PATCH", LIST, { ids: ["x"], pinned: false })).status).toBe(422);
});

test("filters count what the list would show, the project with a comma in its name too", async () => {
  const counts = await http.json<Record<string, { value: string; count: number }[]>>("/api/agents/filters");

  expect(counts["projects"]).toEqual([
    { value: "a", count: 3 },
    { value: "b,c", count: 2 },
  ]);
  expect(counts["providers"]).toEqual([{ value: "claude", count: 5 }]);
  expect(counts["months"]).toEqual([{ value: "2026-01", count: 5 }]);
});

test("only full may change or delete, and ingest may not even read", async () => {
  const as = async (scope: "ingest" | "read" | "device") => ({ authorization: `Bearer ${await http.token(scope)}` });
  const path = `${LIST}/${id(3)}`;

  expect((await http.ask(LIST, { headers: await as("ingest") })).status).toBe(403);
  expect((await http.ask(LIST, { headers: await as("read") })).status).toBe(200);
  for (const scope of ["ingest", "read", "device"] as const) {
    const answer = await http.ask(path, { method: "DELETE", headers: await as(scope) });
    expect([scope, answer.status, (await errorOf(answer)).error.code]).toEqual([scope, 403, "scope"]);
    expect((await http.send("PATCH", path, { pinned: true }, await as(scope))).status).toBe(403);
  }
});

test("a deletion is 204, then 404 everywhere, in the audit log, and takes the sub-agents along", async () => {
  const child = id(1, "abc1234");

  const answer = await http.ask(`${LIST}/${id(1)}`, { method: "DELETE" });

  expect([answer.status, await answer.text()]).toEqual([204, ""]);
  for (const gone of [id(1), child]) expect((await http.ask(`${LIST}/${gone}`)).status).toBe(404);
  expect((await http.ask(`${LIST}/${id(1)}`, { method: "DELETE" })).status).toBe(404);
  expect(http.audit.at(-1)).toMatchObject({ action: "session deleted", fields: { ids: [id(1), child] } });
  const many = await http.ask(LIST, {
    method: "DELETE",
    body: JSON.stringify({ ids: [id(2), id(2), id(9)] }),
    headers: { "content-type": "application/json" },
  });
  expect(await many.json()).toEqual({ deleted: [id(2)], copies: [] });
});

test("an unknown path is 404 and a wrong method 405, both with a body and the methods that are allowed", async () => {
  const nothing = await http.ask("/api/agents/nothing");
  expect([nothing.status, (await errorOf(nothing)).error.code]).toEqual([404, "not_found"]);

  const wrong = await http.send("PUT", `${LIST}/${id(5)}`, {});
  expect([wrong.status, (await errorOf(wrong)).error.code]).toEqual([405, "method_not_allowed"]);
  expect(wrong.headers.get("allow")!.split(", ").toSorted()).toEqual(["DELETE", "GET", "PATCH"]);
  expect((await http.send("POST", "/api/agents/sources", {})).status).toBe(405);
  expect((await http.ask(`${LIST}/${id(5)}`, { method: "HEAD" })).status).toBe(200);
});

test("what breaks inside is told to the log, not to the caller", async () => {
  const broken = await apiApp();
  broken.archive.db.close();

  const answer = await broken.ask("/api/health");
  const listed = await broken.ask(LIST);

  for (const each of [answer, listed]) {
    const text = await each.text();
    expect(text).not.toMatch(/sqlite|\/src\/|at \w+ \(|SELECT/i);
  }
  expect(listed.status).toBe(500);
  broken.api.close();
});
