/** The service worker's side in the page: put in place once the page is idle, and the word that a new build waits. */
import { onMount } from "solid-js";
import { idle } from "../kit/idle.ts";
import { offerReload } from "./update.ts";

declare const BUILD_KIT: boolean | undefined;

/** Whether this browser lets a page open without its server: only over HTTPS, or on this very machine. */
export const canWorkOffline = (): boolean => isSecureContext && "serviceWorker" in navigator;

/** Registers the worker; while someone develops, it would show yesterday's page. */
export function watchOfflineShell(): void {
  onMount(() => {
    if (!canWorkOffline() || (typeof BUILD_KIT !== "undefined" && BUILD_KIT)) return;
    idle(() => void register());
  });
}

async function register(): Promise<void> {
  // Refused in private windows and by policies: the page works without.
  const registration = await navigator.serviceWorker.register("/worker.js").catch(() => null);
  if (!registration) return;
  const told = () => registration.waiting && navigator.serviceWorker.controller && offerReload(registration.waiting);
  told();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", () => told()),
  );
  document.addEventListener(
    "visibilitychange",
    () => document.visibilityState === "visible" && void registration.update().catch(() => {}),
  );
}
