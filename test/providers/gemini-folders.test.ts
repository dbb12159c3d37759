/** Where a session worked, when only the files beside it say so. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openArchive } from "../support/archive.ts";

const HOME = "/home/kim/.gemini";
const HASHED = new Bun.CryptoHasher("sha256").update("/home/kim/tea").digest("hex");
const SESSION = readFileSync(join(import.meta.dir, "../fixtures/gemini/rewritten-whole.json"));

/** The folder and project that an archive tells of the session in `folder`, sent after the sidecar or before it. */
async function told(folder: string, sidecar: readonly [path: string, text: string], sidecarFirst: boolean) {
  const archive = openArchive();
  const send = (path: string, bytes: Uint8Array) =>
    archive.send({ provider: "gemini", path: `${HOME}/${path}`, unit: "file", size: bytes.length, bytes });
  const files = [
    () => send(`tmp/${folder}/chats/session-2026-03-04T09-00-7ea00000.json`, SESSION),
    () => send(sidecar[0], new TextEncoder().encode(sidecar[1])),
  ];
  for (const file of sidecarFirst ? files.toReversed() : files) {
    await file();
    await archive.derived();
  }
  const { cwd, project } = archive.db.query<Record<string, unknown>, []>("SELECT * FROM sessions").get()!;
  archive.close();
  return { cwd, project };
}

const tea = { cwd: "/home/kim/tea", project: "tea" };
const LIST = ["projects.json", JSON.stringify({ projects: { "/home/kim/tea": "tea-1" } })] as const;

test.each([true, false])("the list of projects tells it, by name and by hash (first: %p)", async (first) => {
  expect(await told("tea-1", LIST, first)).toEqual(tea);
  expect(await told(HASHED, LIST, first)).toEqual(tea);
  expect(await told("tea", LIST, first)).toEqual({ cwd: null, project: null });
});

test.each([true, false])("the file in the folder tells it (first: %p)", async (first) => {
  expect(await told("tea-1", ["tmp/tea-1/.project_root", "/home/kim/tea"], first)).toEqual(tea);
});
