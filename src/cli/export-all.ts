/** Every archived source, checked as it is written, and a manifest that says what each is: as a ZIP file or a folder. */
import { basename } from "node:path";
import type { ProgressState } from "../lib/progress.ts";
import type { SessionMarks, SourceExport } from "../store/transfer.ts";
import type { Tombstone } from "../store/tombstones.ts";
import { VERSION } from "../version.ts";
import type { Client } from "./client.ts";
import { openOut, type Out } from "./export-out.ts";

export type Exported = {
  readonly sources: number;
  readonly bytes: number;
  /** Sources whose bytes did not come as the list said. */
  readonly failed: number;
  readonly out: string;
};

/** A source and the file in the export that holds its bytes. */
export type Entry = SourceExport & { readonly file: string };

/** What `manifest.json` holds. Sources that carry their session's first branch stand first: imported so, ids stay. */
export type Manifest = {
  readonly longhouse: string;
  readonly exported_at: string;
  readonly sources: readonly Entry[];
  readonly sessions: readonly SessionMarks[];
  readonly deleted: readonly Tombstone[];
};

/** Writes into `out`, which must be new (a name in .zip) or an empty folder. The manifest comes last: with it, the export is whole. */
export async function exportAll(client: Client, out: string, show: (state: ProgressState) => void): Promise<Exported> {
  const to = openOut(out);
  const all = await listAll(client);
  const total = all.reduce((sum, { through }) => sum + through, 0);
  const entries: Entry[] = [];
  let [done, failed] = [0, 0];
  for (const source of all) {
    const entry = await exportOne(client, to, source);
    if (entry) entries.push(entry);
    else failed++;
    done += source.through;
    show({ done, total, note: `${entries.length} of ${all.length} sources` });
  }
  const marks = await client.get<Pick<Manifest, "sessions" | "deleted">>("/api/transfer/marks");
  const manifest = { longhouse: VERSION, exported_at: new Date().toISOString(), sources: entries, ...marks };
  to.finish("manifest.json", `${JSON.stringify(manifest satisfies Manifest, null, 1)}\n`);
  return { sources: entries.length, bytes: entries.reduce((sum, { through }) => sum + through, 0), failed, out };
}

async function listAll(client: Client): Promise<readonly SourceExport[]> {
  const all: SourceExport[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { sources: SourceExport[]; next: string | null } = await client.get(
      `/api/transfer/sources${cursor && `?cursor=${encodeURIComponent(cursor)}`}`,
    );
    all.push(...page.sources);
    cursor = page.next;
  }
  return [...all.filter(({ first }) => first), ...all.filter(({ first }) => !first)];
}

/** null when its bytes are not those that the list named. A source that grew meanwhile is written as far as it was listed. */
async function exportOne(client: Client, to: Out, source: SourceExport): Promise<Entry | null> {
  const file = fileOf(source);
  const { length, sha256 } = await download(client, source, to, file);
  const whole = length === source.through && (source.sha256 === null || source.sha256 === sha256);
  return whole ? { ...source, sha256, file } : null;
}

async function download(client: Client, source: SourceExport, to: Out, file: string) {
  const hasher = new Bun.CryptoHasher("sha256");
  const sink = to.entry(file, source.through);
  let length = 0;
  try {
    const answer =
      source.through > 0 ? await client.raw(`/api/agents/sources/${encodeURIComponent(source.id)}/raw`) : null;
    for await (const all of answer?.body ?? []) {
      const piece = all.subarray(0, source.through - length);
      sink.write(piece);
      hasher.update(piece);
      length += piece.length;
    }
  } finally {
    sink.close();
  }
  return { length, sha256: hasher.digest("hex") };
}

/** Paths come from other machines: only their last part is kept, and only its harmless characters. */
function fileOf({ id, device_id, provider, path, generation }: SourceExport): string {
  const safe = (text: string) =>
    text
      .replace(/[^A-Za-z0-9._-]+/g, "_")
      .replace(/^\.+/, "_")
      .slice(-80) || "_";
  const name = `${safe(id)}-${safe(basename(path))}${generation > 0 ? `.g${generation}` : ""}`;
  return ["sources", safe(device_id), safe(provider), name].join("/");
}
