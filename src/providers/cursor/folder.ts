/** Folders as Cursor names them: paths, and `file:` URLs, also of another system's machine. */

/** The path of a folder; undefined for what is none (a remote's URL, a window without a folder). */
export function folderOf(named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  if (!named.startsWith("file://")) return /^(?:\/|[A-Za-z]:[\\/])/.test(named) ? named : undefined;
  const path = decoded(named.slice("file://".length));
  // file:///c%3A/Users
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path.startsWith("/") ? path : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
