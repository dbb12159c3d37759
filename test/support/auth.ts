/** `longhouse auth` under way, with pipes or in a terminal, and the person who decides. */
import { join } from "node:path";
import type { Homes } from "./cli.ts";
import { atEnd } from "./temp.ts";

/** From source; tests of the binary give another. */
export const SOURCE = [process.execPath, join(import.meta.dir, "../../src/main.ts")] as const;

export type Asking = {
  /** The letters that it shows, once it does. */
  code(): Promise<string>;
  /** All that it has written so far; in a terminal stdout and stderr are one. */
  said(): string;
  readonly stdout: () => string;
  /** Waits until it has written that. */
  until(what: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number>;
};

type Options = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** What its stdin holds; nothing when absent. */
  readonly input?: string;
};

const WAIT_MS = 20_000;
const running = new Set<{ kill(signal: NodeJS.Signals): void }>();
atEnd(() => running.forEach((child) => child.kill("SIGKILL")));

function environment({ user, home }: Homes, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", TERM: "xterm", SSH_CONNECTION: "a test" };
  return { ...kept, HOME: user, LONGHOUSE_HOME: home, ...more };
}

/** Starts it with pipes. */
export function asking(where: Homes, url: string, { args = [], env, command = SOURCE, input }: Options = {}): Asking {
  const child = Bun.spawn([...command, "auth", "--url", url, ...args], {
    env: environment(where, env),
    cwd: where.user,
    stdin: input === undefined ? "ignore" : new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = [collected(child.stdout), collected(child.stderr)];
  const exited = Promise.all([child.exited, out.done, err.done]).then(([code]) => code);
  return asked(child, { said: () => err.text() + out.text(), stdout: out.text, type: () => {}, exited });
}

/** Starts it in a terminal of 100 columns. */
export function askingInTerminal(
  where: Homes,
  url: string,
  { args = [], env, command = SOURCE }: Options = {},
): Asking {
  let said = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([...command, "auth", "--url", url, ...args], {
    env: environment(where, env),
    cwd: where.user,
    terminal: { cols: 100, rows: 40, data: (_: unknown, bytes: Uint8Array) => void (said += decoder.decode(bytes)) },
  });
  const exited = child.exited.then(async (code) => (await Bun.sleep(50), code));
  return asked(child, { said: () => said, stdout: () => said, type: (text) => child.terminal!.write(text), exited });
}

type Parts = Pick<Asking, "said" | "stdout" | "type" | "exited">;

function asked(child: { kill(signal: NodeJS.Signals): void }, parts: Parts): Asking {
  running.add(child);
  void parts.exited.then(() => running.delete(child));
  let over = false;
  void parts.exited.then(() => (over = true));
  const until = async (what: RegExp) => {
    for (const end = Date.now() + WAIT_MS; ; await Bun.sleep(10)) {
      const found = what.exec(parts.said());
      if (found) return found;
      if (over || Date.now() > end) throw new Error(`it never said ${what}: ${parts.said()}`);
    }
  };
  return {
    ...parts,
    until,
    code: async () => (await until(/^ {2}([A-Z]{4}-[A-Z]{4})\r?$/m))[1]!,
    kill: (signal) => child.kill(signal),
  };
}

function collected(stream: ReadableStream<Uint8Array>) {
  let text = "";
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const piece of stream) text += decoder.decode(piece, { stream: true });
  };
  return { text: () => text, done: read() };
}
