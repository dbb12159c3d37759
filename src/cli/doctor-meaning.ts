/** Examination of search by meaning: what the server says of it, and whether the key travels openly. */
import type { Config } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import type { Status } from "../domain/status.ts";
import { placeOf } from "../lib/embeddings.ts";
import { clientAt } from "./client.ts";
import type { ServerAddress } from "./find-server.ts";
import { type Finding, noted, ok, problem } from "./findings.ts";
import { meaningText } from "./meaning-text.ts";

/** Nothing where it is not set up, and where no server answers: another check says so. */
export async function checkMeaning(config: Config, server: ServerAddress): Promise<readonly Finding[]> {
  const open = keyTravelsOpenly(config) ? [noted(OPENLY, "Use an https URL in [search] embeddings_url.")] : [];
  try {
    const { search } = await clientAt(server).get<Status>("/api/status");
    return [...open, ...stateOf(search.semantic)];
  } catch (error) {
    if (error instanceof Fault) return open;
    throw error;
  }
}

const OPENLY = "The key for the server of embeddings, and what was said, go over the network unencrypted";

function keyTravelsOpenly({ embeddings }: Config): boolean {
  if (!embeddings?.url.startsWith("http:")) return false;
  return !/^(localhost|127\.|\[::1\])/.test(placeOf(embeddings));
}

function stateOf(semantic: Status["search"]["semantic"]): Finding[] {
  if (!semantic) return [];
  const text = `Search by meaning: ${meaningText(semantic)}`;
  if (semantic.error === null) return [semantic.left > 0 ? noted(text) : ok(text)];
  return [problem(`${text}. Search by words goes on`, "See [search] in config.toml, then: longhouse serve")];
}
