/**
 * Serves the web app: from the binary, or from dist/ui when run from source. Files are compressed at build time.
 * A path without an extension is a page of the app and gets index.html; the app itself knows which pages there are.
 */
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import { Fault } from "../domain/fault.ts";
import { EMBEDDED, type Asset, type Encoding } from "./embedded.ts";

const YEAR = "public, max-age=31536000, immutable";
const PAGE = "/index.html";

/** The last handler: GET and HEAD of the app's files and pages. Throws `not_found` and `method_not_allowed` faults. */
export function assets(
  find: () => Files = EMBEDDED ? always(EMBEDDED) : onDisk(besideSource()),
): (c: Context) => Response {
  return (c) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD")
      throw new Fault("method_not_allowed", `${c.req.method} is not for this path`);
    const asset = lookUp(find(), new URL(c.req.url).pathname);
    return respond(asset, c.req.header("accept-encoding") ?? "", c.req.header("if-none-match") ?? "");
  };
}

type Files = ReadonlyMap<string, Asset>;

const byPath = (list: readonly Asset[]): Files => new Map(list.map((asset) => [asset.path, asset]));

function always(list: readonly Asset[]): () => Files {
  const files = byPath(list);
  return () => files;
}

/** Files as dist/ui/manifest.json lists them, read again when a build has changed it. */
export function onDisk(folder: string): () => Files {
  let files: Files = new Map();
  let readAt = 0;
  return () => {
    const changed = statSync(`${folder}/manifest.json`, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) throw new Fault("not_found", "The web app is not built", "Type: bun run build");
    if (changed !== readAt) files = byPath(readManifest(folder));
    readAt = changed;
    return files;
  };
}

function readManifest(folder: string): Asset[] {
  // The parse boundary: build.ts wrote it, with names relative to the folder.
  const list = JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8")) as Asset[];
  return list.map((asset) => {
    const files = Object.entries(asset.files).map(([encoding, name]) => [encoding, `${folder}/${name}`]);
    return { ...asset, files: Object.fromEntries(files) as Asset["files"] };
  });
}

const besideSource = (): string => fileURLToPath(new URL("../../dist/ui", import.meta.url));

function lookUp(files: Files, path: string): Asset {
  const isPage = !/\.[^/]*$/.test(path) && !path.startsWith("/api/") && !path.startsWith("/assets/");
  const asset = files.get(path) ?? (isPage ? files.get(PAGE) : undefined);
  if (!asset) throw new Fault("not_found", `There is nothing at ${path}`);
  return asset;
}

function respond(asset: Asset, accepts: string, known: string): Response {
  const encoding = choose(asset, accepts);
  const etag = `"${asset.hash}${encoding === "identity" ? "" : `-${encoding}`}"`;
  const headers = new Headers({
    "content-type": asset.type,
    etag,
    vary: "Accept-Encoding",
    // A page must always be asked for: it names the hashed files of its build.
    "cache-control": asset.immutable ? YEAR : "no-cache",
  });
  if (matches(known, etag)) return new Response(null, { status: 304, headers });
  if (encoding !== "identity") headers.set("content-encoding", encoding);
  return new Response(Bun.file(asset.files[encoding]!), { headers });
}

/** The smallest form that the client takes. */
function choose(asset: Asset, accepts: string): Encoding {
  const taken = new Map(accepts.split(",").map((part) => weigh(part)));
  const takes = (encoding: Encoding) =>
    asset.files[encoding] !== undefined && (taken.get(encoding) ?? taken.get("*") ?? 0) > 0;
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : "identity";
}

function weigh(part: string): [name: string, weight: number] {
  const [name = "", ...params] = part.split(";").map((piece) => piece.trim().toLowerCase());
  const q = params.find((param) => param.startsWith("q="));
  return [name, q === undefined ? 1 : Number(q.slice(2)) || 0];
}

const matches = (known: string, etag: string): boolean =>
  known.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
