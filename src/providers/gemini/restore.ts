/**
 * A session is looked for only in the folder of the project one works in. Which folder that is stands in `projects.json` and in
 * the folder's `.project_root`; a project without one is given its own name, or that with a number.
 */
import type { Look, Placing, Restore } from "../../domain/restore.ts";
import { object, word } from "../json.ts";
import { parsed, UUID } from "../restore.ts";

export const restore: Restore = {
  idInside: true,
  place(wish, look) {
    const { env, cwd, id } = wish;
    const user = (env.GEMINI_CLI_HOME || env.HOME || "").replace(/\/+$/, "");
    const name = UUID.test(id) ? nameOf(wish) : null;
    if (user === "" || name === null) return null;
    const home = `${user}/.gemini`;
    const project = `${home}/tmp/${slugOf(home, cwd, look)}`;
    // The mark makes it this project's folder before the agent looks.
    return { path: `${project}/chats/${name}`, beside: [{ path: `${project}/.project_root`, text: cwd }] };
  },
};

/** The name it had, or one of when it began; it ends with the first eight characters of the id. */
function nameOf({ id, source, startedAt }: Placing): string | null {
  const short = id.slice(0, 8);
  const name = /\/chats\/(session-[\w-]+\.jsonl?)$/.exec(source)?.[1];
  if (name !== undefined && name.replace(/\.jsonl?$/, "").endsWith(`-${short}`)) return name;
  if (startedAt === null || !(Math.abs(startedAt) < 8.64e15) || !source.endsWith(".jsonl")) return null;
  return `session-${new Date(startedAt).toISOString().slice(0, 16).replaceAll(":", "-")}-${short}.jsonl`;
}

function slugOf(home: string, cwd: string, look: Look): string {
  const projects = registered(look.read(`${home}/projects.json`));
  const dirs = [`${home}/tmp`, `${home}/history`];
  const owners = (slug: string) => dirs.map((dir) => look.read(`${dir}/${slug}/.project_root`)?.trim() ?? null);
  const mayBe = (slug: string) => owners(slug).every((owner) => owner === null || owner === cwd);
  const known = projects.get(cwd);
  if (known !== undefined && mayBe(known)) return known;
  const marked = dirs.flatMap((dir) => look.names(dir)).find((slug) => owners(slug).includes(cwd));
  if (marked !== undefined) return marked;
  projects.delete(cwd);
  const taken = new Set(projects.values());
  const base = slugify(cwd.slice(cwd.lastIndexOf("/") + 1));
  for (let n = 0; ; n++) {
    const slug = n === 0 ? base : `${base}-${n}`;
    if (!taken.has(slug) && mayBe(slug)) return slug;
  }
}

/** What is no registry counts as an empty one, for the agent too. */
function registered(text: string | null): Map<string, string> {
  const projects = Object.entries(object(object(parsed(text ?? ""))?.projects) ?? {});
  const valid = projects.every(([, slug]) => /^[a-z0-9-]+$/.test(word(slug) ?? ""));
  return new Map(valid ? projects.map(([path, slug]) => [path, String(slug)]) : []);
}

function slugify(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return plain || "project";
}
