/** The folders of every agent: what is told to be entered must lead to each file that is told to be the agent's. */
import { describe, expect, test } from "bun:test";
import { dirname } from "node:path";
import fc from "fast-check";
import { PROVIDERS } from "../../src/providers/all.ts";

const ENV = { HOME: "/h", XDG_CONFIG_HOME: "/h/.config", APPDATA: "/h/AppData" };
const ID = "0997a687-2ef9-4e82-9a79-64e1909c7155";

const FOLDERS = `tmp chats projects agent-transcripts .claude node_modules .git subagents archive tool-results 2026 ${ID} a .x`;
const FILES = `a.jsonl a.json a.txt state.vscdb store.db projects.json .project_root ${ID}.jsonl rollout-${ID}.jsonl.zst
  agent-1.meta.json agent-1.jsonl session_index.jsonl`;
const folder = fc.constantFrom(...FOLDERS.split(" "));
const file = fc.constantFrom(...FILES.split(/\s+/));
const path = fc.tuple(fc.array(folder, { maxLength: 6 }), file).map(([dirs, name]) => [...dirs, name].join("/"));

const roots = PROVIDERS.flatMap(({ name, roots }) => roots(ENV).map((root) => [`${name} ${root.dir}`, root] as const));

describe.each(roots)("%s", (_name, root) => {
  test("every folder above a file of the agent's is entered", () => {
    fc.assert(
      fc.property(path, (relative) => {
        if (root.unit(relative) === null || !root.enters) return;
        for (let dir = dirname(relative); dir !== "."; dir = dirname(dir))
          expect([dir, root.enters(dir)]).toEqual([dir, true]);
      }),
      { numRuns: 2000 },
    );
  });

  test("a flat root has no files in folders", () => {
    fc.assert(
      fc.property(path, (relative) => {
        if (root.flat && relative.includes("/")) expect(root.unit(relative)).toBeNull();
      }),
    );
  });
});

test("no agent's root lies in another root of its own that enters it", () => {
  for (const { roots } of PROVIDERS) {
    const own = roots(ENV);
    for (const { dir, flat, enters } of own)
      for (const other of own) {
        if (flat || other.dir === dir || !other.dir.startsWith(`${dir}/`)) continue;
        expect(enters?.(other.dir.slice(dir.length + 1)) ?? true).toBe(false);
      }
  }
});
