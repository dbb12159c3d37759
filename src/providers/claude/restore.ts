/**
 * A session is found by its id in the folder of any project, and goes on in the file it has; a new one stands in the folder
 * that is named for where the agent works.
 */
import type { Restore } from "../../domain/restore.ts";
import { UUID } from "../restore.ts";
import { homes } from "./place.ts";

/** Folders' names are cut by the agent too; where it has a session of old it finds it by its id. */
const NAME_MAX = 200;

export const restore: Restore = {
  forks: true,
  place({ id, source, cwd, env }, look) {
    const home = homes(env)[0];
    if (home === undefined || !UUID.test(id) || !source.endsWith(".jsonl")) return null;
    const projects = `${home}/projects`;
    const name = `${id}.jsonl`;
    const own = cwd.replace(/[^A-Za-z0-9]/g, "-").slice(0, NAME_MAX);
    const dirs = [own, ...look.names(projects).filter((dir) => dir !== own)];
    const dir = dirs.find((each) => look.names(`${projects}/${each}`).includes(name)) ?? own;
    return { path: `${projects}/${dir}/${name}` };
  },
};
