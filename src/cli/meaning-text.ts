/** What is said of search by meaning. */
import type { SemanticStatus } from "../domain/status.ts";
import { plain } from "../lib/ansi.ts";

/** "words-1 at 127.0.0.1:11434, 1200 passages, 30 events to go"; with what is wrong, if anything. */
export function meaningText({ model, server, vectors, left, error, state }: SemanticStatus): string {
  const parts = [`${plain(model)} at ${plain(server)}`, `${vectors} passages`];
  if (state === "starting") parts.push("starting");
  else if (left > 0) parts.push(`${left} events to go`);
  return parts.join(", ") + (error === null ? "" : `; it waits: ${plain(error)}`);
}
