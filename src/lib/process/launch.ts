/**
 * Starts a process that does not need us: a session and group of its own, output into files, input from a file or a pipe that
 * it holds itself. We may be killed at any moment; who comes after reads the files and finds it by its identity or its marker.
 */
import { closeSync, constants, openSync, statSync } from "node:fs";
import { Fault } from "../../domain/fault.ts";
import { codeOf } from "../files.ts";
import { identityOf, type ProcessIdentity } from "./identity.ts";

/** What every descendant of a job carries in its environment, with the job's id as its value. */
export const MARKER = "LONGHOUSE_JOB_ID";

export type Launch = {
  /** The program by its absolute path or its name in `env.PATH`, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** All that it gets; nothing of ours comes along. The marker is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Its value of the marker. */
  readonly job: string;
  /** `null`: nothing to read. A file is read to its end; a pipe (`makeFifo`) never ends. */
  readonly stdin: { readonly file: string } | { readonly fifo: string } | null;
  /** Files that its output is appended to, made 0600. */
  readonly stdout: string;
  readonly stderr: string;
};

export type Launched = {
  readonly identity: ProcessIdentity;
  /** Its own end: the code, or 128 + the signal's number. Its descendants may live on. */
  readonly exited: Promise<number>;
};

/** Throws a Fault `not_found` when there is no such program or folder. */
export function launch({ argv, cwd, env, job, stdin, stdout, stderr }: Launch): Launched {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new Fault("not_found", `there is no folder ${cwd}`);
  const program = Bun.which(argv[0], { PATH: env.PATH ?? "", cwd });
  if (!program) throw new Fault("not_found", `${argv[0]} is not installed, or not in PATH`);
  const files = [openInput(stdin), openSync(stdout, "a", 0o600), openSync(stderr, "a", 0o600)] as const;
  try {
    const child = Bun.spawn([program, ...argv.slice(1)], {
      cwd,
      env: { ...env, [MARKER]: job },
      stdio: [files[0], files[1], files[2]],
      // setsid: a session of its own.
      detached: true,
    });
    child.unref();
    // One that has ended this early is no more than its pid; nobody else has that before we reap it.
    const identity = identityOf(child.pid) ?? { pid: child.pid, start: "", boot: "" };
    return { identity, exited: child.exited };
  } catch (error) {
    if (["EACCES", "ENOEXEC", "ENOENT"].includes(codeOf(error)))
      throw new Fault("not_found", `${program} cannot be run: ${codeOf(error)}`);
    throw error;
  } finally {
    for (const fd of files) closeSync(fd);
  }
}

function openInput(stdin: Launch["stdin"]): number {
  if (stdin === null) return openSync("/dev/null", "r");
  // Both ways: opening does not wait for a writer, and the process is its own writer, so it never reads an end.
  if ("fifo" in stdin) return openSync(stdin.fifo, constants.O_RDWR);
  return openSync(stdin.file, "r");
}
