/** `longhouse import`: takes what `longhouse export --out` wrote into this archive. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { absolute } from "../lib/settings.ts";
import { bytesText } from "../lib/units.ts";
import { clientOf } from "./client.ts";
import { EXIT } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { importAll } from "./import-all.ts";
import { openFrom } from "./import-from.ts";
import { note, print, printJson, progressBar } from "./terminal.ts";

export const importing = defineCommand({
  meta: { name: "import", description: "Take an export into this archive" },
  args: {
    file: { type: "positional", required: true, description: "ZIP file or folder that longhouse export wrote" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const client = await clientOf(loadConfig({ url: args.url }));
    const from = openFrom(absolute(args.file));
    try {
      const bar = args.json ? null : progressBar();
      const done = await importAll(client, from, (state) => bar?.show(state));
      bar?.end();
      if (args.json) printJson(done);
      else print(`${done.sources} sources, ${bytesText(done.bytes)}, are in the archive.`);
      if (!args.json && done.discarded > 0) note(`${done.discarded} belong to deleted sessions and were left out.`);
      if (!args.json && done.failed > 0) note(`${done.failed} are damaged and were left out.`);
      return done.failed > 0 ? EXIT.failed : EXIT.ok;
    } finally {
      from.close();
    }
  },
});
