#!/usr/bin/env bun
/** The command line's beginning. `--version` answers before anything else is loaded. */
import { VERSION } from "./version.ts";

if (process.argv[2] === "--version") console.log(VERSION);
else {
  const { run } = await import("./cli/run.ts");
  const code = await run(process.argv.slice(2));
  // What is written to a pipe goes out later than the exit would.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(code);
}
