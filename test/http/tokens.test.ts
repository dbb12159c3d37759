import { afterAll, describe, expect, test } from "bun:test";
import { codeOf, httpApp } from "../support/http-app.ts";

const made = httpApp();
afterAll(() => made.close());
const full = { authorization: `Bearer ${await made.token("full", "this-machine")}` };

const post = (body: unknown, headers: Record<string, string> = full) =>
  made.ask("/api/devices/tokens", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
type Made = { id: string; device_id: string; scope: string; token: string };

describe("device tokens", () => {
  test("one is shown once, works, and is listed without its secret", async () => {
    const answer = await post({ device_id: "laptop", scope: "ingest" });
    const token = (await answer.json()) as Made;

    expect([answer.status, token.device_id, token.scope]).toEqual([201, "laptop", "ingest"]);
    expect(token.token).toStartWith("lh_");
    expect((await made.ask("/api/probe/ingest", { headers: { "x-agents-token": token.token } })).status).toBe(200);
    const text = await (await made.ask("/api/devices/tokens", { headers: full })).text();
    expect(text).not.toContain(token.token);
    const listed = (JSON.parse(text) as { tokens: Record<string, unknown>[] }).tokens.find(
      ({ id }) => id === token.id,
    )!;
    expect(listed).toMatchObject({ device_id: "laptop", scope: "ingest", revoked_at: null });
    expect(listed["created_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.keys(listed).toSorted()).toEqual(
      ["created_at", "device_id", "id", "last_used_at", "revoked_at", "scope"].toSorted(),
    );
  });

  test("one that is revoked is 401 at once, and stays in the list", async () => {
    const token = (await (await post({ device_id: "old", scope: "device" })).json()) as Made;
    const use = async () => (await made.ask("/api/probe/read", { headers: { "x-agents-token": token.token } })).status;
    expect(await use()).toBe(200);

    const gone = await made.ask(`/api/devices/tokens/${token.id}`, { method: "DELETE", headers: full });

    expect([gone.status, await use()]).toEqual([204, 401]);
    const list = (await (await made.ask("/api/devices/tokens", { headers: full })).json()) as {
      tokens: { id: string; revoked_at: string | null }[];
    };
    expect(list.tokens.find(({ id }) => id === token.id)?.revoked_at).not.toBeNull();
  });

  test("one of a turn reads and remembers and no more, is not listed, and can be ended", async () => {
    const turn = (await (await post({ device_id: "laptop", scope: "tools" })).json()) as Made;
    const headers = { authorization: `Bearer ${turn.token}` };
    const status = async (need: string) => (await made.ask(`/api/probe/${need}`, { headers })).status;
    expect(await Promise.all(["read", "write", "ingest", "full"].map(status))).toEqual([200, 200, 403, 403]);
    expect(await (await made.ask("/api/devices/tokens", { headers: full })).text()).not.toContain(turn.id);

    await made.ask(`/api/devices/tokens/${turn.id}`, { method: "DELETE", headers: full });

    expect(await status("read")).toBe(401);
  });

  test("a device may give a turn of its own less than it has, and that token ends itself and nothing else", async () => {
    const mine = { "x-agents-token": await made.token("device", "laptop") };
    const answer = await post({ device_id: "desktop", scope: "tools" }, mine);
    const turn = (await answer.json()) as Made;
    expect([answer.status, turn.device_id, turn.scope]).toEqual([201, "laptop", "tools"]);
    const its = { "x-agents-token": turn.token };
    expect((await post({ device_id: "laptop", scope: "tools" }, its)).status).toBe(403);
    for (const scope of ["ingest", "read", "device", "full"])
      expect((await post({ device_id: "laptop", scope }, mine)).status).toBe(403);

    const other = (await (await post({ device_id: "laptop", scope: "tools" }, mine)).json()) as Made;
    const end = async (id: string, headers: Record<string, string>) =>
      (await made.ask(`/api/devices/tokens/${id}`, { method: "DELETE", headers })).status;
    expect([await end(other.id, its), await end(other.id, mine), await end(turn.id, its)]).toEqual([403, 403, 204]);
    expect((await made.ask("/api/probe/read", { headers: its })).status).toBe(401);
  });

  test("with a device's token those of its turns end, and no other device's", async () => {
    const make = async (device_id: string, scope: string) => (await (await post({ device_id, scope })).json()) as Made;
    const [stolen, turn, other] = [await make("pc", "device"), await make("pc", "tools"), await make("mac", "tools")];
    await made.ask(`/api/devices/tokens/${stolen.id}`, { method: "DELETE", headers: full });
    const use = async ({ token }: Made) =>
      (await made.ask("/api/probe/read", { headers: { "x-agents-token": token } })).status;
    expect([await use(turn), await use(other)]).toEqual([401, 200]);
  });

  test("only full scope may make, see or end them", async () => {
    for (const scope of ["ingest", "read", "tools", "device"] as const) {
      const headers = { "x-agents-token": await made.token(scope) };
      const codes = [
        (await made.ask("/api/devices/tokens", { headers })).status,
        (await post({ device_id: "x", scope: "full" }, headers)).status,
        (await made.ask("/api/devices/tokens/x", { method: "DELETE", headers })).status,
      ];
      expect([scope, ...codes]).toEqual([scope, 403, 403, 403]);
    }
  });

  test("there is no token x to end", async () => {
    for (const id of ["x", "..%2f..%2fx", "%00", "a".repeat(2000), "'; DROP TABLE device_tokens; --"])
      expect((await made.ask(`/api/devices/tokens/${id}`, { method: "DELETE", headers: full })).status).toBe(404);
  });

  const bad: [unknown, number, string][] = [
    [{ scope: "read" }, 422, "invalid"],
    [{ device_id: "", scope: "read" }, 422, "invalid"],
    [{ device_id: "a\nb", scope: "read" }, 422, "invalid"],
    [{ device_id: "a\u202eb", scope: "read" }, 422, "invalid"],
    [{ device_id: "x".repeat(129), scope: "read" }, 422, "invalid"],
    [{ device_id: "x", scope: "admin" }, 422, "invalid"],
    [{ device_id: 7, scope: "read" }, 422, "invalid"],
    [[], 422, "invalid"],
    ["null", 422, "invalid"],
    ["", 400, "bad_request"],
    ["{", 400, "bad_request"],
    ['{"device_id":"x","scope":"read"} x', 400, "bad_request"],
    ["[".repeat(100_000), 400, "bad_request"],
    ["\u0000", 400, "bad_request"],
    [`{"device_id":"${"x".repeat(300_000)}"}`, 413, "too_large"],
  ];
  test.each(bad)("%#: a body that is none makes nothing", async (body, status, code) => {
    const before = made.app.db.query("SELECT count(*) AS n FROM device_tokens").get();

    const answer = await post(body);

    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect(made.app.db.query("SELECT count(*) AS n FROM device_tokens").get()).toEqual(before);
  });

  test("a prototype in the body changes nobody's", async () => {
    await post('{"device_id":"p","scope":"read","__proto__":{"scope":"full"},"constructor":{"prototype":{"x":1}}}');

    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["scope"]).toBeUndefined();
  });

  test("making and ending are in the audit log, the secret is not", async () => {
    const token = (await (await post({ device_id: "audited", scope: "read" })).json()) as Made;
    await made.ask(`/api/devices/tokens/${token.id}`, { method: "DELETE", headers: full });

    const lines = made.audit.filter(({ fields }) => JSON.stringify(fields).includes(token.id));

    expect(lines.map(({ action }) => action)).toEqual(["device token created", "device token revoked"]);
    expect(JSON.stringify(made.audit)).not.toContain(token.token);
  });
});
