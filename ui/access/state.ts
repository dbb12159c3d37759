/** Whether the server answers and knows us, told by every call and by the live feed. */
import { createSignal } from "solid-js";
import { getAuthStatus, logOut } from "../api/access.ts";
import { listen } from "../api/call.ts";
import { live } from "../live.ts";

const [signedOut, setSignedOut] = createSignal(false);
const [reachable, setReachable] = createSignal(true);

/** The server asked for a sign-in that this browser does not have. */
export { signedOut };
/** The last call got an answer. */
export { reachable };

const [seenAt, setSeenAt] = createSignal<string | null>(null);
/** Since when the answer shown is old: the server is away, and the browser had kept it. null = answers are of now. */
export { seenAt };

/** Kept while signing in is what there is: the page then begins without the frame (ui/theme.ts). */
const STRANGER = "stranger";

/** Follows calls and feed for as long as the app runs. */
export function watchAccess(): void {
  listen((answer, keptAt) => {
    setReachable(answer !== "unreachable");
    if (answer === "ok") setSeenAt(null);
    // Whether one is signed in may be asked by strangers too.
    if (answer === "ok" && !signedOut()) localStorage.removeItem(STRANGER);
    if (keptAt !== undefined) setSeenAt(keptAt);
    if (answer === "unauthenticated") shut();
  });
  live().onFailure(() => void check());
  // The feed's back-off may be long; someone who comes back does not want to wait for it.
  const again = () => document.visibilityState === "visible" && !signedOut() && live().retry();
  addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
}

/** Signing in loads the page anew: until then the feed would only be refused again and again. */
function shut(): void {
  setSignedOut(true);
  localStorage.setItem(STRANGER, "");
  void forgetSeen();
  live().close();
}

/** Asks the server whether it knows us; true when it does. */
export async function check(): Promise<boolean> {
  const status = await getAuthStatus().catch(() => null);
  if (status && !status.authenticated) shut();
  return status?.authenticated === true;
}

/** Ends this browser's sign-in, and forgets what it kept for reading offline. */
export async function signOut(): Promise<void> {
  await logOut().catch(() => {});
  shut();
}

/** Deletes what the service worker kept of answers. */
async function forgetSeen(): Promise<void> {
  if ("caches" in globalThis) await caches.delete("seen").catch(() => false);
}
