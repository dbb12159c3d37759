/** Every archived source as a file of its own, checked as it is written, and a manifest that says what each is. */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { Fault } from "../domain/fault.ts";
import type { Source, SourceList } from "../domain/source.ts";
import { writeDurably } from "../lib/files.ts";
import type { ProgressState } from "../lib/progress.ts";
import { VERSION } from "../version.ts";
import type { Client } from "./client.ts";

export type Exported = {
  readonly sources: number;
  readonly bytes: number;
  /** Sources whose bytes did not come as the list said. */
  readonly failed: number;
  readonly out: string;
};

type Entry = Source & { readonly file: string };

/** Writes into `out`, which must be empty or new. The manifest comes last: with it, the export is whole. */
export async function exportAll(client: Client, out: string, show: (state: ProgressState) => void): Promise<Exported> {
  makeEmpty(out);
  const all = await listAll(client);
  const total = all.reduce((sum, { through }) => sum + through, 0);
  const entries: Entry[] = [];
  let [done, failed] = [0, 0];
  for (const source of all) {
    const entry = await exportOne(client, out, source);
    if (entry) entries.push(entry);
    else failed++;
    done += source.through;
    show({ done, total, note: `${entries.length} of ${all.length} sources` });
  }
  const manifest = { longhouse: VERSION, exported_at: new Date().toISOString(), sources: entries };
  writeDurably(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  return { sources: entries.length, bytes: entries.reduce((sum, { through }) => sum + through, 0), failed, out };
}

function makeEmpty(out: string) {
  mkdirSync(out, { recursive: true, mode: 0o700 });
  if (readdirSync(out).length > 0)
    throw new Fault("invalid", `${out} is not empty.`, "Name a new folder: --out FOLDER");
}

async function listAll(client: Client): Promise<readonly Source[]> {
  const all: Source[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: SourceList = await client.get(
      `/api/agents/sources?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    all.push(...page.sources);
    cursor = page.next;
  }
  return all;
}

/** null when its bytes are not those that the list named. A source that grew meanwhile is written as far as it was listed. */
async function exportOne(client: Client, out: string, source: Source): Promise<Entry | null> {
  const file = fileOf(source);
  mkdirSync(join(out, file, ".."), { recursive: true, mode: 0o700 });
  const { length, sha256 } = await download(client, source, join(out, file));
  const whole = length === source.through && (source.sha256 === null || source.sha256 === sha256);
  return whole ? { ...source, sha256, file } : null;
}

async function download(client: Client, source: Source, path: string): Promise<{ length: number; sha256: string }> {
  const hasher = new Bun.CryptoHasher("sha256");
  const fd = openSync(`${path}.part`, "wx", 0o600);
  let length = 0;
  try {
    const answer =
      source.through > 0 ? await client.raw(`/api/agents/sources/${encodeURIComponent(source.id)}/raw`) : null;
    for await (const all of answer?.body ?? []) {
      const piece = all.subarray(0, source.through - length);
      for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
      hasher.update(piece);
      length += piece.length;
    }
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.part`, path);
  return { length, sha256: hasher.digest("hex") };
}

/** Paths come from other machines: only their last part is kept, and only its harmless characters. */
function fileOf({ id, device_id, provider, path, generation }: Source): string {
  const safe = (text: string) =>
    text
      .replace(/[^A-Za-z0-9._-]+/g, "_")
      .replace(/^\.+/, "_")
      .slice(-80) || "_";
  const name = `${safe(id)}-${safe(basename(path))}${generation > 0 ? `.g${generation}` : ""}`;
  return join("sources", safe(device_id), safe(provider), name);
}
