/** Whether a phrase stands anywhere below a folder: as bytes of a file, or inside a compressed block of the archive. */
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files below `dirs` that hold one of `needles`, and the block store's rows that do; what is not there holds nothing. */
export function placesOf(dirs: readonly string[], needles: readonly Uint8Array[]): string[] {
  const files = dirs.flatMap((dir) => (existsSync(dir) ? filesBelow(dir) : []));
  return files.flatMap((path) => {
    const bytes = readQuietly(path);
    const found = needles.some((needle) => bytes.includes(needle)) ? [path] : [];
    return path.endsWith("longhouse.db") ? [...found, ...blocksWith(path, needles)] : found;
  });
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return filesBelow(join(dir, entry.name));
    return entry.isFile() ? [join(dir, entry.name)] : [];
  });
}

/** A WAL may be taken away at any moment. */
function readQuietly(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function blocksWith(path: string, needles: readonly Uint8Array[]): string[] {
  const db = new Database(path, { readonly: true });
  try {
    const rows = db.query<{ id: number; z: Uint8Array }, []>("SELECT id, z FROM blocks").all();
    return rows.flatMap(({ id, z }) => {
      const bytes = Buffer.from(Bun.zstdDecompressSync(z));
      return needles.some((needle) => bytes.includes(needle)) ? [`${path} block ${id}`] : [];
    });
  } finally {
    db.close();
  }
}

/** Pieces of the compressed blocks that hold `phrase`: a freed page that was not overwritten would still have them. */
export function compressedPiecesOf(path: string, phrase: string): Uint8Array[] {
  const db = new Database(path, { readonly: true });
  try {
    const rows = db.query<{ z: Uint8Array }, []>("SELECT z FROM blocks").all();
    return rows
      .filter(({ z }) => Buffer.from(Bun.zstdDecompressSync(z)).includes(phrase))
      .flatMap(({ z }) => [z.slice(16, 56), z.slice(-56, -16)].filter((piece) => piece.length === 40));
  } finally {
    db.close();
  }
}
