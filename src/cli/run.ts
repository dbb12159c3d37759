/** Runs one command of the line and turns what went wrong into words and an exit code. */
import { type ArgsDef, type CommandDef, runCommand } from "citty";
import { keepLoopbackDirect } from "../config.ts";
import { Fault } from "../domain/fault.ts";
import { plainLines } from "../lib/ansi.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, exitOf, usageFault } from "./exit.ts";
import { showHelp, usageOf } from "./help.ts";
import { note, paintNotes, print } from "./terminal.ts";

/** Runs what the arguments say; gives the exit code. Never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  keepLoopbackDirect();
  process.stdout.on("error", ignoreClosedPipe);
  const [first = "help", ...rest] = argv;
  try {
    if (["help", "--help", "-h"].includes(first)) return (await showHelp(COMMANDS, rest[0]), EXIT.ok);
    return await call(first, rest);
  } catch (error) {
    return tell(error);
  }
}

async function call(name: string, args: string[]): Promise<number> {
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!found) throw usageFault(`There is no command ${JSON.stringify(name)}.`, "Type: longhouse help");
  const command = await found.load();
  if (asksForHelp(args)) return (print(await usageOf(command)), EXIT.ok);
  refuseUnknown(name, args, await definitions(command));
  const { result } = await runCommand(command, { rawArgs: args });
  return typeof result === "number" ? result : EXIT.ok;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h");
}

async function definitions(command: CommandDef<ArgsDef>): Promise<ArgsDef> {
  const { args } = command;
  return (typeof args === "function" ? await args() : await args) ?? {};
}

/** citty takes any flag; a mistyped one must not be silently nothing. */
function refuseUnknown(name: string, args: readonly string[], known: ArgsDef) {
  const usage = `Type: longhouse ${name} --help`;
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") break;
    const short = arg.startsWith("-") && !arg.startsWith("--") && arg.length > 1;
    if (!arg.startsWith("--") && !(short && hasShort(known))) {
      if (short && !takesWords(known)) throw usageFault(`There is no flag ${arg}.`, usage);
      words.push(arg);
      continue;
    }
    const [flag, value] = arg.replace(/^--?/, "").split("=", 2) as [string, string | undefined];
    const found = short ? byShort(known, flag) : byName(known, flag);
    if (!found || found.type === "positional") throw usageFault(`There is no flag ${arg.split("=", 1)[0]}.`, usage);
    if (found.type === "boolean") continue;
    if (value === undefined && ++i >= args.length) throw usageFault(`${arg} needs a value.`, usage);
  }
  const places = Object.values(known).filter((one) => one.type === "positional").length;
  if (words.length > places && !takesWords(known)) throw usageFault(`${words[places]} is one word too many.`, usage);
}

function byName(known: ArgsDef, flag: string) {
  return known[flag] ?? (flag.startsWith("no-") ? known[flag.slice(3)] : undefined);
}

function byShort(known: ArgsDef, letter: string) {
  return Object.values(known).find((one) => "alias" in one && one.alias === letter);
}

/** Whether one of its flags has a short form: then what begins with a dash is a flag, never a word. */
function hasShort(known: ArgsDef): boolean {
  return Object.values(known).some((one) => "alias" in one && one.alias !== undefined);
}

/** A positional named WORDS takes all that come. */
function takesWords(known: ArgsDef): boolean {
  return "words" in known;
}

/** Says what happened and what to do, never where in the code. */
function tell(error: unknown): number {
  const paint = paintNotes();
  if (error instanceof Fault) {
    note(`${paint.red("longhouse:")} ${plainLines(error.message)}`);
    if (error.hint) note(plainLines(error.hint));
    return exitOf(error);
  }
  const message = error instanceof Error ? error.message : String(error);
  note(`${paint.red("longhouse:")} ${plainLines(message)}`);
  // citty's own errors are of the command line.
  return error instanceof Error && error.name === "CLIError" ? EXIT.usage : EXIT.failed;
}

/** `longhouse search … | head`: who reads no more has seen enough. */
function ignoreClosedPipe(error: Error) {
  if ("code" in error && error.code === "EPIPE") process.exit(EXIT.ok);
}
