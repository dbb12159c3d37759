/** Puts an archived session where its agent finds it, byte for byte. */
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { App } from "../../app.ts";
import { Fault } from "../../domain/fault.ts";
import { isSessionId } from "../../domain/session-id.ts";
import { KIB, MIB } from "../../domain/limits.ts";
import type { Env, Provider } from "../../domain/provider.ts";
import type { Look, Place, Restore } from "../../domain/restore.ts";
import { codeOf, writeOnce } from "../../lib/files.ts";
import { sessionId } from "../../lib/id.ts";
import { provider } from "../../providers/all.ts";
import { type Archive, type Archived, ownArchive } from "./archived.ts";
import { explained, FORK, type Put, putFile } from "./put-file.ts";
import { renamed } from "./renamed.ts";

export type Restored = {
  /** The agent's own id to go on with. Of a copy: a new one. */
  readonly resume: string;
  /** Whether the agent itself still has to fork: false where a copy was made instead. */
  readonly fork: boolean;
  /** Absolute paths of the session's files here, its own first. */
  readonly files: readonly string[];
};

export type RestoreOptions = {
  /** It is to go on under another id. */
  readonly fork?: boolean;
};

/**
 * Restores a session of the archive for an agent that will work in `cwd`. Throws a Fault: `not_found`, `invalid` (no agent can
 * go on with it), `diverged` (other bytes stand in its place: a fork still works), `disk_full`.
 */
export function restoreSession(
  app: Pick<App, "db" | "config">,
  session: string,
  cwd: string,
  options: RestoreOptions = {},
): Promise<Restored> {
  return restoreFrom({ archive: ownArchive(app), env: app.config.env }, { session, cwd, ...options });
}

/** Where sessions come from, and whose agents they are for. */
export type From = { readonly archive: Archive; readonly env: Env };

/** As `restoreSession`, from any archive. */
export async function restoreFrom(
  from: From,
  { session, cwd, fork = false }: RestoreOptions & { readonly session: string; readonly cwd: string },
): Promise<Restored> {
  const archived = await from.archive.find(session);
  if (!archived) throw new Fault("not_found", "There is no such session, or nothing of it is archived.");
  const job: Job = { ...from, ...agentOf(archived), cwd: folder(cwd) };
  const parents = await putParents(job, archived, new Set([archived.session.id]));
  if (fork && !job.restore.forks) return putCopy(job, archived, parents);
  const { put, path } = await putSession(job, archived);
  const id = archived.session.provider_session_id;
  if (put !== "diverged") return { resume: id, fork, files: [path, ...parents] };
  if (fork) return putCopy(job, archived, parents);
  throw diverged(path);
}

type Job = From & { readonly agent: Provider; readonly restore: Restore; readonly cwd: string };

function diverged(path: string): Fault {
  const message = `${path} holds other words of this session than the archive.`;
  return new Fault("diverged", message, "Nothing was changed. Go on in a fork.", FORK);
}

function agentOf({ session }: Archived): { readonly agent: Provider; readonly restore: Restore } {
  const agent = provider(session.provider);
  const restore = agent?.runner?.restore;
  if (!agent || !restore)
    throw new Fault("invalid", `${agent?.label ?? session.provider} cannot go on with a session.`);
  if (session.kind === "main") return { agent, restore };
  throw new Fault(
    "invalid",
    "This session is not one that a person talks to.",
    "Go on with the session it belongs to.",
  );
}

function folder(cwd: string): string {
  try {
    return realpathSync(cwd);
  } catch (error) {
    throw new Fault("not_found", `There is no folder ${cwd} (${codeOf(error)}).`);
  }
}

/** Puts what the session's own file refers to; gives the paths, the nearest first. */
async function putParents(job: Job, archived: Archived, seen: Set<string>): Promise<string[]> {
  const paths: string[] = [];
  for (const id of job.restore.needs?.(await headOf(archived)) ?? []) {
    const session = sessionId(job.agent.name, id);
    if (seen.has(session) || seen.size > 50) continue;
    seen.add(session);
    const parent = isSessionId(id) ? await job.archive.find(session) : null;
    if (!parent)
      throw new Fault("not_found", `It is a fork, and the session it came from (${id.slice(0, 40)}) is not archived.`);
    const { put, path } = await putSession(job, parent);
    if (put === "diverged") throw diverged(path);
    paths.push(path, ...(await putParents(job, parent, seen)));
  }
  return paths;
}

