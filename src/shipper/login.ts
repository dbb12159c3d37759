/** A token that is not good any more: sending stops until there is another, which counts at once. */

import { routine } from "../lib/routine.ts";

export type LoginWait = {
  /** Begins to look; once is enough. */
  begin(): void;
  close(): void;
};

export type LoginOptions = {
  /** The token as its file says it now. */
  token(): string | null;
  isPaused(): boolean;
  /** There is another token. */
  changed(): void;
};

/** How often the token is compared with the one there is now, ms. */
const TOKEN_MS = 1_000;

/** Of one shipper. */
export function awaitLogin({ token, isPaused, changed }: LoginOptions): LoginWait {
  let stop: (() => void) | null = null;
  const close = () => {
    stop?.();
    stop = null;
  };
  return {
    begin() {
      const before = token();
      stop ??= routine(TOKEN_MS, () => {
        if (isPaused() && token() === before) return;
        close();
        if (isPaused()) changed();
      });
    },
    close,
  };
}
