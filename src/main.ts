#!/usr/bin/env bun
/** The command line's beginning. `--version` and agents' hooks answer before anything else is loaded: an agent waits. */
import { isatty } from "node:tty";
import { VERSION } from "./version.ts";

const argv = process.argv.slice(2);

if (argv[0] === "--version") console.log(VERSION);
else if (argv[0] === "ship" && isHook(argv)) {
  const { shipHook } = await import("./cli/ship-hook.ts");
  await shipHook(argv.slice(1));
  process.exit(0);
} else if (argv[0] === "ship-later") {
  const { shipLater } = await import("./cli/ship-later.ts");
  await shipLater(argv[1] ?? "[]");
  process.exit(0);
} else if (argv[0] === "recent" && argv[1] === "--hook") {
  const { recentHook } = await import("./cli/recent-hook.ts");
  process.stdout.write(await recentHook(), () => process.exit(0));
} else {
  const { run } = await import("./cli/run.ts");
  const code = await run(argv);
  // What is written to a pipe goes out later than the exit would.
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(code);
}

/**
 * `ship --session [ID]` without another flag of `ship`'s. What follows it is the agent's (a JSON text, a chained command). A
 * person at a terminal wants to be told what came of it; what we write into agents' settings says `--hook`.
 */
function isHook([, first = "", ...rest]: readonly string[]): boolean {
  if (first !== "--session" && !first.startsWith("--session=")) return false;
  const end = rest.indexOf("--");
  const flags = rest.slice(0, end < 0 ? rest.length : end).filter((word) => word.startsWith("-"));
  return flags.every((flag) => flag === "--hook") && (flags.length > 0 || !isatty(0));
}
