/** `longhouse doctor`: looks at the server, this machine and the agents on it, and says how to mend what is wrong. */
import { defineCommand } from "citty";
import { type Config, loadConfig } from "../config.ts";
import { clientOf } from "./client.ts";
import { examineFormats } from "./doctor-formats.ts";
import { checkSearch } from "./doctor-index.ts";
import { checkMeaning } from "./doctor-meaning.ts";
import { checkDisk, checkHome, checkSqlite, checkWatches } from "./doctor-machine.ts";
import { checkAgents, checkService, checkSpool, checkWay } from "./doctor-shipping.ts";
import { exitOfFindings, type Finding, tellFinding } from "./findings.ts";
import { findServer, type ServerAddress } from "./find-server.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { printJson } from "./terminal.ts";

type Check = (config: Config, server: ServerAddress) => Promise<readonly Finding[]> | readonly Finding[];

/** In the order in which they are told; each in `--json` under its name. */
const CHECKS = {
  server: checkWay,
  home: checkHome,
  spool: checkSpool,
  service: checkService,
  agents: checkAgents,
  watches: checkWatches,
  disk: checkDisk,
  sqlite: checkSqlite,
  search: checkSearch,
  meaning: checkMeaning,
} satisfies Record<string, Check>;

export const doctor = defineCommand({
  meta: { name: "doctor", description: "Examine this machine and the archive" },
  args: {
    formats: { type: "boolean", description: "Records that are kept, but that no parser knows" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    if (args.formats) return examineArchive(config, args.json === true);
    const server = await findServer(config);
    const findings: (Finding & { readonly check: string })[] = [];
    for (const [check, look] of Object.entries<Check>(CHECKS)) {
      const found = (await look(config, server)).map((finding) => ({ check, ...finding }));
      if (!args.json) found.forEach(tellFinding);
      findings.push(...found);
    }
    if (args.json) printJson({ findings });
    return exitOfFindings(findings);
  },
});

async function examineArchive(config: Config, json: boolean): Promise<number> {
  const { findings, report } = await examineFormats(await clientOf(config));
  if (json) printJson({ formats: report, findings });
  else findings.forEach(tellFinding);
  return exitOfFindings(findings);
}
