/** Every provider there is. Adding one is its module, a line here, and its fixtures. */
import type { Provider } from "../domain/provider.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { cursor } from "./cursor.ts";
import { event } from "./event.ts";
import { gemini } from "./gemini.ts";
import { oikos } from "./oikos.ts";
import { qwen } from "./qwen.ts";

/** In the order in which they are shown. */
export const PROVIDERS: readonly Provider[] = [claude, codex, gemini, cursor, qwen, oikos, event];

const BY_NAME = new Map(PROVIDERS.map((provider) => [provider.name, provider]));

/** The provider of a name; null when there is none. */
export function provider(name: string): Provider | null {
  return BY_NAME.get(name) ?? null;
}
