import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { readUserCode, USER_LETTERS, type NewCode, type ShownCode } from "../../src/domain/device-code.ts";
import { makeUserCode } from "../../src/http/devices/codes.ts";
import { createPace } from "../../src/http/devices/pace.ts";
import { codeOf, httpApp, type TestApp, type TestConfig } from "../support/http-app.ts";

const open: TestApp[] = [];
const start = (config: TestConfig = {}) => {
  const made = httpApp(config);
  open.push(made);
  return made;
};
afterAll(() => open.forEach((made) => made.close()));

const json = (body: unknown, headers: Record<string, string> = {}, method = "POST") => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const begin = async (made: TestApp, asking: unknown = { device_id: "laptop", scope: "device" }) =>
  (await (await made.ask("/api/devices/codes", json(asking))).json()) as NewCode;
const poll = (made: TestApp, { device_code }: { device_code: string }) =>
  made.ask("/api/devices/codes/poll", json({ device_code }));
/** As a patient device: each poll comes three seconds after the one before. */
const pollLater = (made: TestApp, code: { device_code: string }) => ((made.ahead += 3000), poll(made, code));
const decide = async (made: TestApp, code: string, decision: string, headers?: Record<string, string>) =>
  made.ask(
    `/api/devices/codes/${code}`,
    json({ decision }, headers ?? { authorization: `Bearer ${await made.token("full", "desk")}` }, "PUT"),
  );
/** Tokens of devices; `decide` makes one of "desk" each time. */
const tokensIn = ({ app }: TestApp) =>
  app.db
    .query<{ n: number }, []>(
      "SELECT count(*) AS n FROM device_tokens t JOIN devices d ON d.id = t.device WHERE device_id <> 'desk'",
    )
    .get()!.n;

describe("asking", () => {
  test("a device that is nobody gets both codes, where to go, and how long it lasts", async () => {
    const made = start();

    const answer = await made.ask("/api/devices/codes", json({ device_id: "laptop" }));

    expect(answer.status).toBe(200);
    const code = (await answer.json()) as NewCode;
    expect(Object.keys(code).toSorted()).toEqual([
      "device_code",
      "expires_in",
      "interval",
      "user_code",
      "verification_uri",
      "verification_uri_complete",
    ]);
    expect(code).toMatchObject({ expires_in: 600, interval: 2, verification_uri: "http://127.0.0.1:8080/connect" });
    expect(code.verification_uri_complete).toBe(`http://127.0.0.1:8080/connect?code=${code.user_code}`);
    expect(code.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(code.device_code.length).toBeGreaterThan(40);
  });

  test("the page is named by the address that was asked, or the published one when that is this machine's alone", async () => {
    const uri = async (made: TestApp, headers: Record<string, string>) => {
      const answer = await made.ask("/api/devices/codes", json({ device_id: "x" }, headers));
      return ((await answer.json()) as NewCode).verification_uri;
    };
    const published = start({ password: "x", server: { publicUrl: "https://box.example.com" } });

    expect(await uri(start(), { host: "192.168.1.7:8080" })).toBe("http://192.168.1.7:8080/connect");
    expect(await uri(published, { host: "127.0.0.1:8080" })).toBe("https://box.example.com/connect");
    expect(await uri(published, { host: "192.168.1.7:8080" })).toBe("http://192.168.1.7:8080/connect");
    expect(await uri(start({ password: "x" }), { "x-forwarded-proto": "https" })).toStartWith("https://");
    expect(await uri(start({ password: "x", server: { host: "0.0.0.0" } }), {})).toMatch(
      /^http:\/\/[\d.]+:8080\/connect$/,
    );
  });

  const bad: [unknown, number][] = [
    [{}, 422],
    [{ device_id: "" }, 422],
    [{ device_id: "a\nb" }, 422],
    [{ device_id: "a\u202eb" }, 422],
    [{ device_id: "x".repeat(129) }, 422],
    [{ device_id: "x", scope: "admin" }, 422],
    ["{", 400],
    [`{"device_id":"${"x".repeat(300_000)}"}`, 413],
  ];
  test.each(bad)("%#: what asks wrongly gets no code", async (body, status) => {
    const made = start();

    expect((await made.ask("/api/devices/codes", json(body))).status).toBe(status);
    expect(made.app.db.query("SELECT count(*) AS n FROM device_codes").get()).toEqual({ n: 0 });
  });

  test("a page of another site may neither ask nor poll nor cancel", async () => {
    const made = start();
    const { device_code } = await begin(made);
    const headers = { origin: "http://evil.com" };

    for (const path of ["", "/poll", "/cancel"]) {
      const answer = await made.ask(`/api/devices/codes${path}`, json({ device_code, device_id: "x" }, headers));
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });

  test("an address that asks and asks has to wait, and may again after a while", async () => {
    const made = start();
    const codes: number[] = [];
    for (let i = 0; i < 60; i++) codes.push((await made.ask("/api/devices/codes", json({ device_id: "x" }))).status);

    expect(codes.filter((code) => code === 200)).toHaveLength(20);
    const refused = await made.ask("/api/devices/codes", json({ device_id: "x" }));
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, 15]);
    made.ahead += 15_000;
    expect((await made.ask("/api/devices/codes", json({ device_id: "x" }))).status).toBe(200);
  });
});

