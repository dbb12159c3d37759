/** Lines that are typed or pasted without being shown. */
import type { ReadStream } from "node:tty";

const ETX = "\x03";
const EOT = "\x04";
/** What a terminal puts around pasted text. */
const PASTE = ["\x1b[200~", "\x1b[201~"];

/** What reading ends with when Ctrl-C was typed: a terminal in raw mode sends no signal. */
export type HiddenLines = {
  /** The next line, without its end; null = no more will come. Rejects when aborted. */
  next(): Promise<string | null>;
  /** Gives the terminal back as it was. */
  close(): void;
};

type Input = Pick<ReadStream, "on" | "off" | "setEncoding" | "pause" | "resume"> &
  Partial<Pick<ReadStream, "isTTY" | "setRawMode">>;

/** Reads from `input`; of a terminal the echo is off until `close`. `interrupted` is called for Ctrl-C. */
export function hiddenLines(input: Input, interrupted: () => void): HiddenLines {
  const lines: (string | null)[] = [];
  let typed = "";
  let waiting: ((line: string | null) => void) | null = null;
  const give = (line: string | null) => {
    if (!waiting) return void lines.push(line);
    waiting(line);
    waiting = null;
  };
  const key = (char: string) => {
    if (char === ETX && input.isTTY) return interrupted();
    if (char === "\r" || char === "\n") {
      give(typed);
      return void (typed = "");
    }
    if (char === EOT && typed === "") return give(null);
    typed = edited(typed, char);
  };
  const take = (text: string) => {
    for (const char of PASTE.reduce((left, mark) => left.replaceAll(mark, ""), text).replaceAll("\r\n", "\n"))
      key(char);
  };
  const end = () => {
    if (typed !== "") give(typed);
    give(null);
  };
  input.setEncoding("utf8");
  if (input.isTTY) input.setRawMode?.(true);
  input.on("data", take);
  input.on("end", end);
  input.resume();
  return {
    next: () => (lines.length > 0 ? Promise.resolve(lines.shift()!) : new Promise((resolve) => (waiting = resolve))),
    close() {
      input.off("data", take);
      input.off("end", end);
      if (input.isTTY) input.setRawMode?.(false);
      input.pause();
    },
  };
}

/** Backspace takes a letter back, Ctrl-U all of them; other control characters are no part of a password. */
function edited(typed: string, char: string): string {
  if (char === "\x7f" || char === "\b") return [...typed].slice(0, -1).join("");
  if (char === "\x15") return "";
  return char < " " ? typed : typed + char;
}
