/** `longhouse version`. */
import { defineCommand } from "citty";
import { VERSION } from "../version.ts";
import { print, printJson } from "./terminal.ts";

export const version = defineCommand({
  meta: { name: "version", description: "Show the version" },
  args: { json: { type: "boolean", description: "One JSON object" } },
  run({ args }) {
    const system = `${process.platform}-${process.arch}`;
    if (args.json) return printJson({ version: VERSION, bun: Bun.version, system });
    print(`longhouse ${VERSION} (${system}, Bun ${Bun.version})`);
  },
});
