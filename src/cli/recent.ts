/** `longhouse recent`: the newest sessions. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { clientOf } from "./client.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { LIST_FLAGS, listSessions, printSession } from "./sessions.ts";
import { note, print, printJson } from "./terminal.ts";

export const recent = defineCommand({
  meta: { name: "recent", description: "List the newest sessions" },
  args: { json: JSON_FLAG, ...LIST_FLAGS, url: URL_FLAG },
  async run({ args }) {
    const client = await clientOf(loadConfig({ url: args.url }));
    const list = await listSessions(client, args);
    if (args.json) return printJson(list);
    for (const session of list.sessions) {
      printSession(client.url, session);
      print();
    }
    if (list.sessions.length === 0) note("The archive has no sessions yet.");
  },
});
