/** Search with its third thread, the one that searches by meaning, on real files, beside a server of embeddings of our own. */
import { dirname, join } from "node:path";
import { startSemantic, withSemantic } from "../../src/archive/semantic.ts";
import type { FindRequest } from "../../src/archive/search-protocol.ts";
import type { Search } from "../../src/archive/search.ts";
import type { SemanticSettings } from "../../src/archive/semantic-protocol.ts";
import type { SemanticStatus } from "../../src/domain/status.ts";
import { openForReading } from "../../src/store/open.ts";
import type { EmbeddingsTwin } from "./embeddings-server.ts";
import { openLab, sessionOf } from "./search-lab.ts";

export type SemanticLab = ReturnType<typeof openSemanticLab>;

export const KEY = "sk-test-0123456789abcdef";

/** `more` changes the settings; `semantic: false` turns search by meaning off. */
export function openSemanticLab(
  twin: EmbeddingsTwin,
  { dir, model = "words-1", off = false }: { dir?: string; model?: string; off?: boolean } = {},
) {
  const lab = openLab(dir);
  const path = join(dirname(lab.paths.longhouse), "vectors.db");
  const settings: SemanticSettings = {
    server: { url: twin.url, model, key: KEY },
    backoff: { baseMs: 20, maxMs: 100 },
    requestMs: 5000,
    lookMs: 30,
  };
  const troubles: string[] = [];
  const paths = { longhouse: lab.paths.longhouse, vectors: path };
  const semantic = startSemantic(paths, off ? null : settings, (message) => void troubles.push(message));
  // Of a search, only what is asked here.
  const words = {
    find: async ({ query, ...more }: FindRequest) => lab.find(query, more),
    status: () => ({ bytes: 0, behind: 0 }),
    close: async () => {},
  } as unknown as Search;
  const search = withSemantic(words, semantic);

  const find = (query: string, more: Partial<FindRequest> = {}) =>
    search.find({
      query,
      filters: { include_subagents: false },
      sort: "relevance",
      limit: 20,
      cursor: null,
      passages: 3,
      semantic: true,
      ...more,
    });

  return {
    ...lab,
    path,
    troubles,
    find,
    status: (): SemanticStatus => semantic!.status(),
    /** Writes a session of prompts, each with a short reply. Gives its id. */
    async tell(n: number, texts: readonly string[], at?: number): Promise<void> {
      const session = sessionOf(n, texts, at);
      await lab.append(session.path, session.text);
      await lab.settled();
    },
    /** Titles do not matter here: the first prompts of the sessions found, by number. */
    async found(query: string, more: Partial<FindRequest> = {}): Promise<number[]> {
      const { sessions } = await find(query, more);
      return sessions.map(({ provider_session_id: id }) => Number(id.slice(-12)));
    },
    /** Places that have a vector: session's number, position, piece. */
    vectors(): string[] {
      const db = openForReading(path);
      const rows = db
        .query<{ session: number; position: number; part: number }, []>("SELECT session, position, part FROM vectors")
        .all();
      db.close();
      return rows.map(({ session, position, part }) => `${session}/${position}/${part}`).sort();
    },
    async close() {
      await search.close();
      lab.close();
    },
  };
}

/** Waits for a state, however long it takes on this machine. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await is()) return;
    await Bun.sleep(10);
  }
  throw new Error(`never came: ${is}`);
}
