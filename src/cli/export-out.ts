/** Where an export goes: a ZIP file, or a folder of files. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../domain/fault.ts";
import { MIB } from "../domain/limits.ts";
import { writeDurably } from "../lib/files.ts";
import { type EntrySink, writeZip } from "../lib/zip.ts";

export type Out = {
  /** Begins a file of `size` bytes; its name has / between its parts. */
  entry(name: string, size: number): EntrySink;
  /** Writes the last file: what was written before it is whole now. */
  finish(name: string, text: string): void;
};

/** What a ZIP file without its 64-bit form can hold, with room for its directory. */
const ZIP_BYTES = 4000 * MIB;
const ZIP_FILES = 65_000;

/** Opens `out`: a ZIP file when its name ends so, else a folder. Throws Fault `invalid` when something is there. */
export function openOut(out: string): Out {
  return /\.zip$/i.test(out) ? zipOut(out) : folderOut(out);
}

function zipOut(out: string): Out {
  if (existsSync(out)) throw new Fault("invalid", `${out} is there already.`, "Name a new file: --out FILE.zip");
  // One that broke off is not taken for a whole one.
  const zip = writeZip(`${out}.part`);
  let files = 0;
  return {
    entry(name, size) {
      // A file that does not become smaller still fits.
      if (zip.length + size > ZIP_BYTES || ++files > ZIP_FILES)
        throw new Fault("too_large", "All of it is more than a ZIP file can hold.", "Name a folder: --out FOLDER");
      return zip.entry(name);
    },
    finish(name, text) {
      const entry = zip.entry(name);
      entry.write(new TextEncoder().encode(text));
      entry.close();
      zip.close();
      renameSync(`${out}.part`, out);
    },
  };
}

function folderOut(out: string): Out {
  mkdirSync(out, { recursive: true, mode: 0o700 });
  if (readdirSync(out).length > 0)
    throw new Fault("invalid", `${out} is not empty.`, "Name a new folder: --out FOLDER");
  return {
    entry(name) {
      const path = join(out, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const fd = openSync(`${path}.part`, "wx", 0o600);
      return {
        write(bytes) {
          for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
        },
        close() {
          closeSync(fd);
          renameSync(`${path}.part`, path);
        },
      };
    },
    finish: (name, text) => writeDurably(join(out, name), text),
  };
}
