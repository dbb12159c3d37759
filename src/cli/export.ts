/** `longhouse export`: every source byte for byte into a ZIP file or a folder, or one session into a file. */
import { createWriteStream } from "node:fs";
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { bytesText } from "../lib/units.ts";
import { absolute } from "../lib/settings.ts";
import { clientOf } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { exportAll } from "./export-all.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { note, print, printJson, progressBar } from "./terminal.ts";

export const exporting = defineCommand({
  meta: { name: "export", description: "Write a session, or all sources, to files" },
  args: {
    session: {
      type: "positional",
      required: false,
      description: "Id of a session; without one everything is exported",
    },
    out: {
      type: "string",
      valueHint: "PATH",
      description: "For everything: FILE.zip, or a folder; for a session: a file (else stdout)",
    },
    format: { type: "string", valueHint: "FORM", description: "Of a session: jsonl (its bytes), md, html or json" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const client = await clientOf(loadConfig({ url: args.url }));
    if (args.session) {
      const format = encodeURIComponent(args.format ?? "jsonl");
      const answer = await client.raw(
        `/api/agents/sessions/${encodeURIComponent(args.session)}/export?format=${format}`,
      );
      const bytes = await save(answer, args.out);
      if (args.json && args.out) return void printJson({ session: args.session, bytes, out: absolute(args.out) });
      if (args.out) note(`${bytesText(bytes)} written to ${absolute(args.out)}.`);
      return EXIT.ok;
    }
    if (!args.out) throw usageFault("Where to?", "Type: longhouse export --out FILE.zip");
    const bar = args.json ? null : progressBar();
    const done = await exportAll(client, absolute(args.out), (state) => bar?.show(state));
    bar?.end();
    if (args.json) printJson(done);
    else
      print(`${done.sources} sources, ${bytesText(done.bytes)}, written to ${done.out}; its manifest.json lists them.`);
    return done.failed > 0 ? EXIT.failed : EXIT.ok;
  },
});

/** Streams an answer into a file, or to stdout; gives its length. */
async function save(answer: Response, out: string | undefined): Promise<number> {
  const to = out ? createWriteStream(absolute(out), { mode: 0o600 }) : process.stdout;
  let bytes = 0;
  for await (const piece of answer.body ?? []) {
    bytes += piece.length;
    if (!to.write(piece)) await new Promise((resolve) => to.once("drain", resolve));
  }
  if (out)
    await new Promise<void>((resolve, reject) => to.end((error?: Error | null) => (error ? reject(error) : resolve())));
  return bytes;
}