describe("from code to token", () => {
  test("pending until a person approves, then the token once, then over", async () => {
    const made = start();
    const code = await begin(made, { device_id: "laptop", scope: "ingest" });
    expect((await poll(made, code)).status).toBe(202);

    const approved = await decide(made, code.user_code, "approve");

    expect([approved.status, ((await approved.json()) as ShownCode).state]).toEqual([200, "approved"]);
    const granted = await pollLater(made, code);
    const { token, device_id } = (await granted.json()) as { token: string; device_id: string };
    expect([granted.status, device_id, token.slice(0, 3)]).toEqual([200, "laptop", "lh_"]);
    const use = async (need: string) =>
      (await made.ask(`/api/probe/${need}`, { headers: { "x-agents-token": token } })).status;
    expect([await use("ingest"), await use("read"), await use("full")]).toEqual([200, 403, 403]);
    const again = await pollLater(made, code);
    expect([again.status, await codeOf(again)]).toEqual([410, "gone"]);
  });

  test("of fifty polls at once exactly one gets the token, and one token is made", async () => {
    const made = start();
    const code = await begin(made);
    await decide(made, code.user_code, "approve");
    const before = tokensIn(made);
    // The pace would let through one at a time; what decides is the store.
    const answers = await Promise.all(Array.from({ length: 50 }, () => pollLater(made, code)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.every(({ status }) => [200, 410, 429].includes(status))).toBe(true);
    expect(tokensIn(made)).toBe(before + 1);
  });

  test("denied is 403 for the device, and stays so", async () => {
    const made = start();
    const code = await begin(made);
    await decide(made, code.user_code, "deny");

    const first = await pollLater(made, code);

    expect([first.status, await codeOf(first)]).toEqual([403, "forbidden"]);
    expect((await pollLater(made, code)).status).toBe(403);
    const changed = await decide(made, code.user_code, "approve");
    expect([changed.status, await codeOf(changed)]).toEqual([409, "already_answered"]);
    expect((await pollLater(made, code)).status).toBe(403);
  });

  test("ten minutes later it is over, for the device and for the person", async () => {
    const made = start();
    const code = await begin(made);
    made.ahead += 10 * 60_000;

    expect((await poll(made, code)).status).toBe(410);
    expect((await decide(made, code.user_code, "approve")).status).toBe(410);
  });

  test("a code that nobody has made is over too, and as a secret it is worth nothing", async () => {
    const made = start();
    const { user_code } = await begin(made);

    for (const device_code of ["x", user_code, "lhc_", "'; DROP TABLE device_codes; --", "\0"])
      expect([device_code, (await poll(made, { device_code })).status]).toEqual([device_code, 410]);
    expect((await made.ask("/api/devices/codes/poll", json({ device_code: "" }))).status).toBe(422);
  });

  test("who polls faster than told is slowed down, and keeps the code", async () => {
    const made = start();
    const code = await begin(made);
    expect((await poll(made, code)).status).toBe(202);

    const fast = await poll(made, code);

    expect([fast.status, fast.headers.get("retry-after"), await codeOf(fast)]).toEqual([429, "7", "slow_down"]);
    made.ahead += 7000;
    expect((await poll(made, code)).status).toBe(202);
  });

  test("a device that gives up takes its code along, also after it was approved", async () => {
    const made = start();
    const code = await begin(made);
    await decide(made, code.user_code, "approve");
    const before = tokensIn(made);

    const gone = await made.ask("/api/devices/codes/cancel", json({ device_code: code.device_code }));

    expect(gone.status).toBe(204);
    expect((await pollLater(made, code)).status).toBe(410);
    expect((await decide(made, code.user_code, "approve")).status).toBe(404);
    expect(tokensIn(made)).toBe(before);
    expect((await made.ask("/api/devices/codes/cancel", json({ device_code: "x" }))).status).toBe(204);
  });

  test("approving twice is once", async () => {
    const made = start();
    const code = await begin(made);
    await decide(made, code.user_code, "approve");

    expect((await decide(made, code.user_code, "approve")).status).toBe(200);
    await pollLater(made, code);
    const late = await decide(made, code.user_code, "approve");
    expect([late.status, ((await late.json()) as ShownCode).state]).toEqual([200, "taken"]);
    expect((await decide(made, code.user_code, "deny")).status).toBe(409);
  });
});

describe("the person's side", () => {
  test("shows who asks for what from where, and whether that name is known", async () => {
    const made = start();
    const authorization = `Bearer ${await made.token("full", "desk")}`;
    const look = async (device_id: string) => {
      const { user_code } = await begin(made, { device_id, scope: "read" });
      const answer = await made.ask(`/api/devices/codes/${user_code.toLowerCase().replace("-", "")}`, {
        headers: { authorization },
      });
      return (await answer.json()) as ShownCode;
    };

    expect(await look("laptop")).toMatchObject({ device_id: "laptop", scope: "read", state: "pending", known: false });
    expect(await look("desk")).toMatchObject({ known: true });
  });

  test("only the cookie of our own page or a full token may look or decide", async () => {
    const made = start();
    const { user_code } = await begin(made);
    expect((await decide(made, user_code, "approve", {})).status).toBe(401);
    for (const scope of ["ingest", "read", "device"] as const) {
      const headers = { authorization: `Bearer ${await made.token(scope)}` };
      expect((await decide(made, user_code, "approve", headers)).status).toBe(403);
      expect((await made.ask(`/api/devices/codes/${user_code}`, { headers })).status).toBe(403);
    }

    expect((await decide(made, user_code, "approve")).status).toBe(200);
  });

  test("by cookie only with our Origin: another site's page approves nothing", async () => {
    const made = start();
    const { user_code } = await begin(made);
    const authorization = `Bearer ${await made.token("full")}`;
    const { once } = (await (
      await made.ask("/api/auth/once", { method: "POST", headers: { authorization } })
    ).json()) as { once: string };
    const cookie = (await made.ask(`/login?once=${once}`)).headers.get("set-cookie")!.split(";")[0]!;

    expect((await decide(made, user_code, "approve", { cookie })).status).toBe(403);
    expect((await decide(made, user_code, "approve", { cookie, origin: "http://evil.com" })).status).toBe(403);
    expect((await decide(made, user_code, "approve", { cookie, origin: "http://127.0.0.1:8080" })).status).toBe(200);
  });

  test("guessing letters is 404 a few times, then 429 while a right code waits as well", async () => {
    const made = start();
    const { user_code } = await begin(made);
    const headers = { authorization: `Bearer ${await made.token("full")}` };
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++)
      statuses.push((await made.ask(`/api/devices/codes/${makeUserCode()}`, { headers })).status);

    expect(statuses.filter((status) => status === 404)).toHaveLength(6);
    expect((await made.ask(`/api/devices/codes/${user_code}`, { headers })).status).toBe(429);
    made.ahead += 60_000;
    expect((await made.ask(`/api/devices/codes/${user_code}`, { headers })).status).toBe(200);
  });

  test.each(["x", "..%2f..%2fx", "%00", "B".repeat(200), "AEIO-UAEI", "BCDF-GHJ", "0000-0000"])(
    "%p is no code",
    async (code) => expect((await decide(start(), code, "approve")).status).toBe(404),
  );
});

