/** `longhouse resume`: puts an archived session where its agent finds it on this machine, and starts the agent there. */
import { realpathSync, statSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { defineCommand } from "citty";
import { restoreFrom } from "../commis/resume/restore.ts";
import { leaveFolder, resolveWorkspace, type Workspace } from "../commis/resume/workspace.ts";
import { type Config, loadConfig } from "../config.ts";
import { type SessionLock, type WorkspaceChoice, type WorkspaceKind, WORKSPACES } from "../domain/chat.ts";
import { isSessionId } from "../domain/session-id.ts";
import { Fault } from "../domain/fault.ts";
import type { Session } from "../domain/session.ts";
import type { Command, Runner } from "../domain/turn.ts";
import { plain } from "../lib/ansi.ts";
import { sessionId } from "../lib/id.ts";
import { absolute } from "../lib/settings.ts";
import { provider, PROVIDERS } from "../providers/all.ts";
import { LiveSessions } from "../shipper/presence.ts";
import { type Client, clientOf } from "./client.ts";
import { usageFault } from "./exit.ts";
import { JSON_FLAG, URL_FLAG } from "./flags.ts";
import { handOver } from "./hatch-archive.ts";
import { deviceOf } from "./home.ts";
import { type FetchedArchive, fetchedArchive } from "./resume-archive.ts";
import { note, print, printJson } from "./terminal.ts";

export const resuming = defineCommand({
  meta: { name: "resume", description: "Go on with any archived session in this terminal" },
  args: {
    session: { type: "positional", required: true, description: "Id of the session: Longhouse's or the agent's own" },
    fork: { type: "boolean", description: "Go on in a copy under a new id" },
    print: { type: "boolean", description: "Restore it, and only say what to type" },
    workspace: { type: "string", valueHint: WORKSPACES.join("|"), description: "Where, when it worked elsewhere" },
    cwd: { type: "string", alias: "C", valueHint: "DIR", description: "Work in this folder" },
    json: { ...JSON_FLAG, description: "As --print, as one JSON object" },
    url: URL_FLAG,
  },
  async run({ args }) {
    const config = loadConfig({ url: args.url });
    const client = await clientOf(config);
    const archive = fetchedArchive(client);
    try {
      const session = await sessionOf(client, args.session);
      const fork = args.fork ?? false;
      const runner = runnerOf(session, config, Boolean(args.print || args.json));
      if (!fork) await refuseOpen(client, config, session);
      const workspace = await placeOf({ config, archive, session }, { kind: kindOf(args.workspace), cwd: args.cwd });
      const from = { archive, env: config.env };
      const restored = await restoreFrom(from, { session: session.id, cwd: workspace.path, fork });
      const argv = runner.interactive!({ ...restored, cwd: workspace.path });
      archive.close();
      if (args.json) return void printJson(shown({ session, workspace, argv, ...restored }));
      if (args.print) return void print(lineOf(workspace.path, argv));
      note(`${plain(restored.files[0]!)} is in place; ${argv[0]} works in ${plain(workspace.path)}.`);
      const code = await runIt(config, workspace, argv);
      handOver(config, { provider: session.provider, session: restored.resume });
      return code;
    } finally {
      archive.close();
    }
  },
});

/** By its id, or by the agent's own. */
async function sessionOf(client: Client, text: string): Promise<Session> {
  if (!isSessionId(text))
    throw usageFault(
      "This is no session id.",
      "The session's page shows the line to type; longhouse recent lists them.",
    );
  const ids = [text, ...PROVIDERS.map(({ name }) => sessionId(name, text))];
  for (const id of ids) {
    try {
      return await client.get<Session>(`/api/agents/sessions/${id}`);
    } catch (error) {
      if (!(error instanceof Fault) || !["not_found", "invalid"].includes(error.code)) throw error;
    }
  }
  throw new Fault("not_found", `There is no session ${text}.`, "longhouse recent lists them.");
}

function runnerOf({ provider: name }: Session, { env }: Config, onlySay: boolean): Runner {
  const { runner, label = name } = provider(name) ?? {};
  if (!runner?.interactive || !runner.restore)
    throw new Fault("not_found", `${label} cannot be gone on with from here.`);
  if (onlySay || Bun.which(runner.program, { PATH: env.PATH ?? "" })) return runner;
  throw new Fault("not_found", `${runner.program} is not installed, or not in PATH.`, `Type: ${runner.install}`);
}

/** Two writers of one session would spoil it. */
async function refuseOpen(client: Client, config: Config, session: Session): Promise<void> {
  const hint = `Close it there first, or go on in a copy: longhouse resume ${session.id} --fork`;
  const signals = new LiveSessions(PROVIDERS, config.env, () => {});
  const here = signals.live.some(
    (live) => live.provider === session.provider && live.provider_session_id === session.provider_session_id,
  );
  signals.close();
  if (here) throw new Fault("session_locked", "It is open in a terminal of this machine now.", hint);
  const lock = await client.get<SessionLock>(`/api/sessions/${session.id}/lock`).catch(withoutLocks);
  if (!lock?.locked) return;
  const where = plain(lock.holder?.device_id ?? "");
  const who = lock.holder?.kind === "terminal" ? `It is open in a terminal on ${where} now.` : "A turn of it runs now.";
  throw new Fault("session_locked", who, hint);
}

/** An older server knows of none. */
function withoutLocks(error: unknown): null {
  if (error instanceof Fault && error.code === "not_found") return null;
  throw error;
}

function kindOf(text: string | undefined): WorkspaceKind | null {
  const kind = WORKSPACES.find((each) => each === text);
  if (kind || text === undefined) return kind ?? null;
  throw usageFault(`--workspace: ${JSON.stringify(text)} is none.`, `Accepted: ${WORKSPACES.join(", ")}.`);
}

type Place = { readonly config: Config; readonly archive: FetchedArchive; readonly session: Session };
type Wish = { readonly kind: WorkspaceKind | null; readonly cwd: string | undefined };

async function placeOf({ config, archive, session }: Place, { kind, cwd }: Wish): Promise<Workspace> {
  if (cwd !== undefined) return { kind: "original", path: folder(cwd) };
  const here = { home: config.home, env: config.env, device: deviceOf(config), archive };
  const found = await resolveWorkspace(here, session, kind);
  if (found.kind === "ready") return found.workspace;
  const chosen = await resolveWorkspace(here, session, await ask(found.choices));
  if (chosen.kind === "ready") return chosen.workspace;
  throw usageFault("Where is it to work?");
}

function folder(text: string): string {
  const path = absolute(text);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(path);
  throw usageFault(`--cwd: there is no folder ${path}.`);
}

/** What another machine says of a path or a URL is shown before it is used. */
async function ask(choices: readonly WorkspaceChoice[]): Promise<WorkspaceKind> {
  const rows = choices.map(({ kind, path, url, note: means }, n) =>
    plain(`  ${n + 1}  ${kind.padEnd(9)} ${url ?? path ?? ""}  ${means}`),
  );
  const kinds = choices.map(({ kind }) => kind).join(", ");
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usageFault(
      `It worked on another machine. Where here?\n${rows.join("\n")}`,
      `Add --workspace (${kinds}) or --cwd DIR.`,
    );
  note(`It worked on another machine. Where here?\n${rows.join("\n")}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await terminal.question(`1-${choices.length}: `)).trim();
    const chosen = choices[Number(answer) - 1] ?? choices.find(({ kind }) => kind === answer);
    if (chosen) return chosen.kind;
    throw usageFault("That is none of them.", `Add --workspace (${kinds}) or --cwd DIR.`);
  } finally {
    terminal.close();
  }
}

/** The agent has the terminal until it ends; its exit code is ours. */
async function runIt({ home, env }: Config, workspace: Workspace, argv: Command["argv"]): Promise<number> {
  const program = Bun.which(argv[0], { PATH: env.PATH ?? "" }) ?? argv[0];
  // Ctrl-C is the agent's: the terminal tells it as well as us.
  const stay = () => {};
  process.on("SIGINT", stay);
  process.on("SIGQUIT", stay);
  const child = Bun.spawn([program, ...argv.slice(1)], {
    cwd: workspace.path,
    env: { ...env, PWD: workspace.path },
    stdio: ["inherit", "inherit", "inherit"],
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const code = await child.exited;
  const { changed } = await leaveFolder({ home, env, shared: false }, workspace);
  if (changed) note(`What it made stays in ${plain(workspace.path)}.`);
  return code;
}

/** One line for a shell. */
function lineOf(path: string, argv: readonly string[]): string {
  return `cd ${quoted(path)} && ${argv.map(quoted).join(" ")}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

type Ready = {
  readonly session: Session;
  readonly workspace: Workspace;
  readonly argv: readonly string[];
  readonly resume: string;
  readonly files: readonly string[];
};

function shown({ session, workspace, argv, resume, files }: Ready) {
  return {
    session_id: session.id,
    provider_session_id: resume,
    workspace,
    argv,
    files,
    line: lineOf(workspace.path, argv),
  };
}
