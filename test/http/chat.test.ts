import { afterAll, beforeAll, expect, test } from "bun:test";
import { KIB } from "../../src/domain/limits.ts";
import { type ApiApp, apiApp, errorOf } from "../support/api-app.ts";
import { psid, talk } from "../support/fill.ts";

let test_: ApiApp;
let session = "";
beforeAll(async () => {
  test_ = await apiApp();
  const path = `/home/u/.claude/projects/-w/${psid(1)}.jsonl`;
  await test_.archive.send({ path, bytes: talk(2, { id: psid(1) }) });
  session = test_.archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!.uuid;
});
afterAll(() => test_.close());

const say = (body: object, headers = {}) =>
  test_.send("POST", `/api/sessions/${session}/chat`, { message: "go on", ...body }, headers);

test("only a full token goes on with a session, stops, answers, or decides what stays", async () => {
  for (const scope of ["ingest", "read", "tools", "device"] as const) {
    const headers = { authorization: `Bearer ${await test_.token(scope)}` };
    const of = async (method: string, path: string) => [
      method,
      path,
      (await test_.send(method, path, {}, headers)).status,
    ];
    for (const [method, path] of [
      ["POST", `/api/sessions/${session}/chat`],
      ["DELETE", `/api/sessions/${session}/lock`],
      ["PUT", `/api/sessions/${session}/workspace`],
      ["PUT", "/api/turns/x/cancellation"],
      ["PUT", "/api/approvals/x"],
    ] as const)
      expect([scope, ...(await of(method, path))]).toEqual([scope, method, path, 403]);
  }
});

test("a token that may only ingest reads neither turns nor questions", async () => {
  const headers = { authorization: `Bearer ${await test_.token("ingest")}` };
  for (const path of [
    "/api/approvals",
    "/api/turns/x",
    "/api/turns/x/stream",
    `/api/sessions/${session}/lock`,
    `/api/sessions/${session}/workspace`,
  ])
    expect([path, (await test_.ask(path, { headers })).status]).toEqual([path, 403]);
});

test("a message is capped, says something, and names nothing that could be read as a flag, a path or a URL", async () => {
  const wrong: readonly object[] = [
    { message: " \n " },
    { message: "x".repeat(100 * KIB + 1) },
    { model: "a b" },
    { model: "m\n--yolo" },
    { model: "$(touch p)" },
    { permission_mode: "plan --yolo" },
    { permission_mode: "a=b" },
    { workspace: "/etc" },
    { workspace: "ext::sh" },
    { mode: "new" },
    { attachments: [{ media_type: "text/html", data: "" }] },
    { attachments: [{ media_type: "image/png", data: "no base64!" }] },
    { attachments: Array.from({ length: 11 }, () => ({ media_type: "image/png", data: "" })) },
  ];
  for (const body of wrong) {
    const answer = await say(body);
    expect([JSON.stringify(body).slice(0, 60), answer.status, (await errorOf(answer)).error.code]).toEqual([
      JSON.stringify(body).slice(0, 60),
      422,
      "invalid",
    ]);
  }
});

test("an id that is none reaches no file and no agent", async () => {
  for (const id of ["..%2f..%2fetc", "--resume", "%00", "x".repeat(300), "%0a", "$(id)"])
    for (const path of [
      `/api/sessions/${id}/chat`,
      `/api/sessions/${id}/lock`,
      `/api/turns/${id}`,
      `/api/approvals/${id}`,
    ]) {
      const method = path.endsWith("/chat") ? "POST" : path.includes("/approvals/") ? "PUT" : "GET";
      const body = method === "GET" ? {} : { body: '{"message":"x","decision":"once"}' };
      const answer = await test_.ask(path, { method, ...body, headers: { "content-type": "application/json" } });
      expect([path, [400, 404, 422].includes(answer.status)]).toEqual([path, true]);
    }
});
