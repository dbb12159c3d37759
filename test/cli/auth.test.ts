/** `longhouse auth` as a person meets it: a real server, real processes, real terminals. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { encode } from "uqr";
import { asking, askingInTerminal, SOURCE, type Asking } from "../support/auth.ts";
import { cli, homes, serving, type Homes, type Serving } from "../support/cli.ts";

const PASSWORD = "a long enough password";
let plain: Serving;
let guarded: Serving;
const guardedHomes = homes();
beforeAll(async () => {
  plain = await serving(homes(), ["--no-ship"]);
  guarded = await serving(guardedHomes, ["--no-ship"], { LONGHOUSE_PASSWORD: PASSWORD });
}, 60_000);
afterAll(async () => {
  await Promise.all([plain.stop(), guarded.stop()]);
});

const tokenFile = ({ user }: Homes) => join(user, ".claude/longhouse-device-token");
const urlFile = ({ user }: Homes) => join(user, ".claude/longhouse-url");
const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").trim() : null);
const as = ({ token }: Serving, method = "GET", body?: unknown): RequestInit => ({
  method,
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const decide = async (server: Serving, under: Asking, decision: string) =>
  fetch(`${server.url}/api/devices/codes/${await under.code()}`, as(server, "PUT", { decision }));
const look = (server: Serving, code: string) => fetch(`${server.url}/api/devices/codes/${code}`, as(server));

describe("approved in a browser", () => {
  test("the token is kept 0600 beside the URL it is for, is shown nowhere, and works", async () => {
    const where = homes();
    const under = asking(where, plain.url);
    expect((await decide(plain, under, "approve")).status).toBe(200);

    expect(await under.exited).toBe(0);

    const token = read(tokenFile(where))!;
    expect([token.slice(0, 3), read(urlFile(where))]).toEqual(["lh_", plain.url]);
    expect([statSync(tokenFile(where)).mode & 0o777, statSync(urlFile(where)).mode & 0o777]).toEqual([0o600, 0o600]);
    expect(readdirSync(join(where.user, ".claude")).toSorted()).toEqual(["longhouse-device-token", "longhouse-url"]);
    expect(under.said()).not.toContain(token);
    expect(under.stdout()).toContain("longhouse connect");
    const used = await fetch(`${plain.url}/api/agents/sessions`, { headers: { "x-agents-token": token } });
    expect(used.status).toBe(200);
    const recent = await cli(where, ["recent", "--url", plain.url]);
    expect(recent.code).toBe(0);
  }, 30_000);

  test("--json gives one object on stdout, without the token", async () => {
    const where = homes();
    const under = asking(where, plain.url, { args: ["--json"] });
    await decide(plain, under, "approve");
    expect(await under.exited).toBe(0);

    expect(JSON.parse(under.stdout())).toEqual({
      url: plain.url,
      device_id: expect.any(String),
      scope: "device",
      token_file: tokenFile(where),
    });
    expect(under.stdout()).not.toContain(read(tokenFile(where))!);
  }, 30_000);

  test("denied is exit code 4, and nothing is kept", async () => {
    const where = homes();
    const under = asking(where, plain.url);
    await decide(plain, under, "deny");

    expect([await under.exited, under.stdout()]).toEqual([4, ""]);
    expect(under.said()).toContain("denied");
    expect(existsSync(tokenFile(where))).toBe(false);
  }, 30_000);

  test("--remote shows code, URL and a QR of that URL, and says when no phone could open it", async () => {
    const under = askingInTerminal(homes(), plain.url, { args: ["--remote"] });
    const code = await under.code();
    await under.until(/phone cannot open it/);
    under.kill("SIGTERM");
    await under.exited;

    const url = `${plain.url}/connect?code=${code}`;
    expect(under.said()).toContain(url);
    const { data } = encode(url, { border: 2 });
    const shown = under
      .said()
      .split(/\r?\n/)
      .map((line) => line.slice(2))
      .filter((line) => line.length === data.length && /^[█▀▄ ]+$/.test(line));
    const rows = shown.flatMap((line) => [
      [...line].map((char) => !"█▀".includes(char)),
      [...line].map((char) => !"█▄".includes(char)),
    ]);
    expect(rows.slice(0, data.length)).toEqual(data);
  }, 30_000);
});

describe("by password", () => {
  test("pasted into a terminal it is not echoed; a wrong one may be tried again", async () => {
    const where = homes();
    const under = askingInTerminal(where, guarded.url);
    await under.until(/password here/);
    under.type("wrong horse\r");
    await under.until(/The password is wrong/);
    under.type(`\x1b[200~${PASSWORD}x\x7f\x1b[201~\r`);

    expect(await under.exited).toBe(0);

    expect(under.said()).not.toContain("horse");
    expect(under.said()).not.toContain(PASSWORD.slice(0, 6));
    expect(under.said()).not.toContain(read(tokenFile(where))!);
    expect(read(urlFile(where))).toBe(guarded.url);
  }, 30_000);

  test("from a pipe as well; a wrong one there is exit code 4", async () => {
    const where = homes();

    const wrong = asking(where, guarded.url, { input: "wrong horse\n" });
    expect([await wrong.exited, existsSync(tokenFile(where))]).toEqual([4, false]);

    const right = asking(where, guarded.url, { input: PASSWORD });
    expect(await right.exited).toBe(0);
    expect(read(tokenFile(where))).toStartWith("lh_");
  }, 30_000);

  test("the sign-in that it took is over, and it stands in the audit log without password or token", async () => {
    const where = homes();
    expect(await asking(where, guarded.url, { input: `${PASSWORD}\n` }).exited).toBe(0);

    const dir = join(guardedHomes.home, "logs");
    const log = readdirSync(dir)
      .map((name) => readFileSync(join(dir, name), "utf8"))
      .join("");
    for (const word of ["browser signed in", "device code approved", "device token created", "browser signed out"])
      expect(log).toContain(word);
    for (const secret of [PASSWORD, read(tokenFile(where))!]) expect(log).not.toContain(secret);
  }, 30_000);

  test("with the password asked for, approving in the browser is as good, and the terminal echoes again", async () => {
    const where = homes();
    const command = ["bash", "-c", `"$@"; code=$?; stty -a | grep -o ' -\\?echo ' ; exit $code`, "-"];
    const under = askingInTerminal(where, guarded.url, { command: [...command, ...SOURCE] });
    await under.until(/password here/);
    await decide(guarded, under, "approve");

    expect(await under.exited).toBe(0);
    expect(under.said()).toMatch(/ echo \r?\n$/);
  }, 30_000);
});

describe("given up", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s takes the code back, exit code 1",
    async (signal) => {
      const where = homes();
      const under = asking(where, plain.url);
      const code = await under.code();
      expect((await look(plain, code)).status).toBe(200);

      under.kill(signal);

      expect(await under.exited).toBe(1);
      expect((await look(plain, code)).status).toBe(404);
      expect(existsSync(tokenFile(where))).toBe(false);
    },
    30_000,
  );

  test("Ctrl-C while the password is asked for does too", async () => {
    const under = askingInTerminal(homes(), guarded.url);
    const code = await under.code();
    await under.until(/password here/);

    under.type("half a pass\x03");

    expect(await under.exited).toBe(1);
    expect((await look(guarded, code)).status).toBe(404);
  }, 30_000);

  test("nobody there is exit code 3, a flag that is none 2", async () => {
    const dead = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const url = `http://127.0.0.1:${dead.port}`;
    await dead.stop(true);

    expect((await cli(homes(), ["auth", "--url", url])).code).toBe(3);
    expect((await cli(homes(), ["auth", "--url", "ftp://x"])).code).toBe(2);
    expect((await cli(homes(), ["auth", "--token", "x"])).code).toBe(2);
  }, 30_000);

  test("where no token could be kept, nobody is asked to approve one", async () => {
    const where = homes();
    const file = join(where.user, "file");
    writeFileSync(file, "");

    const tried = await cli(where, ["auth", "--url", plain.url], { CLAUDE_CONFIG_DIR: file });

    expect([tried.code, /[A-Z]{4}-[A-Z]{4}/.test(tried.stderr)]).toEqual([1, false]);
    expect(tried.stderr).toContain("CLAUDE_CONFIG_DIR");
  }, 30_000);

  test("a server that is no Longhouse is exit code 3, and its words do nothing to the terminal", async () => {
    const evil = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        Response.json({
          device_code: "x",
          user_code: "\x1b]52;c;ZXZpbA==\x07",
          verification_uri: "javascript:alert(1)",
          verification_uri_complete: "file:///etc/passwd",
          expires_in: 600,
          interval: 1,
        }),
    });
    const { code, stdout, stderr } = await cli(homes(), ["auth", "--url", `http://127.0.0.1:${evil.port}`]);
    await evil.stop(true);

    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).not.toContain("\x1b");
  }, 30_000);
});

describe("a token is for its server alone", () => {
  type Seen = { readonly method: string; readonly path: string; readonly headers: string; readonly body: string };
  const listener = (answer: (request: Request) => Response) => {
    const seen: Seen[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { pathname: path } = new URL(request.url);
        const headers = JSON.stringify([...request.headers]);
        seen.push({ method: request.method, path, headers, body: await request.text() });
        return answer(request);
      },
    });
    return { seen, url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
  };

  test("auth to A, then anything to B: B sees no token, by any name of this machine", async () => {
    const where = homes();
    const under = asking(where, plain.url);
    await decide(plain, under, "approve");
    expect(await under.exited).toBe(0);
    const token = read(tokenFile(where))!;
    mkdirSync(join(where.user, ".claude/projects/p"), { recursive: true });
    writeFileSync(join(where.user, ".claude/projects/p/00000000-0000-4000-8000-000000000000.jsonl"), "{}\n");
    const other = listener(() => Response.json({ error: { code: "unauthenticated", message: "no" } }, { status: 401 }));

    for (const url of [other.url, other.url.replace("127.0.0.1", "localhost")])
      for (const command of [["recent"], ["ship"], ["status"], ["search", "x"]])
        await cli(where, [...command, "--url", url], { LONGHOUSE_REQUEST_MS: "500" });
    await other.stop();

    expect(other.seen.length).toBeGreaterThan(4);
    expect(JSON.stringify(other.seen)).not.toContain("lh_");
    expect(JSON.stringify(other.seen)).not.toContain(token);
  }, 60_000);

  test("a redirect is not followed, by auth or with the token: exit code 3, the other server sees nothing", async () => {
    const where = homes();
    const other = listener(() => Response.json({}));
    const first = listener((request) => Response.redirect(`${other.url}${new URL(request.url).pathname}`, 307));

    const tried = await cli(where, ["auth", "--url", first.url]);
    expect([tried.code, tried.stderr.includes(`longhouse auth --url ${other.url}`)]).toEqual([3, true]);
    mkdirSync(join(where.user, ".claude"), { recursive: true });
    writeFileSync(tokenFile(where), "lh_mine\n", { mode: 0o600 });
    writeFileSync(urlFile(where), first.url);
    expect((await cli(where, ["recent"])).code).not.toBe(0);

    expect(first.seen.some(({ headers }) => headers.includes("lh_mine"))).toBe(true);
    expect(other.seen).toEqual([]);
    await Promise.all([first.stop(), other.stop()]);
  }, 30_000);

  test("auth to another server leaves the first one's token nowhere", async () => {
    const where = homes();
    for (const server of [plain, guarded]) {
      const under = asking(where, server.url);
      await decide(server, under, "approve");
      expect(await under.exited).toBe(0);
    }

    expect(read(urlFile(where))).toBe(guarded.url);
    const headers = { "x-agents-token": read(tokenFile(where))! };
    expect((await fetch(`${guarded.url}/api/status`, { headers })).status).toBe(200);
    expect((await fetch(`${plain.url}/api/status`, { headers })).status).toBe(401);
    const back = await cli(where, ["recent", "--url", plain.url]);
    expect([back.code, back.stderr.includes(`longhouse auth --url ${plain.url}`)]).toEqual([4, true]);
  }, 30_000);

  test("plain http to another machine's name is warned of, to this one it is not", async () => {
    const far = await cli(homes(), ["auth", "--url", `http://${hostname()}:9`]);
    const near = await cli(homes(), ["auth", "--url", "http://localhost:9"]);

    expect([far.stderr.includes("plain http"), near.stderr.includes("plain http")]).toEqual([true, false]);
  }, 40_000);
});
