/** `longhouse search WORDS`. */
import { defineCommand } from "citty";
import { loadConfig } from "../config.ts";
import { clientOf } from "./client.ts";
import { EXIT, usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { LIST_FLAGS, listSessions, printSession } from "./sessions.ts";
import { note, paintNotes, print, printJson } from "./terminal.ts";

const ARGS = {
  words: {
    type: "positional",
    required: false,
    description: 'What to find: words, "a phrase", -not, prefix*, agent: project: before: after:',
  },
  json: JSON_FLAG,
  ...LIST_FLAGS,
  url: URL_FLAG,
} as const;

export const search = defineCommand({
  meta: { name: "search", description: "Find sessions by words" },
  args: ARGS,
  async run({ args, rawArgs }) {
    const query = wordsOf(rawArgs);
    if (query === "") throw usageFault("What is to be found?", "Type: longhouse search WORDS");
    const client = await clientOf(loadConfig({ url: args.url }));
    const found = await listSessions(client, args, query);
    if (args.json) return void printJson(found);
    for (const session of found.sessions) {
      printSession(client.url, session);
      print();
    }
    const { dim } = paintNotes();
    if (found.sessions.length === 0) note("Nothing found.");
    else if (found.tier && !["exact", "words"].includes(found.tier))
      note(dim(`No session has all of it; these are the nearest (${found.tier}).`));
    return EXIT.ok;
  },
});

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
