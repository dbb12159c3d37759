/** What the page at an address asks the server first, in the very words in which it asks. Pure. */

export type FirstAsked = { readonly isSession: boolean; readonly paths: readonly string[] };

/** `state`: the history entry's. A reader who was somewhere in the session already is led there by other questions. */
export function firstAsked(
  { pathname, search }: Pick<Location, "pathname" | "search">,
  state: object | null,
): FirstAsked {
  if ((pathname === "/timeline" || pathname === "/") && search === "")
    return {
      isSession: false,
      paths: ["/api/agents/sessions?limit=50", "/api/agents/sessions?state=waiting&limit=100"],
    };
  const id = /^\/sessions\/([\w-]+)$/.exec(pathname)?.[1];
  if (id === undefined) return { isSession: false, paths: [] };
  const session = `/api/agents/sessions/${id}`;
  if (state && "reading" in state) return { isSession: true, paths: [session] };
  const event = new URLSearchParams(search).get("event");
  const place = event === null ? "before=end" : new URLSearchParams({ around: event }).toString();
  return { isSession: true, paths: [`${session}/events?${place}&limit=100`, session] };
}
