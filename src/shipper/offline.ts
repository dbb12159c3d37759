/** What the spool remembers of archives and of the way to them, also while the server cannot be reached. */
import type { GateState } from "./gate.ts";
import type { Spool } from "./spool.ts";
import { serverKey } from "./token.ts";

/** How things stood with the server when something last changed. `at`, `until`: ms UTC. */
export type Link = {
  readonly kind: GateState["kind"];
  /** Why nothing moves; null = it does. */
  readonly reason: string | null;
  readonly until: number | null;
  readonly at: number;
};

/** Notes whether bytes get through to the server at `url`, for `status`. */
export function noteLink(spool: Spool, url: string, state: GateState): void {
  const [reason, until] = state.kind === "open" ? [null, null] : [state.reason, state.until];
  const link: Link = { kind: state.kind, reason, until, at: Date.now() };
  spool.setMeta(`link ${serverKey(url)}`, JSON.stringify(link));
}

/** What was last noted of the way to the server at `url`; null = nothing was. */
export function linkTo(spool: Spool, url: string): Link | null {
  const text = spool.meta(`link ${serverKey(url)}`);
  // Written by noteLink only.
  return text ? (JSON.parse(text) as Link) : null;
}
