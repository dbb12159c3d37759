/** Opens the user's browser. */

/** Hands a URL to the system. False when nothing here could open it; the child is not waited for. */
export function openBrowser(url: string): boolean {
  const opener = process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  if (!Bun.which(opener)) return false;
  try {
    const child = Bun.spawn([opener, url], { stdio: ["ignore", "ignore", "ignore"], detached: true });
    child.unref();
    return true;
  } catch {
    return false;
  }
}
