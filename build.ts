/**
 * Builds the web app to dist/ui (hashed, compressed) and, with it inside, the binary dist/longhouse.
 *   bun build.ts         everything
 *   bun build.ts --ui    the web app only: what `bun src/main.ts serve` then serves
 *   bun build.ts --dev   the web app and the server from source, both renewed when a file changes
 *   --kit                with the page /kit; --out DIR: there instead of dist/
 */
import { existsSync, watch } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import pkg from "./package.json";
import type { Asset } from "./src/http/embedded.ts";
import { solidPlugin } from "./ui/solid-plugin.ts";

const ROOT = import.meta.dir;
const flag = process.argv.indexOf("--out");
const OUT = flag < 0 ? join(ROOT, "dist") : resolve(process.argv[flag + 1]!);
const UI = join(OUT, "ui");
const BINARY = join(OUT, "longhouse");
const MAPS = join(OUT, "maps");
const KIT = process.argv.includes("--dev") || process.argv.includes("--kit");
/** Entries besides src/main.ts; a worker's file is found by this name in the binary. */
const WORKERS = [
  "archive/writer",
  "archive/indexer",
  "archive/query",
  "archive/semantic",
  "archive/report",
  "shipper/ship",
];

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webmanifest: "application/manifest+json",
};

type Built = { readonly name: string; readonly text: string | Uint8Array };

/** Builds dist/ui with its manifest. Returns what it holds. */
async function buildUi(dev: boolean): Promise<Asset[]> {
  const [app, icons] = await Promise.all([bundleApp(dev), hashedIcons()]);
  const start = await bundleStart(app);
  // Only now: while the sources do not compile, the last good build is served on.
  await rm(UI, { recursive: true, force: true });
  await mkdir(join(UI, "assets"), { recursive: true });
  const page = { name: "index.html", text: indexHtml(await Bun.file("ui/index.html").text(), app, start, icons) };
  const shell = [...app.files, start, ...icons, manifest(icons), page];
  const files = [...shell, await bundleWorker(shell)];
  const assets = await Promise.all(files.map((file) => write(file, dev)));
  await Bun.write(join(UI, "manifest.json"), JSON.stringify(assets));
  return assets;
}

type App = {
  readonly files: readonly Built[];
  readonly entry: string;
  readonly style: string;
  readonly preload: readonly string[];
  /** Paths of what a session's page needs besides. */
  readonly session: readonly string[];
};

type Code = { readonly kind: string; readonly name: string; readonly text: string };

async function bundleApp(dev: boolean): Promise<App> {
  const built = await Bun.build({
    entrypoints: [join(ROOT, "ui/main.tsx")],
    target: "browser",
    format: "esm",
    splitting: true,
    minify: !dev,
    plugins: [solidPlugin],
    publicPath: "/",
    naming: {
      entry: "assets/[name]-[hash].[ext]",
      chunk: "assets/[name]-[hash].[ext]",
      asset: "assets/[name]-[hash].[ext]",
    },
    define: {
      "process.env.NODE_ENV": '"production"',
      BUILD_AGENTS: JSON.stringify(await agents()),
      BUILD_KIT: String(KIT),
    },
  });
  const all: readonly Code[] = await Promise.all(
    built.outputs.map(async (out) => ({ kind: out.kind, name: tidy(out.path), text: await out.text() })),
  );
  const entry = all.find((file) => file.kind === "entry-point" && file.name.endsWith(".js"))!;
  // Bun puts the CSS of lazy pages into the entry's file and writes it a second time for each page: only the first is used.
  const style = all.find((file) => file.name.startsWith("assets/main-") && file.name.endsWith(".css"))!;
  // By a selector that is contract: the pages' files are named alike.
  const session = all.find((file) => file.name !== entry.name && file.text.includes("data-testid=session-page"))!;
  const preload = importsOf(entry);
  return {
    files: all.filter((file) => file.name.endsWith(".js") || file === style),
    entry: entry.name,
    style: style.name,
    preload,
    session: [session.name, ...importsOf(session)].filter((name) => name !== entry.name && !preload.includes(name)),
  };
}

/** Names of the files that one cannot run without. */
const importsOf = ({ text }: Code): string[] =>
  new Bun.Transpiler({ loader: "js" })
    .scanImports(text)
    .filter((one) => one.kind === "import-statement")
    .map((one) => `assets/${basename(one.path)}`);

