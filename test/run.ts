/**
 * `bun run test`: installs what tests need (chromium), builds the binary, runs every test, ends with the plain line
 * `N passed, N failed[, N skipped]`. Arguments name test files; `--no-build` uses the binary that is there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const bun = process.execPath;
const args = process.argv.slice(2);
const files = args.filter((arg) => !arg.startsWith("--"));

/** Runs a command with its output shown; returns its exit code. */
async function run(command: readonly string[]): Promise<number> {
  return Bun.spawn([...command], { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).exited;
}

/** Browser tests drive Debian's chromium; without apt they skip and say so. */
async function installChromium(): Promise<void> {
  if (existsSync("/usr/bin/chromium") || process.platform !== "linux" || !Bun.which("apt-get")) return;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  console.error("Installing chromium for the browser tests…");
  if ((await run([...sudo, "apt-get", "update", "-qq"])) !== 0) return;
  await run([...sudo, "apt-get", "install", "-y", "-qq", "chromium"]);
}

type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** Bun prints its summary on stderr. */
async function test(): Promise<Counts & { readonly code: number }> {
  const env = { ...process.env, LONGHOUSE_BINARY: join(root, "dist/longhouse") };
  const child = Bun.spawn([bun, "test", "--timeout", "60000", ...files], {
    cwd: root,
    env,
    stdout: "inherit",
    stderr: "pipe",
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stderr) {
    process.stderr.write(piece);
    text += decoder.decode(piece, { stream: true });
  }
  const count = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip"), code: await child.exited };
}

await installChromium();
if (!args.includes("--no-build") && (await run([bun, "build.ts"])) !== 0) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
const { passed, failed, skipped, code } = await test();
const failures = code === 0 ? failed : Math.max(1, failed);
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failures === 0 && passed > 0 ? 0 : 1);
