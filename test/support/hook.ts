/** Agents' hooks, as an agent calls them: the compiled binary with a text on stdin, and its time. */
import { BINARY, isolated } from "./server.ts";

export type HookRun = { readonly code: number | null; readonly printed: string; readonly ms: number };

export type HookCall = {
  readonly home: string;
  readonly data: string;
  /** Text on stdin; `open`: one that says nothing and is never closed; `endless`: one that never ends. */
  readonly stdin?: string | Uint8Array | "open" | "endless";
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Calls `longhouse ship --session --hook`, or `args`; waits until it is gone, 10 s at most. */
export async function callHook({ home, data, stdin = "", args, env }: HookCall): Promise<HookRun> {
  const began = performance.now();
  const isText = stdin !== "open" && stdin !== "endless";
  const child = Bun.spawn([BINARY, ...(args ?? ["ship", "--session", "--hook"])], {
    env: { ...isolated(home, data), ...env },
    cwd: "/",
    stdin: isText ? (typeof stdin === "string" ? Buffer.from(stdin) : stdin) : "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  if (stdin === "endless") void writeForEver(child);
  const code = await child.exited;
  const ms = performance.now() - began;
  clearTimeout(timer);
  const printed = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  return { code: child.signalCode ? null : code, printed, ms };
}

async function writeForEver(child: { readonly stdin: unknown; readonly exitCode: number | null }) {
  const sink = child.stdin as Bun.FileSink;
  const piece = "x".repeat(65_536);
  try {
    while (child.exitCode === null) {
      await sink.write(piece);
      await sink.flush();
      await Bun.sleep(1);
    }
  } catch {
    // It reads no more.
  }
}
