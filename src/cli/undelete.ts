/** `longhouse undelete`: lets a deleted session come back from the machines that still have it. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { clientOf } from "./client.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { print, printJson } from "./terminal.ts";

type Deleted = { readonly id: string; readonly provider: string; readonly deleted_at: string };

export const undelete = defineCommand({
  meta: { name: "undelete", description: "Let a deleted session come back; without an id, list what is deleted" },
  args: {
    session: { type: "positional", required: false, description: "Id that the session had" },
    json: JSON_FLAG,
    url: URL_FLAG,
  },
  async run({ args }) {
    const client = await clientOf(loadConfig({ url: args.url }));
    if (!args.session) {
      const { deleted } = await client.get<{ deleted: readonly Deleted[] }>("/api/agents/deleted");
      if (args.json) return void printJson({ deleted });
      for (const { id, provider, deleted_at } of deleted) print(`${id}  ${deleted_at}  ${provider}`);
      if (deleted.length === 0) print("Nothing is deleted.");
      return;
    }
    const path = `/api/agents/sessions/${encodeURIComponent(args.session)}/undelete`;
    const done = await client.post<{ undeleted: readonly string[] }>(path);
    if (args.json) return void printJson(done);
    print(`${done.undeleted.length} may come back. Machines that still have the files send them by themselves;`);
    print("to send this one's now, type: longhouse ship");
  },
});
