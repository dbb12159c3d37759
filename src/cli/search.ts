/** `longhouse search WORDS`. */
import { defineCommand } from "citty";
import { hasDisplay, loadConfig } from "../config.ts";
import { QUERY_HELP } from "../domain/query-help.ts";
import type { SessionHit } from "../domain/session.ts";
import { openBrowser } from "../lib/browser.ts";
import { table } from "../lib/table.ts";
import { clientOf } from "./client.ts";
import type { Client } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { LIST_FLAGS, findSessions, printSession } from "./sessions.ts";
import { plain } from "../lib/ansi.ts";
import { note, paintNotes, print, printJson } from "./terminal.ts";

const ARGS = {
  words: {
    type: "positional",
    required: false,
    description: 'What to find: words, "a phrase", -not, a OR b, prefix*, operators; see below',
  },
  json: JSON_FLAG,
  ...LIST_FLAGS,
  open: { type: "string", valueHint: "N", description: "Open the Nth result in the browser, 1 is the first" },
  url: URL_FLAG,
} as const;

/** What `--help` shows after the flags. */
const notes = () => ["IN A QUERY", "", ...table(QUERY_HELP.map(([example, what]) => [`  ${example}`, what]))];

const command = defineCommand({
  meta: { name: "search", description: "Find sessions by words" },
  args: ARGS,
  async run({ args, rawArgs }) {
    const query = wordsOf(rawArgs);
    if (query === "") throw usageFault("What is to be found?", "Type: longhouse search WORDS");
    const client = await clientOf(loadConfig({ url: args.url }));
    const chosen = chosenOf(args.open);
    const found = await findSessions(client, args, query);
    if (chosen !== null) return openHit(client, found.sessions, chosen);
    if (args.json) return void printJson(found);
    for (const session of found.sessions) {
      printSession(client.url, session);
      print();
    }
    const { dim } = paintNotes();
    const unread = found.understood?.filter(({ as }) => as === "ignored").map(({ text }) => text) ?? [];
    if (unread.length > 0) note(dim(`Left out: ${plain(unread.join(" "))}`));
    if (found.sessions.length === 0) note("Nothing found.");
    else if (found.tier === "spelling") note(dim("Nothing has exactly these words; this is what is spelt alike."));
    else if (found.tier === "semantic") note(dim("Nothing has these words; this is near by its meaning."));
    else if (found.tier === "any") note(dim("Nothing has all of these words; these have some of them."));
    return EXIT.ok;
  },
});

/** The command, with the query's language under its flags. */
export const search = Object.assign(command, { notes });

/** null without the flag. Throws a usage fault for what is no number from 1 on. */
function chosenOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usageFault(`--open: ${JSON.stringify(text)} is no number of a result.`, "Type: --open 1");
}

async function openHit(client: Client, sessions: readonly SessionHit[], chosen: number): Promise<number> {
  const hit = sessions[chosen - 1];
  if (!hit) return (note(`There are ${sessions.length} results.`), EXIT.failed);
  const path = `/sessions/${hit.id}${hit.match ? `?event=${encodeURIComponent(hit.match.event_id)}` : ""}`;
  if (hasDisplay() && openBrowser(client.url + path)) return (note("Opened in the browser."), EXIT.ok);
  print(client.url + path);
  return EXIT.ok;
}

/** The words as typed: `-not` is one of them. What the shell took for one argument with blanks is a phrase. */
export function wordsOf(rawArgs: readonly string[]): string {
  const words: string[] = [];
  for (let i = 0; i < rawArgs.length; i++) {
    const arg = rawArgs[i]!;
    if (arg === "--") return phrases([...words, ...rawArgs.slice(i + 1)]);
    if (!arg.startsWith("--")) words.push(arg);
    else if (takesValue(arg)) i++;
  }
  return phrases(words);
}

function takesValue(arg: string): boolean {
  const flag = ARGS[arg.slice(2) as keyof typeof ARGS];
  return flag?.type === "string";
}

/** A single argument is the whole query, as in `search 'foo "a phrase"'`; among others, blanks make it a phrase. */
function phrases(words: readonly string[]): string {
  const quote = (word: string) => (/\s/.test(word) && !word.includes('"') ? `"${word}"` : word);
  return (words.length === 1 ? words : words.map(quote)).join(" ").trim();
}
