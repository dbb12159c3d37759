/**
 * Cursor's exported transcripts: archived, not derived yet. Its conversations live in databases, which hold login
 * tokens too and are never shipped; reading them comes with `query` units.
 */
import type { Env, Provider, Root, Unit } from "../domain/provider.ts";

export const cursor: Provider = {
  name: "cursor",
  label: "Cursor",
  mark: "R",
  version: 1,
  roots,
  identify: () => ({ kind: "none" }),
  start: () => ({}),
  parse: () => ({ parts: [] }),
  price: () => null,
};

function roots(env: Env): readonly Root[] {
  return env.HOME ? [{ dir: `${env.HOME.replace(/\/+$/, "")}/.cursor/projects`, unit }] : [];
}

function unit(relative: string): Unit | null {
  if (!/^[^/]+\/agent-transcripts\//.test(relative)) return null;
  if (relative.endsWith(".jsonl")) return "lines";
  return relative.endsWith(".txt") ? "file" : null;
}
