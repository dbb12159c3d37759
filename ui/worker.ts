/**
 * The service worker: opens the app without the server, and shows then what was last seen. Asks the server first, always;
 * only files named by their content come from the cache. Kept answers are forgotten when the browser is signed out.
 */

/** Set by build.ts: paths of the build's files, `/` for the page; what names this build. */
declare const BUILD_SHELL: readonly string[];
declare const BUILD_ID: string;

// The parse boundary of types: this file runs in a worker, the others of its project in a page.
type Lasting = globalThis.Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Lasting & { readonly request: Request; respondWith(answer: Promise<Response>): void };
type Scope = {
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
};
const scope = globalThis as unknown as Scope;

const SHELL = `shell-${BUILD_ID}`;
/** The page deletes it by this name when it signs out (ui/access/state.ts). */
const SEEN = "seen";
/** Answers kept. */
const SEEN_MAX = 150;
const KEPT = /^\/api\/(agents\/(sessions|filters|usage)|status|memory|notices|settings|views)(\/|$)/;
const NOT_KEPT = /\/(raw|export|parts|stream)(\/|$)/;

scope.addEventListener("install", (event) =>
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll([...BUILD_SHELL]))),
);
scope.addEventListener("activate", (event) => event.waitUntil(forgetOldShells().then(() => scope.clients.claim())));
// An update waits until no old page is open, whose parts it would throw away; or until someone asks for it.
scope.addEventListener("message", (event) => event.data === "update" && void scope.skipWaiting());
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) return event.respondWith(fromShell(request));
  if (request.mode === "navigate" && !/^\/(api|login|mcp|metrics)(\/|$)/.test(pathname))
    return event.respondWith(page(request));
  // Half-typed words are worth nothing later.
  if (KEPT.test(pathname) && !NOT_KEPT.test(pathname) && !searchParams.has("query")) event.respondWith(answer(event));
});

async function forgetOldShells(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== SHELL) await caches.delete(name);
}

const fromShell = async (request: Request): Promise<Response> => (await caches.match(request)) ?? fetch(request);

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match("/", { cacheName: SHELL });
    if (!kept) throw error;
    return kept;
  }
}

async function answer(event: Fetching): Promise<Response> {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (response.status === 401) event.waitUntil(caches.delete(SEEN));
    if (response.ok) event.waitUntil(keep(request, response.clone()));
    return response;
  } catch (error) {
    const kept = request.signal.aborted ? undefined : await caches.match(request, { cacheName: SEEN });
    if (!kept) throw error;
    return kept;
  }
}

let puts = 0;

async function keep(request: Request, response: Response): Promise<void> {
  const headers = new Headers(response.headers);
  headers.set("x-seen-at", new Date().toISOString());
  const seen = await caches.open(SEEN);
  await seen.put(request, new Response(response.body, { headers }));
  if (++puts % 20 !== 0) return;
  // In the order in which they were put: the oldest first.
  const all = await seen.keys();
  for (const old of all.slice(0, Math.max(0, all.length - SEEN_MAX))) await seen.delete(old);
}
