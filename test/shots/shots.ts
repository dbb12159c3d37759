/**
 * `bun run shots [WORD…]`: a picture of every page in every state, at two widths, in both themes, into test-results/shots.
 * Words pick those whose name holds one of them. For people who look; no test compares the pictures.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { each, hang, live, normal, refuse, strangers, trouble, troubled, type Shot } from "./states.ts";

const root = join(import.meta.dir, "../..");
const out = join(root, "test-results/shots");
const build = join(root, "test-results/shots-build");
const wanted = process.argv.slice(2);

if (!process.env["LONGHOUSE_BINARY"]) {
  const built = Bun.spawnSync([process.execPath, "build.ts", "--kit", "--out", build], { cwd: root });
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  // Before test/support reads it.
  process.env["LONGHOUSE_BINARY"] = join(build, "longhouse");
}
const { launch, signedIn } = await import("../support/browser.ts");
const { EVERYTHING, postEverything } = await import("../support/everything.ts");
const { conversation, idOf, pathOf } = await import("../support/conversation.ts");
const { post, sessionId } = await import("../support/post.ts");
const { startServer } = await import("../support/server.ts");
type Server = Awaited<ReturnType<typeof startServer>>;

const LOOKS = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((theme) => ({ width, theme })));

const browser = await launch();
const sockets: (() => void)[] = [];
let pictures = 0;
mkdirSync(out, { recursive: true });
const full = await startServer({ env: { SKIP_DEMO_SEED: "1" } });
await fill(full);
const session = await sessionId(full, EVERYTHING);
await take(full, normal(session, await askedCode(full)));
await take(full, each("loading", session), { prepare: hang });
await take(full, each("error", session), { prepare: refuse });
await take(full, each("offline", session), { cut: true });
await take(full, troubled, { prepare: trouble });
await take(full, live(await work(full)));
await take(full, strangers(false), { stranger: true });
await full.stop();
const empty = await startServer({});
await take(empty, each("empty"));
await empty.stop();
const guarded = await startServer({ env: { LONGHOUSE_PASSWORD: "a long enough password" } });
await take(guarded, strangers(true), { stranger: true });
await guarded.stop();
await browser.close();
console.log(`${out}: ${pictures} pictures`);
process.exit(0);

async function fill(server: Server): Promise<void> {
  await postEverything(server);
  const send = (method: string, path: string, body: object) =>
    server.api(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  for (const value of ["Deploy from the release branch.", "Deploy from the release branch.\nPort 8443, never 8080."])
    await send("PUT", "/api/memory/deploy.notes", { value, agent: "claude 1f2e" });
  await send("PUT", "/api/memory/style", { value: "Short sentences. No exclamation marks.", project: "kiln" });
  await send("PUT", "/api/memory/a.very.long.key.that.goes.on.and.on.until.it.has.to.break.somewhere", {
    value: "x".repeat(4000),
  });
  await send("POST", "/api/notices", {
    message: "The release is built and waits for you.",
    level: "done",
    agent: "claude 1f2e",
  });
  await send("POST", "/api/notices", {
    message: "Two tests fail; I need the staging key.",
    level: "blocked",
    session_id: "x",
  });
  await server.settled();
}

/** The letters of a machine that asks to be let in. */
async function askedCode(server: Server): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ device_id: "adas-laptop", scope: "device" });
  const answer = await fetch(`${server.url}/api/devices/codes`, { method: "POST", headers, body });
  return ((await answer.json()) as { user_code: string }).user_code;
}

/** Three agents, of which one works and one waits. Gives the id of the session at work. */
async function work(server: Server): Promise<string> {
  const begin = (n: number, title: string) => {
    const talk = conversation({ id: idOf(n), at: Date.now() - 60_000, cwd: "/home/ada/work/kiln", branch: "main" });
    talk.prompt(title);
    return talk;
  };
  const working = begin(61, "Move the archive's writes to one thread");
  working.say("I begin with what writes today.");
  working.call("Edit", { file_path: "/home/ada/work/kiln/src/archive.ts", old_string: "a", new_string: "b" });
  const waiting = begin(62, "Publish the release");
  waiting.call("Bash", { command: "make publish" });
  const resting = begin(63, "Explain the glaze");
  resting.reply("It is quartz, for the most part.");
  for (const [n, talk] of [
    [61, working],
    [62, waiting],
    [63, resting],
  ] as const)
    await post(server, pathOf({ id: idOf(n) }), talk.text());
  const signal = (n: number, state: string, more: object = {}) => ({
    provider: "claude",
    provider_session_id: idOf(n),
    state,
    ...more,
  });
  const signals = [
    signal(61, "working"),
    signal(62, "waiting", { waiting_for: "permission prompt" }),
    signal(63, "idle"),
  ];
  await server.settled();
  const body = JSON.stringify({
    version: "0.1.0",
    started_at: null,
    providers: {},
    live: signals,
    failed: [],
    disk_free: 90_000_000_000,
  });
  await server.api("/api/agents/heartbeat", { method: "POST", headers: { "content-type": "application/json" }, body });
  return sessionId(server, idOf(61));
}

type How = {
  readonly prepare?: (context: BrowserContext) => Promise<void>;
  /** The server goes once the page is there. */
  readonly cut?: boolean;
  /** Not signed in. */
  readonly stranger?: boolean;
};

async function take(
  server: Server,
  shots: readonly Shot[],
  { prepare, cut = false, stranger }: How = {},
): Promise<void> {
  const picked = shots.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  if (picked.length === 0) return;
  for (const look of LOOKS) {
    const context = stranger
      ? await browser.newContext(options(look))
      : await signedIn(browser as Browser, server, options(look));
    await prepare?.(context);
    for (const shot of picked) await picture(context, server, { shot, look, cut });
    await context.close();
  }
}

function options({ width, theme }: (typeof LOOKS)[number]) {
  const phone = width < 600 ? { isMobile: true, hasTouch: true } : {};
  return { viewport: { width, height: width < 600 ? 844 : 800 }, colorScheme: theme, deviceScaleFactor: 1, ...phone };
}

type Taken = { readonly shot: Shot; readonly look: (typeof LOOKS)[number]; readonly cut: boolean };

async function picture(context: BrowserContext, server: Server, { shot, look, cut }: Taken): Promise<void> {
  const page = await context.newPage();
  try {
    if (cut) await cutSockets(page);
    await page.goto(server.url + shot.path);
    await page
      .locator("main[data-ready=true]")
      .waitFor({ timeout: cut ? 2500 : 1500 })
      .catch(() => {});
    if (cut) await loseServer(page);
    await shot.act?.(page).catch(() => {});
    await page.waitForTimeout(350);
    // A window as tall as the page: else what sticks to its edges stands in the middle of the picture.
    if (shot.full) await page.setViewportSize({ width: look.width, height: await heightOf(page) });
    const path = join(out, `${shot.name}-${look.width}-${look.theme}.png`);
    await page.screenshot({ path });
    pictures++;
  } finally {
    await page.close();
  }
}

function heightOf(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(innerHeight, document.documentElement.scrollHeight));
}

/** The page's live feed can be closed from here. */
async function cutSockets(page: Page): Promise<void> {
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    socket.connectToServer();
    sockets.push(() => void socket.close());
  });
}

/** As if the server had gone while the page was open. */
async function loseServer(page: Page): Promise<void> {
  await page.route(/\/api\//, (route) => route.abort());
  await page.routeWebSocket(/\/api\/live/, (socket) => void socket.close());
  for (const close of sockets.splice(0)) close();
  await page
    .locator(".offline")
    .waitFor({ timeout: 6000 })
    .catch(() => {});
}
