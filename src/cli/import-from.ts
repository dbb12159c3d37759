/** An export to be read: its manifest, checked, and its files' bytes. */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { Fault } from "../domain/fault.ts";
import { readZip } from "../lib/zip.ts";
import type { Manifest } from "./export-all.ts";

export type From = {
  readonly manifest: Manifest;
  /** A file's bytes in pieces; null when the export has no such file. */
  read(file: string): Iterable<Uint8Array> | null;
  close(): void;
};

const PIECE = 256 * 1024;

const Entry = z.looseObject({
  id: z.string(),
  device_id: z.string(),
  provider: z.string(),
  path: z.string(),
  generation: z.number(),
  unit: z.enum(["lines", "file", "query"]),
  through: z.number(),
  sha256: z.string().nullable(),
  size: z.number().nullable().default(null),
  hint: z.record(z.string(), z.unknown()).default({}),
  // Names of files are looked up in the export, never joined to a path of ours as they are.
  file: z
    .string()
    .regex(/^sources(\/[A-Za-z0-9._-]+)+$/)
    .refine((name) => !name.split("/").includes("..")),
});

const Checked = z.looseObject({
  longhouse: z.string(),
  sources: z.array(Entry),
  sessions: z.array(z.looseObject({ id: z.string() })).default([]),
  deleted: z.array(z.looseObject({ id: z.string() })).default([]),
});

/** Opens a ZIP file or a folder that `longhouse export` wrote. Throws Fault for anything else. */
export function openFrom(path: string): From {
  if (!existsSync(path)) throw new Fault("not_found", `There is no ${path}.`);
  return statSync(path).isDirectory() ? folder(path) : zipFile(path);
}

function zipFile(path: string): From {
  const zip = readZip(path);
  const pieces = zip?.read("manifest.json");
  if (!zip || !pieces) throw notOurs(path);
  return { manifest: manifestOf(path, Buffer.concat([...pieces])), read: zip.read, close: zip.close };
}

function folder(path: string): From {
  const manifest = join(path, "manifest.json");
  if (!existsSync(manifest)) throw notOurs(path);
  const read = (file: string) => (existsSync(join(path, file)) ? piecesOf(join(path, file)) : null);
  return { manifest: manifestOf(path, readFileSync(manifest)), read, close: () => {} };
}

function* piecesOf(path: string): Generator<Uint8Array> {
  const fd = openSync(path, "r");
  try {
    for (;;) {
      const buffer = new Uint8Array(PIECE);
      const length = readSync(fd, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

function manifestOf(path: string, bytes: Uint8Array): Manifest {
  try {
    // The server checks again what it is sent.
    return Checked.parse(JSON.parse(Buffer.from(bytes).toString("utf8"))) as unknown as Manifest;
  } catch {
    throw notOurs(path);
  }
}

function notOurs(path: string): Fault {
  return new Fault("invalid", `${path} is no whole export.`, "Name what longhouse export --out wrote.");
}
