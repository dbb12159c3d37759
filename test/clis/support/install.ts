/** The real agents' CLIs, pinned, installed by npm into a cache folder (about 860 MB) that later runs find again. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What is installed; formats and flags were looked at in these versions. */
export const PINNED = {
  "@anthropic-ai/claude-code": "2.1.328",
  "@openai/codex": "0.169.0",
  "@google/gemini-cli": "0.61.0",
} as const;

export type Clis =
  { readonly kind: "ready"; readonly dir: string } | { readonly kind: "missing"; readonly reason: string };

/** The protocol's own tool to try servers with, in a folder of its own beside them (110 MB). */
const INSPECTOR = { "@modelcontextprotocol/inspector": "2.12.0" } as const;

const INSTALL_MS = 5 * 60_000;

/** Installs what is missing. Says why when it cannot: then tests skip. */
export const installClis = (): Clis => install(cliDir(), PINNED);

function cliDir(): string {
  const cache = process.env["XDG_CACHE_HOME"] || join(process.env["HOME"] || homedir(), ".cache");
  return process.env["LONGHOUSE_CLIS"] || join(cache, "longhouse-clis");
}

function install(dir: string, pinned: Readonly<Record<string, string>>): Clis {
  if (!Bun.which("node") || !Bun.which("npm")) return { kind: "missing", reason: "there is no node, or no npm" };
  if (isThere(dir, pinned)) return { kind: "ready", dir };
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), '{"private":true}\n');
  const names = Object.entries(pinned).map(([name, version]) => `${name}@${version}`);
  // Without their scripts: native binaries are found where they lie.
  const argv = ["npm", "install", "-E", "--ignore-scripts", "--no-audit", "--no-fund", ...names];
  const { exitCode, stderr } = Bun.spawnSync(argv, { cwd: dir, stdout: "ignore", timeout: INSTALL_MS });
  if (exitCode === 0 && isThere(dir, pinned)) return { kind: "ready", dir };
  const last = stderr.toString().trim().split("\n").at(-1) ?? "";
  return { kind: "missing", reason: `npm could not install them (${exitCode ?? "too slow"}): ${last.slice(0, 200)}` };
}

/** Installing takes minutes and 860 MB: only where somebody asks for it. */
export const clisOrReason = (): Clis => (process.env["TEST_CLIS"] ? installClis() : NOT_ASKED);

/** The same of the inspector. */
export const inspectorOrReason = (): Clis =>
  process.env["TEST_CLIS"] ? install(join(cliDir(), "inspector"), INSPECTOR) : NOT_ASKED;

const NOT_ASKED: Clis = { kind: "missing", reason: "bun run test:clis runs them" };

function isThere(dir: string, pinned: Readonly<Record<string, string>>): boolean {
  return Object.entries(pinned).every(([name, version]) => {
    const path = join(dir, "node_modules", name, "package.json");
    return existsSync(path) && readFileSync(path, "utf8").includes(`"version": "${version}"`);
  });
}

/** Where a package of the folder has a file. */
export const inPackage = (dir: string, ...path: readonly string[]): string => join(dir, "node_modules", ...path);
