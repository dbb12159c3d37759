/** `longhouse help [COMMAND]`, and what `--help` shows. */
import { type ArgsDef, type CommandDef, renderUsage } from "citty";
import { table } from "../lib/table.ts";
import type { Command } from "./commands.ts";
import { usageFault } from "./exit.ts";
import { paint, print } from "./terminal.ts";

/** Shows all commands, or how to use the one named. Throws a usage fault for one that does not exist. */
export async function showHelp(commands: Readonly<Record<string, Command>>, name?: string): Promise<void> {
  if (name === undefined || name === "help") return showAll(commands);
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!found) throw usageFault(`There is no command ${JSON.stringify(name)}.`, "Type: longhouse help");
  print(await usageOf(await found.load()));
}

/** How to use a command, without colours. */
export async function usageOf(command: CommandDef<ArgsDef>): Promise<string> {
  const usage = Bun.stripANSI(await renderUsage(command, { meta: { name: "longhouse" } }));
  return [usage.trimEnd(), ...notesOf(command)].join("\n");
}

/** What a command has to say under its flags; most have nothing. */
function notesOf(command: object): readonly string[] {
  const { notes } = command as { readonly notes?: () => readonly string[] };
  return notes ? ["", ...notes()] : [];
}

function showAll(commands: Readonly<Record<string, Command>>) {
  const { bold, cyan, dim } = paint();
  print(`${bold("Longhouse")} keeps every session of your coding agents in one archive that you own.`);
  print();
  print(`  ${cyan("longhouse serve")}   start here: it opens the browser`);
  print();
  const rows = Object.entries(commands).map(([name, { does }]) => [`  ${cyan(name)}`, does]);
  for (const line of table([...rows, [`  ${cyan("help")}`, "Show this, or how to use one command"]])) print(line);
  print();
  print(dim("longhouse COMMAND --help shows a command's flags; --json gives one object where a command reports."));
}
