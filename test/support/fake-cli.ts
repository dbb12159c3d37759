/** Programs under the agents' own names that say what is written down for them, so that it is known how they end. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp.ts";

export type Part = {
  /** What it writes to its two outputs. */
  readonly out: string;
  readonly errors?: string;
  /** Shell words that end it; `exit 0` when absent. */
  readonly end?: string;
};

/** Gives a folder for PATH in which `name` plays the part, once it has read all of its input. */
export function fakeCli(name: string, { out, errors = "", end = "exit 0" }: Part): string {
  const dir = tempDir("fake-cli");
  writeFileSync(join(dir, "out"), out);
  writeFileSync(join(dir, "err"), errors);
  return program(dir, name, `#!/bin/sh\ncat > /dev/null\ncat '${dir}/out'\ncat '${dir}/err' >&2\n${end}\n`);
}

/** The same with a program of the caller's own making. */
export function program(dir: string, name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  chmodSync(join(dir, name), 0o755);
  return dir;
}