type Wish = { readonly id?: string; readonly source?: string };

async function putSession(job: Job, archived: Archived): Promise<{ readonly put: Put; readonly path: string }> {
  const place = await placeOf(job, archived, {});
  const { unit } = archived;
  const put = await putPlace(job, place, {
    bytes: () => archived.read(),
    ...(unit === "file" && { mayReplace: (sha256: string) => archived.holds(sha256) }),
  });
  return { put, path: place.path };
}

/** The session once more under a new id. */
async function putCopy(job: Job, archived: Archived, parents: readonly string[]): Promise<Restored> {
  const from = archived.session.provider_session_id;
  const id = crypto.randomUUID();
  const source = archived.path.replaceAll(from, id).replaceAll(`-${from.slice(0, 8)}.`, `-${id.slice(0, 8)}.`);
  const place = await placeOf(job, archived, { id, source });
  const bytes = () => (job.restore.idInside ? renamed(archived.read(), from, id) : archived.read());
  const put = await putPlace(job, place, { bytes });
  if (put !== "written") throw diverged(place.path);
  return { resume: id, fork: false, files: [place.path, ...parents] };
}

async function placeOf({ restore, env, cwd, agent }: Job, archived: Archived, { id, source }: Wish): Promise<Place> {
  const { session } = archived;
  const wish = {
    id: id ?? session.provider_session_id,
    source: source ?? archived.path,
    head: await headOf(archived),
    startedAt: session.started_at === null ? null : Date.parse(session.started_at),
    cwd,
    env,
  };
  const place = isSessionId(wish.id) ? restore.place(wish, LOOK) : null;
  if (place) return place;
  throw new Fault("invalid", `${agent.label} cannot go on with a session that is kept like this one.`);
}

const HEAD = 256 * KIB;

async function headOf(archived: Archived): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of archived.read()) {
    pieces.push(piece);
    length += piece.length;
    if (length >= HEAD || piece.includes(10)) break;
  }
  const text = Buffer.concat(pieces).subarray(0, HEAD).toString("utf8");
  return text.split("\n", 1)[0]!;
}

async function putPlace(
  { agent, env }: Job,
  { path, beside = [] }: Place,
  rest: { readonly bytes: () => AsyncIterable<Uint8Array>; readonly mayReplace?: (sha256: string) => Promise<boolean> },
): Promise<Put> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    for (const { path: mark, text } of beside) {
      if (lstatSync(mark, { throwIfNoEntry: false })) continue;
      mkdirSync(dirname(mark), { recursive: true, mode: 0o700 });
      writeOnce(mark, text);
    }
  } catch (error) {
    throw explained(error, path);
  }
  return putFile({ path, stage: stageFor(path, agent, env), ...rest });
}

/** The nearest folder above in which no shipper takes an unfinished file for one of the agent's. */
function stageFor(path: string, agent: Provider, env: Env): string {
  const roots = agent.roots(env);
  const disk = statSync(dirname(path)).dev;
  const isShipped = (dir: string) =>
    roots.some((root) => {
      const below = relative(root.dir, `${dir}/${NAME}`);
      return !below.startsWith("..") && root.unit(below) !== null;
    });
  for (let dir = dirname(path); dir !== dirname(dir) && statSync(dir).dev === disk; dir = dirname(dir))
    if (!isShipped(dir)) return dir;
  return dirname(path);
}

const NAME = ".longhouse-restore.tmp";

const LOOK: Look = {
  read(path) {
    try {
      if (!statSync(path).isFile()) return null;
      return readHead(path);
    } catch {
      return null;
    }
  },
  names(dir) {
    try {
      return readdirSync(dir);
    } catch {
      return [];
    }
  },
};

function readHead(path: string): string {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.min(statSync(path).size, MIB));
    return bytes.subarray(0, readSync(fd, bytes)).toString("utf8");
  } finally {
    closeSync(fd);
  }
}
