/** Names of projects. */

/** Folders that agents and people keep checkouts of one repository in. */
const WORKTREES = /^(.*?)\/(?:\.[a-z]+\/worktrees|\.worktrees|worktrees)\/[^/]+/;

/** The repository's name if known, else the working folder's; null when neither says anything. */
export function projectName(cwd: string | null, repo: string | null): string | null {
  const fromRepo = repo ? lastSegment(repo.replace(/\.git\/?$/, "")) : null;
  if (fromRepo) return fromRepo;
  if (!cwd) return null;
  const path = cwd.replaceAll("\\", "/");
  return lastSegment(WORKTREES.exec(path)?.[1] ?? path);
}

function lastSegment(path: string): string | null {
  return path.split(/[/:]/).filter(Boolean).at(-1) ?? null;
}
