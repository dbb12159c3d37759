import { expect, test } from "bun:test";
import { cursor } from "../../src/providers/cursor.ts";
import { oikos } from "../../src/providers/oikos.ts";

test("transcripts are archived, databases beside them never", () => {
  const [root] = cursor.roots({ HOME: "/home/kim" });

  expect(root!.dir).toBe("/home/kim/.cursor/projects");
  expect(root!.unit("home-kim-tea/agent-transcripts/a.jsonl")).toBe("lines");
  expect(root!.unit("home-kim-tea/agent-transcripts/a/subagents/b.jsonl")).toBe("lines");
  expect(root!.unit("home-kim-tea/agent-transcripts/a.txt")).toBe("file");
  expect(root!.unit("home-kim-tea/agent-transcripts/store.db")).toBeNull();
  expect(root!.unit("home-kim-tea/mcp-cache.json")).toBeNull();
  expect(cursor.roots({})).toEqual([]);
});

test("transcripts are no sessions yet", () => {
  const head = {
    path: "/home/kim/.cursor/projects/tea/agent-transcripts/a.jsonl",
    unit: "lines",
    text: "{}",
    whole: true,
  } as const;

  expect(cursor.identify(head)).toEqual({ kind: "none" });
});

test("the assistant's own conversations lie in no folder and are read as JSON events", () => {
  const said = { role: "user", timestamp: "2026-03-04T09:00:00Z", content_text: "tea?" };
  const line = { offset: 0, text: JSON.stringify(said), value: said, oversize: false };

  expect(oikos.roots({ HOME: "/home/kim" })).toEqual([]);
  expect(oikos.parse(line, oikos.start()).parts).toMatchObject([{ kind: "prompt", text: "tea?" }]);
});
