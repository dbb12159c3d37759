/** What another app shares to this one is searched for. Pure. */

/** The timeline with the shared text, title or address as its search; the words an app adds to a link are left out. */
export function sharedUrl(search: string): string {
  const params = new URLSearchParams(search);
  const text = ["text", "title", "url"].map((name) => params.get(name)?.trim() ?? "").find((value) => value !== "");
  return text === undefined ? "/timeline" : `/timeline?q=${encodeURIComponent(text.slice(0, MOST))}`;
}

/** A search, not a document. */
const MOST = 400;