describe("at rest", () => {
  test("neither code nor token stands in the database, nor in the audit log", async () => {
    const made = start();
    const code = await begin(made);
    await decide(made, code.user_code, "approve");
    const { token } = (await (await pollLater(made, code)).json()) as { token: string };

    const files = [made.app.config.database, `${made.app.config.database}-wal`].map((path) =>
      readFileSync(path, "latin1"),
    );
    for (const secret of [code.device_code, code.user_code, token])
      expect([...files, JSON.stringify(made.audit)].some((text) => text.includes(secret))).toBe(false);
    expect(made.audit.map(({ action }) => action)).toEqual([
      "device code made",
      "device token created",
      "device code approved",
      "device token created",
    ]);
  });

  test("codes that are over are forgotten with the next asking", async () => {
    const made = start();
    const hashed = { hash: new Uint8Array(32), userHash: new Uint8Array(32) };
    await made.app.writer.run("addDeviceCode", {
      ...hashed,
      deviceId: "old",
      scope: "read",
      peer: "",
      lifeMs: -1,
    });

    await begin(made);

    expect(made.app.db.query("SELECT device_id FROM device_codes").all()).toEqual([{ device_id: "laptop" }]);
  });
});

describe("letters", () => {
  test("any way to type a code reads as the one that was shown, and nothing else does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...USER_LETTERS), { minLength: 8, maxLength: 8 }),
        fc.array(fc.constantFrom("", " ", "-", "\t"), { minLength: 9, maxLength: 9 }),
        fc.boolean(),
        (letters, between, low) => {
          const typed = letters.map((letter, i) => between[i]! + letter).join("") + between[8]!;
          const shown = `${letters.slice(0, 4).join("")}-${letters.slice(4).join("")}`;
          expect(readUserCode(low ? typed.toLowerCase() : typed)).toBe(shown);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const read = readUserCode(text);
        expect(read === null || /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/.test(read)).toBe(true);
      }),
    );
  });

  test("codes are spread over all letters", () => {
    const seen = new Set(Array.from({ length: 200 }, makeUserCode).join("").replaceAll("-", ""));

    expect([...seen].toSorted().join("")).toBe(USER_LETTERS);
  });
});

test("thousands of addresses and codes take no more memory than the last thousand, and waits never pass a minute", () => {
  const pace = createPace(2);
  for (let i = 0; i < 5000; i++) pace.poll("impatient", i);

  expect(pace.poll("impatient", 5001)).toBe(60);
  for (let i = 0; i < 100_000; i++) expect(pace.begin(`peer ${i}`, 0)).toBe(0);
});
