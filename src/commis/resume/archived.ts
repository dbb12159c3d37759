/** What restoring needs of an archive, wherever it is: the sessions' facts and bytes. */
import type { App } from "../../app.ts";
import { Fault } from "../../domain/fault.ts";
import { BLOCK } from "../../domain/limits.ts";
import type { Unit } from "../../domain/provider.ts";
import type { Session } from "../../domain/session.ts";
import { PLAIN } from "../../domain/source.ts";
import { readRange } from "../../store/bytes.ts";
import { sessionByUuid, sessionRowByUuid } from "../../store/session-rows.ts";
import { snapshot } from "../../store/snapshot.ts";
import { listSources, mainSource, sourceForApi } from "../../store/source-rows.ts";

/** A session and the source that carries its records. */
export type Archived = {
  readonly session: Pick<Session, "id" | "provider" | "provider_session_id" | "kind" | "started_at">;
  /** Where its file stood on its device; of a packed one without what packed it. */
  readonly path: string;
  readonly unit: Unit;
  /** Who sent it. */
  readonly device: string;
  readonly size: number;
  /** All bytes, in order, in pieces. Throws a Fault `gone` when they are deleted meanwhile. */
  read(): AsyncIterable<Uint8Array>;
  /** Whether a file of this SHA-256 (hex) was archived for the session. */
  holds(sha256: string): Promise<boolean>;
};

export type Archive = {
  /** null when there is no such session, or nothing of it. */
  find(session: string): Promise<Archived | null>;
};

/** The archive of this server. */
export function ownArchive({ db }: Pick<App, "db">): Archive {
  return {
    async find(id) {
      const session = sessionByUuid(db, id, 0);
      const row = sessionRowByUuid(db, id);
      const main = row && mainSource(db, row.id);
      const source = main && sourceForApi(db, main.id);
      if (!session || !source || source.discarded) return null;
      return {
        session,
        path: source.path.endsWith(PLAIN) ? source.path.slice(0, -PLAIN.length) : source.path,
        unit: source.unit,
        device: source.device_id,
        size: source.through,
        read: () => bytesOf(db, main.id, source.through),
        holds: async (sha256) => {
          const { sources } = listSources(db, { filters: { session_id: id }, limit: 1000, after: 0 });
          return sources.some((each) => each.sha256 === sha256);
        },
      };
    },
  };
}

/** Between two pieces others have their turn. */
async function* bytesOf(db: App["db"], source: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += BLOCK) {
    const end = Math.min(at + BLOCK, size);
    const bytes = snapshot(db, () => readRange(db, source, at, end));
    if (bytes.length !== end - at) throw new Fault("gone", "The session was deleted meanwhile.");
    yield bytes;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
