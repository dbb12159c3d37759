/** The structure of the code, as DESIGN's floors and STYLE say it: these tests fail before a reviewer has to. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { PROVIDERS } from "../src/providers/all.ts";

const ROOT = join(import.meta.dir, "..");
const FLOORS = [
  "domain", "lib", "providers", "shipper", "runner", "store", "archive", "notify", "hub",
  "commis", "tools", "oikos", "sauron", "mcp", "cloud", "http", "cli",
]; // prettier-ignore
/** Stand beside the floors; `app.ts` may be imported as a type to the right of store. */
const BESIDE = ["app.ts", "config.ts", "main.ts", "version.ts"];
const LINES_MAX = 400;

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

const sources = (dir: string) =>
  (readdirSync(join(ROOT, dir), { recursive: true }) as string[])
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${dir}/${path}`);
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");
const code = (path: string) =>
  text(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
const SRC = sources("src");
const UI = sources("ui");

function imports(path: string): Import[] {
  const found: Import[] = [];
  for (const [, type, spec] of text(path).matchAll(/^(?:import|export) (type )?[^;]*?from "(\.[^"]+)"/gm))
    found.push({ from: path, to: normalize(join(dirname(path), spec!)), typeOnly: Boolean(type) });
  for (const [, spec] of text(path).matchAll(/import\("(\.[^"]+)"\)/g))
    found.push({ from: path, to: normalize(join(dirname(path), spec!)), typeOnly: false });
  return found;
}

const floor = (path: string) => FLOORS.indexOf(path.split("/")[1]!);

test("imports point left along the floors", () => {
  const wrong = SRC.flatMap(imports).filter(({ from, to, typeOnly }) => {
    if (from === "src/main.ts" || from === "src/app.ts") return false;
    if (to === "src/app.ts") return !(typeOnly && floor(from) > FLOORS.indexOf("store"));
    if (to === "src/config.ts") return !(typeOnly || floor(from) >= FLOORS.indexOf("http"));
    if (BESIDE.some((name) => to === `src/${name}`)) return false;
    if (from === "src/config.ts") return floor(to) > FLOORS.indexOf("lib");
    return floor(to) > floor(from);
  });

  expect(wrong).toEqual([]);
});

test("the domain imports nothing but itself", () => {
  const outside = SRC.filter((path) => path.startsWith("src/domain/")).filter((path) =>
    [...text(path).matchAll(/from "([^"]+)"/g)].some(([, spec]) => !spec!.startsWith("./")),
  );

  expect(outside).toEqual([]);
});

test("the UI imports only itself and the domain", () => {
  const wrong = UI.flatMap(imports).filter(({ to }) => to.startsWith("src/") && !to.startsWith("src/domain/"));

  expect(wrong).toEqual([]);
});

test("what runs on a user's laptop does not reach the store", () => {
  const wrong = SRC.filter((path) => /^src\/(shipper|runner)\//.test(path))
    .flatMap(imports)
    .filter(({ to }) => to.startsWith("src/store/") || to.startsWith("src/archive/"));

  expect(wrong).toEqual([]);
});

test("no file imports itself in a circle", () => {
  const graph = new Map(
    [...SRC, ...UI].map((path) => [
      path,
      imports(path)
        .filter((i) => !i.typeOnly)
        .map((i) => i.to),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) return void circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);

  expect(circles).toEqual([]);
});

test("only provider modules name a provider", () => {
  // Words that stand for something else as well: a page has a cursor, too.
  const words = ["event", "oikos", "cursor"];
  const names = PROVIDERS.map((provider) => provider.name).filter((name) => !words.includes(name));
  const word = new RegExp(`\\b(${names.join("|")})\\b`, "i");
  // Claude's own environment variable and folder are where the shipper's files live by contract (PRODUCT section 1).
  const allowed = /CLAUDE_CONFIG_DIR|\.claude\b|CODEX_HOME|GEMINI_CLI_HOME/g;
  const wrong = [...SRC, ...UI]
    .filter((path) => !path.startsWith("src/providers/"))
    .filter((path) => word.test(code(path).replace(allowed, "")));

  expect(wrong).toEqual([]);
});

test("SQL stands in the store, the spool, and where databases of agents are read", () => {
  const sql = /["'`]\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\s+(?!.*\?\.)[a-z*(]/;
  // A provider's statements are data: the shipper's query units run them, read-only, on a handle of its own.
  const places = /^src\/(store\/|shipper\/(spool|query)|providers\/[a-z]+\/statements\.ts$)/;
  const wrong = SRC.filter((path) => !places.test(path)).filter((path) => sql.test(code(path)));

  expect(wrong).toEqual([]);
});

test("the environment is read in config.ts only", () => {
  const wrong = SRC.filter((path) => path !== "src/config.ts" && /process\.env|Bun\.env/.test(code(path)));

  expect(wrong).toEqual([]);
});

test("no file is longer than 400 lines", () => {
  const styles = (readdirSync(join(ROOT, "ui"), { recursive: true }) as string[])
    .filter((path) => path.endsWith(".css"))
    .map((path) => `ui/${path}`);
  const long = [...SRC, ...UI, ...styles].filter((path) => text(path).split("\n").length > LINES_MAX + 1);

  expect(long).toEqual([]);
});

test("there is no any, no default export and no enum", () => {
  const wrong = [...SRC, ...UI].filter((path) =>
    /:\s*any\b|\bas any\b|<any>|^export default|^(export )?(const )?enum /m.test(code(path)),
  );

  expect(wrong).toEqual([]);
});

test("the README and .ci/run give the same test command", () => {
  const command = /```sh\n(.*run test)\n```/.exec(text("README.md"))?.[1];

  expect(command).toBeDefined();
  expect(text(".ci/run")).toContain(command!);
});

test("no path or host of a workplace or registry is written here", () => {
  const listed = Bun.spawnSync(["git", "ls-files"], { cwd: ROOT }).stdout.toString().trim().split("\n");
  const word = new RegExp(
    ["regis" + "try\\.", "npm" + "js", "(?<![\\w])/wo" + "rk/", "\\.libr" + "ary/"].join("|"),
    "i",
  );
  const wrong = listed
    .filter((path) => path && !/\.(png|br|gz)$/.test(path))
    .filter((path) => {
      const file = Bun.file(join(ROOT, path));
      return file.size < 2_000_000 && word.test(readFileSync(join(ROOT, path), "utf8"));
    });

  expect(wrong.map((path) => relative(".", path))).toEqual([]);
});
