/** Which pictures `bun run shots` takes: every page in every state, and how each state is brought about. */
import type { BrowserContext, Page } from "playwright-core";
import type { Status } from "../../src/domain/status.ts";

export type Shot = {
  readonly name: string;
  readonly path: string;
  /** What is done once the page is there; for `loading`, at once. */
  readonly act?: (page: Page) => Promise<unknown>;
  /** Whole page instead of the screen. */
  readonly full?: true;
};

const PAGES = ["timeline", "insights", "machines", "memory", "settings", "status", "connect"] as const;

/** Every page, named after the state it is in. */
export const each = (state: string, session?: string): readonly Shot[] => [
  ...PAGES.map((page) => ({ name: `${page}-${state}`, path: `/${page}`, ...long(page, state) })),
  ...(session === undefined ? [] : [{ name: `session-${state}`, path: `/sessions/${session}` }]),
];

const long = (page: string, state: string): { full?: true } =>
  state === "empty" && (page === "timeline" || page === "insights") ? { full: true } : {};

const palette = async (page: Page, text: string) => {
  await page.keyboard.press("Control+k");
  await page.locator(".palette input").fill(text);
  await page.waitForTimeout(400);
};

/** What there is with an archive that holds something. */
export const normal = (session: string, code: string): readonly Shot[] => [
  { name: "timeline", path: "/timeline" },
  { name: "search", path: "/timeline?q=flush" },
  { name: "search-none", path: "/timeline?q=xyzzyplugh" },
  {
    name: "timeline-selected",
    path: "/timeline",
    act: async (page) => {
      await page.keyboard.press("j");
      await page.keyboard.press("x");
    },
  },
  {
    name: "timeline-menu",
    path: "/timeline",
    act: async (page) => {
      await page.keyboard.press("j");
      await page.keyboard.press(".");
    },
  },
  { name: "session", path: `/sessions/${session}` },
  { name: "session-start", path: `/sessions/${session}`, act: (page) => page.keyboard.press("g") },
  {
    name: "session-find",
    path: `/sessions/${session}`,
    act: async (page) => {
      await page.keyboard.press("Control+f");
      await page.keyboard.type("flush");
    },
  },
  {
    name: "session-more",
    path: `/sessions/${session}`,
    act: (page) => page.locator("[popovertarget=session-more]").click(),
  },
  { name: "insights", path: "/insights?range=all", full: true },
  { name: "insights-none", path: "/insights?since=2020-01-01&until=2020-01-31" },
  { name: "machines", path: "/machines", full: true },
  { name: "connect", path: "/connect" },
  { name: "connect-code", path: `/connect?code=${code}` },
  { name: "connect-wrong", path: "/connect?code=BBBB-BBBB" },
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
  { name: "session-missing", path: "/sessions/00000000-0000-0000-0000-000000000000" },
  { name: "help", path: "/timeline", act: (page) => page.keyboard.press("?") },
  { name: "palette", path: "/timeline", act: (page) => palette(page, "") },
  { name: "palette-typed", path: "/timeline", act: (page) => palette(page, "the") },
  { name: "palette-none", path: "/timeline", act: (page) => palette(page, "xyzzyplugh") },
  { name: "notices", path: "/timeline", act: (page) => page.locator(".bell").click() },
  { name: "more", path: "/timeline", act: (page) => page.locator(".bar button").last().click({ timeout: 1000 }) },
];

/** Agents at work: one that works, one that waits, one that rests. */
export const live = (session: string): readonly Shot[] => [
  { name: "timeline-live", path: "/timeline" },
  { name: "session-live", path: `/sessions/${session}` },
  ...(["insights", "machines", "status"] as const).map((page) => ({ name: `${page}-live`, path: `/${page}` })),
];

/** A first import under way, and machines that have trouble. */
export const troubled: readonly Shot[] = [
  { name: "timeline-importing", path: "/timeline" },
  { name: "status-troubled", path: "/status", full: true },
  { name: "machines-troubled", path: "/machines", full: true },
];

/** Before anybody has signed in. */
export const strangers = (password: boolean): readonly Shot[] =>
  password
    ? [
        { name: "signin", path: "/timeline" },
        {
          name: "signin-refused",
          path: "/timeline",
          act: async (page) => {
            await page.locator("input[type=password]").fill("a wrong password");
            await page.keyboard.press("Enter");
            await page.locator(".refused").filter({ hasText: /\S/ }).waitFor({ timeout: 3000 });
          },
        },
      ]
    : [{ name: "signin-link", path: "/timeline" }];

/** Answers never come; the app itself does. */
export async function hang(context: BrowserContext): Promise<void> {
  await context.route(/\/api\/(?!auth)/, () => {});
}

/** Every answer is a fault of the server. */
export async function refuse(context: BrowserContext): Promise<void> {
  const body = {
    error: { code: "internal", message: "Something went wrong here.", hint: "The server's log says more." },
  };
  await context.route(/\/api\/(?!auth|live)/, (route) => route.fulfill({ status: 500, json: body }));
}

/** The status says that a history is being read, and what is wrong with two machines. */
export async function trouble(context: BrowserContext): Promise<void> {
  await context.route("**/api/status", async (route) => {
    const response = await route.fetch();
    const status = (await response.json()) as Status;
    await route.fulfill({ response, json: { ...status, ...TROUBLE, devices: [...status.devices, ...machines()] } });
  });
}

const TROUBLE: Pick<Status, "import" | "errors" | "derive"> = {
  import: {
    sources: 1840,
    bytes: 2_400_000_000,
    done_bytes: 760_000_000,
    rate: 48_000_000,
    eta_s: 34,
    agents: [
      { provider: "claude", sources: 1200, finished: 420, bytes: 1_900_000_000, done_bytes: 610_000_000 },
      { provider: "codex", sources: 640, finished: 90, bytes: 500_000_000, done_bytes: 150_000_000 },
    ],
  },
  derive: { behind_bytes: 12_400_000 },
  errors: [
    {
      code: "disk_full",
      message: "The disk is full: what agents write waits on their machines",
      hint: "Free some space; nothing is lost meanwhile",
      at: new Date(Date.now() - 120_000).toISOString(),
    },
  ],
};

const machines = (): Status["devices"] => [
  {
    id: "a-laptop-with-a-name-that-goes-on-and-on.local",
    last_seen_at: new Date(Date.now() - 3 * 86_400_000).toISOString(),
    version: "0.0.9",
    spooled: 84_000_000,
    failed: 2,
    polling: "too many files to watch",
    refused: [
      { path: "/home/ada/.claude/projects/-w/broken.jsonl", code: "bad_request", at: new Date().toISOString() },
    ],
    agents: [{ provider: "claude", sources: 812, bytes: 900_000_000 }],
    disk_free: 400_000_000,
  },
  {
    id: "ci-runner",
    last_seen_at: new Date(Date.now() - 5000).toISOString(),
    version: "0.1.0",
    paused: true,
    spooled: 0,
  },
];
