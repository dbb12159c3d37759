/** Real sessions, shipped and derived by the product, against a count of their files that shares no parser with it. */
import { expect, setDefaultTimeout } from "bun:test";
import { CORPUS, needing } from "../support/needs.ts";
import { countBoth } from "./count.ts";

setDefaultTimeout(240_000);

const EXACT = [
  "sessions", "helpers", "prompts", "toolCalls", "unpaired", "input", "output", "cache_read", "cache_write", "reasoning",
] as const; // prettier-ignore
const SHARE_MAX = 0.005;

needing(CORPUS !== null, "LONGHOUSE_CORPUS names no real sessions")(
  "a fresh archive derives what real files hold, to the last token, and knows their records",
  async () => {
    const { both, formats } = await countBoth(CORPUS!, { copies: false });
    const exact = (flat: Readonly<Record<string, number>>) => EXACT.map((figure) => [figure, flat[figure] ?? 0]);

    for (const [provider, { raw, derived }] of Object.entries(both))
      expect([provider, exact(derived)]).toEqual([provider, exact(raw)]);
    for (const { provider, records, unknown } of formats.providers)
      expect([provider, unknown / records <= SHARE_MAX]).toEqual([provider, true]);
  },
);
