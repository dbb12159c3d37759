/** Where an export goes: a ZIP file, or a folder of files. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../domain/fault.ts";
import { writeDurably } from "../lib/files.ts";
import { type EntrySink, writeZip } from "../lib/zip.ts";

export type Out = {
  /** Begins a file of `size` bytes; its name has / between its parts. */
  entry(name: string, size: number): EntrySink;
  /** Writes the last file: what was written before it is whole now. */
  finish(name: string, text: string): void;
};

/** Opens `out`: a ZIP file when its name ends so, else a folder. Throws Fault `invalid` when something is there. */
export function openOut(out: string): Out {
  return /\.zip$/i.test(out) ? zipOut(out) : folderOut(out);
}

function zipOut(out: string): Out {
  if (existsSync(out)) throw new Fault("invalid", `${out} is there already.`, "Name a new file: --out FILE.zip");
  // One that broke off is not taken for a whole one.
  const zip = writeZip(`${out}.part`);
  return {
    entry: (name, size) => zip.entry(name, size),
    finish(name, text) {
      const bytes = new TextEncoder().encode(text);
      const entry = zip.entry(name, bytes.length);
      entry.write(bytes);
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
