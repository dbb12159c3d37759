import { afterEach, expect, test } from "bun:test";
import { Fault } from "../../src/domain/fault.ts";
import { logIn } from "../../ui/api/access.ts";
import { isAbort, listen, search } from "../../ui/api/call.ts";
import { findEvents, listEvents, partUrl } from "../../ui/api/events.ts";
import { deleteSession, getSession, listSessions, patchSession } from "../../ui/api/sessions.ts";

const real = globalThis.fetch;
afterEach(() => void (globalThis.fetch = real));

/** Puts an answer in the network's place and keeps what was asked. */
function answering(how: (request: Request) => Response | Promise<Response>): Request[] {
  const asked: Request[] = [];
  globalThis.fetch = Object.assign(
    async (path: string | URL | Request, init?: RequestInit) => {
      const request = new Request(`http://longhouse.test${String(path)}`, init);
      asked.push(request);
      return how(request);
    },
    { preconnect: real.preconnect },
  );
  return asked;
}

const refusing = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  answering(() => Response.json(body, { status, headers }));
const faultOf = (call: Promise<unknown>): Promise<Fault> => call.then(Promise.reject, (error: Fault) => error);

test("a query string holds what is set, lists joined by comma", () => {
  expect(search({ query: "a b", limit: 5, roles: ["user", "tool"], cursor: undefined, since: "" })).toBe(
    "?query=a+b&limit=5&roles=user%2Ctool",
  );
  expect(search({})).toBe("");
});

test("ids are escaped in paths", async () => {
  const asked = answering(() => Response.json({}));
  await getSession("../x?y");

  expect(new URL(asked[0]!.url).pathname).toBe("/api/agents/sessions/..%2Fx%3Fy");
  expect(partUrl("a/b", "e", 2)).toBe("/api/agents/sessions/a%2Fb/events/e/parts/2");
});

test("events are asked for by page, and found by words", async () => {
  const asked = answering(() => Response.json({}));
  await listEvents("s", { around: "e1", limit: 50, kinds: ["prompt", "reply"] });
  await findEvents("s", "retry", "e9");

  expect(asked.map((request) => new URL(request.url).search)).toEqual([
    "?around=e1&limit=50&kinds=prompt%2Creply",
    "?query=retry&after=e9&limit=1000",
  ]);
});

test("a refusal is the server's own fault, hint and details included", async () => {
  refusing(409, { error: { code: "stale", message: "Changed meanwhile", hint: "Load it again" }, version: 4 });
  const fault = await faultOf(patchSession("s", { pinned: true }, 3));

  expect(fault).toBeInstanceOf(Fault);
  expect([fault.code, fault.message, fault.hint]).toEqual(["stale", "Changed meanwhile", "Load it again"]);
  expect(fault.details).toEqual({ version: 4 });
});

test("a version is sent as If-Match", async () => {
  const asked = answering(() => Response.json({}));
  await patchSession("s", { title: "New" }, 3);

  expect(asked[0]!.headers.get("if-match")).toBe("3");
  expect(await asked[0]!.json()).toEqual({ title: "New" });
});

test("a refusal that is not ours is told by its status", async () => {
  answering(() => new Response("<html>Bad gateway", { status: 503 }));
  const fault = await faultOf(listSessions({}));

  expect(fault.status).toBe(503);
});

test("how long to wait comes along", async () => {
  refusing(429, { error: { code: "slow_down", message: "Too often" } }, { "retry-after": "7" });

  expect((await faultOf(listSessions({}))).details).toEqual({ retry_after_s: 7 });
});

test("an answer that is not JSON is a fault, not a crash", async () => {
  answering(() => new Response("<html>hello"));

  expect((await faultOf(listSessions({}))).code).toBe("internal");
});

test("a deletion answers with nothing", async () => {
  const asked = answering(() => new Response(null, { status: 204 }));

  expect(await deleteSession("s", true)).toBeUndefined();
  expect([asked[0]!.method, new URL(asked[0]!.url).search]).toEqual(["DELETE", "?with=copies"]);
});

test("no answer at all is unreachable, and is told", async () => {
  const heard: string[] = [];
  const stop = listen((answer) => heard.push(answer));
  answering(() => Promise.reject(new TypeError("fetch failed")));
  const fault = await faultOf(listSessions({}));
  stop();

  expect(fault.code).toBe("unreachable");
  expect(heard).toEqual(["unreachable"]);
});

test("an abort stays an abort", async () => {
  const heard: string[] = [];
  const stop = listen((answer) => heard.push(answer));
  answering((request) => Promise.reject(request.signal.reason));
  const error = await faultOf(listSessions({}, AbortSignal.abort()));
  stop();

  expect(isAbort(error)).toBe(true);
  expect(heard).toEqual([]);
});

test("a wrong password is no sign-out", async () => {
  const heard: string[] = [];
  const stop = listen((answer) => heard.push(answer));
  globalThis.fetch = Object.assign(
    async () =>
      Object.defineProperty(
        Response.json({ error: { code: "unauthenticated", message: "Wrong" } }, { status: 401 }),
        "url",
        { value: "http://longhouse.test/api/auth/password" },
      ),
    { preconnect: real.preconnect },
  );
  const fault = await faultOf(logIn("guess"));
  stop();

  expect(fault.code).toBe("unauthenticated");
  expect(heard).toEqual([]);
});

test("a missing cookie is told to the frame", async () => {
  const heard: string[] = [];
  const stop = listen((answer) => heard.push(answer));
  refusing(401, { error: { code: "unauthenticated", message: "Not signed in" } });
  await faultOf(listSessions({}));
  stop();

  expect(heard).toEqual(["unauthenticated"]);
});