const tidy = (path: string): string => path.replace(/^\.?\//, "");

/** Names, labels and marks of the agents, for the app to show: the provider list is the only place that has them. */
async function agents(): Promise<object[]> {
  if (!existsSync("src/providers/all.ts")) return [];
  const { PROVIDERS } = await import("./src/providers/all.ts");
  return PROVIDERS.map(({ name, label, mark, runner }) => ({ name, label, mark, modes: runner?.modes ?? null }));
}

async function bundleStart(app: App): Promise<Built> {
  const built = await Bun.build({
    entrypoints: [join(ROOT, "ui/start.ts")],
    // Asked for by the browser, not put in here.
    external: [`/${app.entry}`],
    target: "browser",
    format: "iife",
    minify: true,
    define: {
      BUILD_ENTRY: JSON.stringify(`/${app.entry}`),
      BUILD_SESSION: JSON.stringify(app.session.map((name) => `/${name}`)),
    },
  });
  return hashed("start.js", await built.outputs[0]!.text());
}

/** The service worker stands at the root, which is what it may look after. It knows the files of its build by name. */
async function bundleWorker(shell: readonly Built[]): Promise<Built> {
  const paths = shell.map(({ name }) => (name === "index.html" ? "/" : `/${name}`));
  const built = await Bun.build({
    entrypoints: [join(ROOT, "ui/worker.ts")],
    target: "browser",
    format: "iife",
    minify: true,
    define: {
      BUILD_SHELL: JSON.stringify(paths),
      BUILD_ID: JSON.stringify(digest(shell.map(({ name, text }) => name + digest(text)).join())),
    },
  });
  return { name: "worker.js", text: await built.outputs[0]!.text() };
}

const ICONS = ["icon.svg", "icons/touch.png", "icons/icon-192.png", "icons/icon-512.png", "icons/maskable.png"];

const hashedIcons = (): Promise<Built[]> =>
  Promise.all(ICONS.map(async (path) => hashed(basename(path), await Bun.file(join(ROOT, "ui", path)).bytes())));

/** What an installed app is: its name, its icons, and that text can be shared to its search. */
function manifest(icons: readonly Built[]): Built {
  const [svg, , small, large, maskable] = icons.map(({ name }) => `/${name}`);
  const text = JSON.stringify({
    id: "/",
    name: "Longhouse",
    short_name: "Longhouse",
    description: "Every session of your coding agents, in one place that you own.",
    start_url: "/timeline",
    scope: "/",
    display: "standalone",
    background_color: "#fafbfc",
    theme_color: "#fafbfc",
    icons: [
      { src: svg, sizes: "any", type: "image/svg+xml" },
      { src: small, sizes: "192x192", type: "image/png" },
      { src: large, sizes: "512x512", type: "image/png" },
      { src: maskable, sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
    shortcuts: [{ name: "Timeline", url: "/timeline" }],
    share_target: { action: "/share", method: "GET", params: { title: "title", text: "text", url: "url" } },
  });
  return { name: "app.webmanifest", text };
}

function hashed(name: string, text: string | Uint8Array): Built {
  const [stem, extension] = name.split(".");
  return { name: `assets/${stem}-${digest(text).slice(0, 8)}.${extension}`, text };
}

const digest = (text: string | Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 20);

/** The first script blocks: it is a few bytes, and a page that turns dark after it was painted light hurts. It starts the app. */
function indexHtml(template: string, app: App, start: Built, [icon, touch]: readonly Built[]): string {
  const tags = [
    `<link rel="icon" href="/${icon!.name}" type="image/svg+xml" />`,
    `<link rel="apple-touch-icon" href="/${touch!.name}" />`,
    `<link rel="manifest" href="/app.webmanifest" />`,
    `<script src="/${start.name}"></script>`,
    `<link rel="stylesheet" href="/${app.style}" />`,
    ...[app.entry, ...app.preload].map((name) => `<link rel="modulepreload" href="/${name}" />`),
  ];
  return template.replace(/ *<!-- build\.ts .*-->/, tags.map((tag) => `    ${tag}`).join("\n"));
}

async function write(file: Built, dev: boolean): Promise<Asset> {
  const bytes = Buffer.from(file.text);
  const forms: Record<string, Uint8Array> = { identity: bytes };
  if (!dev) {
    forms["br"] = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    forms["gzip"] = gzipSync(bytes, { level: 9 });
  }
  const suffix: Readonly<Record<string, string>> = { identity: "", br: ".br", gzip: ".gz" };
  const files: Record<string, string> = {};
  for (const [encoding, form] of Object.entries(forms)) {
    // A form that saves nothing is left out.
    if (encoding !== "identity" && form.length >= bytes.length) continue;
    files[encoding] = file.name + suffix[encoding];
    await Bun.write(join(UI, files[encoding]), form);
  }
  const type = TYPES[file.name.split(".").at(-1)!]!;
  return {
    path: `/${file.name}`,
    type,
    hash: digest(file.text),
    immutable: file.name.startsWith("assets/"),
    files: files as Asset["files"],
  };
}

/** Compiles dist/longhouse with the app's files inside. Its source map goes to dist/maps. */
async function compile(assets: readonly Asset[]): Promise<void> {
  const workers = WORKERS.map((name) => join(ROOT, `src/${name}.worker.ts`)).filter((path) => existsSync(path));
  await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts"), ...workers],
    target: "bun",
    format: "esm",
    minify: true,
    splitting: true,
    bytecode: true,
    sourcemap: "linked",
    plugins: [embed(assets)],
    define: { BUILD_VERSION: JSON.stringify(pkg.version), "process.env.NODE_ENV": '"production"' },
    // Else a cloned repository could run code inside longhouse by a bunfig.toml or change it by a .env.
    compile: { outfile: BINARY, autoloadBunfig: false, autoloadDotenv: false },
  });
  await rm(MAPS, { recursive: true, force: true });
  await mkdir(MAPS, { recursive: true });
  for (const name of await readdir(OUT)) {
    if (name.endsWith(".map")) await rename(join(OUT, name), join(MAPS, name));
  }
}

/** Puts a module with all files in the place of src/http/embedded.ts. */
function embed(assets: readonly Asset[]): Bun.BunPlugin {
  const paths = assets.flatMap((asset) => Object.values(asset.files));
  const names = new Map(paths.map((path, index) => [path, `f${index}`]));
  const imports = [...names].map(
    ([path, name]) => `import ${name} from ${JSON.stringify(join(UI, path))} with { type: "file" };`,
  );
  const rows = assets.map((asset) => {
    const files = Object.entries(asset.files).map(([encoding, path]) => `${encoding}: ${names.get(path)}`);
    return `{ ...${JSON.stringify({ ...asset, files: undefined })}, files: { ${files.join(", ")} } }`;
  });
  const contents = `${imports.join("\n")}\nexport const EMBEDDED = [\n${rows.join(",\n")}\n];\n`;
  return {
    name: "embed",
    setup: (build) =>
      void build.onLoad({ filter: /[\\/]src[\\/]http[\\/]embedded\.ts$/ }, () => ({ contents, loader: "ts" })),
  };
}

/** Bytes as the browser gets them, for the figures a build prints. */
async function sizes(assets: readonly Asset[]): Promise<string> {
  const html = await Bun.file(join(UI, "index.html")).text();
  const sum = (list: readonly Asset[]) =>
    list.reduce((all, asset) => all + Bun.file(join(UI, asset.files.gzip ?? asset.files.identity)).size, 0);
  const of = (extension: string) => assets.filter((asset) => asset.path.endsWith(extension));
  const first = of(".js").filter((asset) => html.includes(asset.path));
  const kb = (n: number) => `${(n / 1000).toFixed(1)} kB`;
  return `first load ${kb(sum(first))} JS and ${kb(sum(of(".css")))} CSS gzip; ${kb(sum(of(".js")))} JS in total`;
}

/** Renews the web app on change and lets bun restart the server; ends with the server. */
async function develop(): Promise<void> {
  await buildUi(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const renew = () =>
    buildUi(true).then(
      () => console.log("ui: built"),
      (error: unknown) => console.error(error),
    );
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void renew(), 50);
  };
  for (const folder of ["ui", "src/domain"]) watch(join(ROOT, folder), { recursive: true }, later);
  const server = Bun.spawn([process.execPath, "--watch", "src/main.ts", "serve", "--no-open"], {
    cwd: ROOT,
    stdio: ["inherit", "inherit", "inherit"],
  });
  process.exit(await server.exited);
}

process.chdir(ROOT);
if (process.argv.includes("--dev")) await develop();
const started = performance.now();
const assets = await buildUi(false);
console.log(`ui: ${await sizes(assets)}`);
if (!process.argv.includes("--ui")) {
  await compile(assets);
  console.log(`dist/longhouse ${pkg.version}: ${(Bun.file(BINARY).size / 1e6).toFixed(0)} MB`);
}
console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
