/** Which folder a project is: no record says it, two small files beside the sessions do. */
import type { Aside } from "../../domain/provider.ts";
import { object, word } from "../json.ts";

/**
 * `projects.json` maps a project's root to the name of its folder; `.project_root` stands in that folder and holds the
 * root. Before both, the folder's name was the root's SHA-256. Never throws.
 */
export function folders(path: string, text: () => string): readonly Aside[] {
  const dir = path.slice(0, path.lastIndexOf("/"));
  if (path.endsWith("/.project_root")) return rootOf(dir, text().trim());
  return path.endsWith("/projects.json") ? listed(dir, text()) : [];
}

function rootOf(dir: string, cwd: string): readonly Aside[] {
  if (cwd === "" || cwd.includes("\n")) return [];
  const tmp = dir.slice(0, dir.lastIndexOf("/"));
  return [...new Set([dir, `${tmp}/${sha256(cwd)}`])].map((under) => ({ under, facts: { cwd } }));
}

function listed(dir: string, text: string): readonly Aside[] {
  return Object.entries(projectsIn(text)).flatMap(([cwd, name]) => {
    const names = [sha256(cwd), ...(word(name) && !String(name).includes("/") ? [String(name)] : [])];
    return names.map((each) => ({ under: `${dir}/tmp/${each}`, facts: { cwd } }));
  });
}

function projectsIn(text: string): object {
  try {
    return object(object(JSON.parse(text))?.projects) ?? {};
  } catch {
    // Read while it was rewritten: the next generation is whole.
    return {};
  }
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
