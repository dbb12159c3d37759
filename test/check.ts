/** `bun run check`: format, lint, types, house. Names what failed; exits 1 if anything did. */
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const bun = process.execPath;
const code = ["src", "ui", "test", "build.ts"];
/** Agents' own files are as agents write them, torn ones too. */
const formatted = [...new Bun.Glob("{src,ui,test}/**/*.{ts,tsx,css,json,md,html}").scanSync({ cwd: root })].filter(
  (path) => !path.startsWith("test/fixtures/") || path.endsWith(".events.json"),
);
const steps: Readonly<Record<string, readonly string[]>> = {
  format: [bun, "fmt", "--check", "--no-script", "build.ts", ...formatted],
  lint: [bun, "x", "oxlint", ...code],
  types: [bun, "check", "--no-script"],
  house: [bun, "test", "test/house.test.ts"],
};

const failed: string[] = [];
for (const [name, command] of Object.entries(steps)) {
  const exit = await Bun.spawn([...command], { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).exited;
  if (exit !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "all checks hold" : `failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
