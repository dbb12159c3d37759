/** What was looked at and how it stands, as `connect --install`, `--status` and `doctor` tell it: a line each. */
import { plain } from "../lib/ansi.ts";
import { EXIT } from "./exit.ts";
import { paint, print } from "./terminal.ts";

/** `level`: nothing to do, worth a look, to be mended. `fix`: the line to type, if there is one. */
export type Finding = {
  readonly level: "ok" | "note" | "problem";
  readonly title: string;
  readonly details: readonly string[];
  readonly fix?: string;
};

/** Nothing to do. */
export const ok = (title: string, ...details: string[]): Finding => ({ level: "ok", title, details });

/** Worth a look; `fix` is what to type, or to do. */
export const noted = (title: string, fix?: string): Finding => ({
  level: "note",
  title,
  details: [],
  ...(fix && { fix }),
});

/** To be mended; `fix` is what to type, or to do. */
export const problem = (title: string, fix?: string): Finding => ({
  level: "problem",
  title,
  details: [],
  ...(fix && { fix }),
});

/** Prints one. */
export function tellFinding({ level, title, details, fix }: Finding): void {
  const { green, yellow, red, cyan } = paint();
  const mark = { ok: green("ok     "), note: yellow("note   "), problem: red("problem") }[level];
  print(`${mark}  ${plain(title)}`);
  for (const line of details) print(`         ${line}`);
  if (fix) print(`         ${cyan(plain(fix))}`);
}

/** 1 when something is to be mended. */
export function exitOfFindings(findings: readonly Finding[]): number {
  return findings.some(({ level }) => level === "problem") ? EXIT.failed : EXIT.ok;
}
