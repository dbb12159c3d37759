/** `longhouse open`: a one-time link signs the browser in. */
import { defineCommand } from "citty";
import { hasDisplay, loadConfig } from "../config.ts";
import { openBrowser } from "../lib/browser.ts";
import { clientOf } from "./client.ts";
import { URL_FLAG } from "./flags.ts";
import { note, print } from "./terminal.ts";

export const open = defineCommand({
  meta: { name: "open", description: "Open Longhouse in the browser, signed in" },
  args: {
    print: { type: "boolean", description: "Only print the link; it works once, within 15 minutes" },
    url: URL_FLAG,
  },
  async run({ args }) {
    const client = await clientOf(loadConfig({ url: args.url }));
    const { path } = await client.post<{ readonly path: string }>("/api/auth/once");
    const link = client.url + path;
    if (args.print) return print(link);
    if (hasDisplay() && openBrowser(link)) return note("Opened in the browser.");
    note("No browser can be opened here. This link signs in once:");
    print(link);
  },
});
