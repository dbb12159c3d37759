/**
 * `bun run shots [WORD…]`: a picture of every page in every state, at two widths, in both themes, into test-results/shots.
 * Words pick those whose name holds one of them. For people who look; no test compares the pictures.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";

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
const { sessionId } = await import("../support/post.ts");
const { startServer } = await import("../support/server.ts");
type Server = Awaited<ReturnType<typeof startServer>>;

type Shot = {
  readonly name: string;
  readonly path: string;
  /** What is done once the page is there; for `loading`, at once. */
  readonly act?: (page: Page) => Promise<unknown>;
  /** Whole page instead of the screen. */
  readonly full?: true;
};

const palette = async (page: Page, text: string) => {
  await page.keyboard.press("Control+k");
  await page.locator(".palette input").fill(text);
  await page.waitForTimeout(400);
};

const normal = (session: string): readonly Shot[] => [
  { name: "timeline", path: "/timeline" },
  { name: "search", path: "/timeline?q=flush" },
  { name: "search-none", path: "/timeline?q=xyzzyplugh" },
  { name: "session", path: `/sessions/${session}` },
  { name: "machines", path: "/machines", full: true },
  { name: "memory", path: "/memory" },
  { name: "memory-one", path: "/memory?key=deploy.notes", full: true },
  {
    name: "memory-edit",
    path: "/memory?key=deploy.notes",
    act: (page) => page.getByRole("button", { name: "Edit" }).click(),
  },
  { name: "settings", path: "/settings", full: true },
  { name: "status", path: "/status", full: true },
  { name: "kit", path: "/kit", full: true },
  { name: "missing", path: "/no/such/page" },
  { name: "help", path: "/timeline", act: (page) => page.keyboard.press("?") },
  { name: "palette", path: "/timeline", act: (page) => palette(page, "") },
  { name: "palette-typed", path: "/timeline", act: (page) => palette(page, "the") },
  { name: "notices", path: "/timeline", act: (page) => page.locator(".bell").click() },
  { name: "more", path: "/timeline", act: (page) => page.locator(".bar button").last().click({ timeout: 1000 }) },
];
const PAGES = ["timeline", "machines", "memory", "settings", "status"] as const;
const each = (state: string): readonly Shot[] => PAGES.map((page) => ({ name: `${page}-${state}`, path: `/${page}` }));

const LOOKS = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((theme) => ({ width, theme })));

const browser = await launch();
const sockets: (() => void)[] = [];
let pictures = 0;
mkdirSync(out, { recursive: true });
const full = await startServer({ env: { SKIP_DEMO_SEED: "1" } });
await fill(full);
const session = await sessionId(full, EVERYTHING);
await take(full, normal(session));
await take(full, [...each("loading"), { name: "session-loading", path: `/sessions/${session}` }], hang);
await take(full, [...each("error"), { name: "session-error", path: `/sessions/${session}` }], refuse);
await take(full, [...each("offline"), { name: "session-offline", path: `/sessions/${session}` }], null, true);
await full.stop();
const empty = await startServer({});
await take(empty, each("empty"));
await empty.stop();
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

/** Answers never come; the app itself does. */
async function hang(context: BrowserContext): Promise<void> {
  await context.route(/\/api\/(?!auth)/, () => {});
}

/** Every answer is a fault of the server. */
async function refuse(context: BrowserContext): Promise<void> {
  const body = {
    error: { code: "internal", message: "Something went wrong here.", hint: "The server's log says more." },
  };
  await context.route(/\/api\/(?!auth|live)/, (route) => route.fulfill({ status: 500, json: body }));
}

type Prepare = ((context: BrowserContext) => Promise<void>) | null;

async function take(server: Server, shots: readonly Shot[], prepare: Prepare = null, cut = false): Promise<void> {
  const picked = shots.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  if (picked.length === 0) return;
  for (const look of LOOKS) {
    const context = await signedIn(browser as Browser, server, options(look));
    if (prepare) await prepare(context);
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
    const path = join(out, `${shot.name}-${look.width}-${look.theme}.png`);
    await page.screenshot({ path, fullPage: shot.full === true });
    pictures++;
  } finally {
    await page.close();
  }
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
