import { describe, expect, test } from "bun:test";
import { claude } from "../../src/providers/claude.ts";

const ID = "0997a687-2ef9-4e82-9a79-64e1909c7155";
const PROJECT = "/home/ada/.claude/projects/-home-ada-kiln";
const META = `${PROJECT}/${ID}/subagents/agent-a1.meta.json`;

function aside(path: string, value: unknown) {
  return claude.aside!(path, () => (typeof value === "string" ? value : JSON.stringify(value)));
}

describe("an agent's sidecar", () => {
  const title = (value: unknown) => aside(META, value)[0]?.facts.title;

  test("names the agent by its kind and what it was started for", () => {
    expect(aside(META, { agentType: "Explore", description: "Map the kiln" })).toEqual([
      { session: { id: ID, agent: "a1" }, facts: { title: { text: "Explore: Map the kiln", trust: "index" } } },
    ]);
    expect(title({ agentType: "general-purpose", description: " Map the kiln " })?.text).toBe("Map the kiln");
    expect(title({ description: "Map the kiln", toolUseId: "toolu_1" })?.text).toBe("Map the kiln");
  });

  test("says nothing when it has no description", () => {
    expect(aside(META, { agentType: "general-purpose", spawnDepth: 1 })).toEqual([]);
    expect(aside(META, { description: 7 })).toEqual([]);
  });

  test("is found for a workflow's agents and for the old flat files", () => {
    const workflow = `${PROJECT}/${ID}/subagents/workflows/wf_1/agent-a1.meta.json`;

    expect(aside(workflow, { description: "x" })).toMatchObject([{ session: { id: ID, agent: "a1" } }]);
    expect(aside(`${PROJECT}/agent-1a2b3c4d.meta.json`, { description: "x" })).toEqual([]);
  });
});

describe("a project's index", () => {
  const path = `${PROJECT}/sessions-index.json`;

  test("gives each session its summary as a title, and nothing that the session knows better", () => {
    const entries = [
      { sessionId: ID, summary: "Fixing the kiln", firstPrompt: "fix it", gitBranch: "main", projectPath: "/old" },
      { sessionId: "without", firstPrompt: "no summary" },
      { sessionId: "side", summary: "An agent's", isSidechain: true },
      { summary: "nobody's" },
      null,
    ];

    expect(aside(path, { version: 1, entries })).toEqual([
      { session: { id: ID, agent: "" }, facts: { title: { text: "Fixing the kiln", trust: "index" } } },
    ]);
  });

  test("that is torn, or no index at all, says nothing", () => {
    for (const text of ["", "{", '{"entries":[{', "[]", "null", '{"entries":7}']) expect(aside(path, text)).toEqual([]);
  });
});

test("overflowed outputs and other files say nothing", () => {
  expect(aside(`${PROJECT}/${ID}/tool-results/toolu_1.txt`, "line 1")).toEqual([]);
  expect(aside(`${PROJECT}/${ID}/tool-results/rows.json`, { description: "no title" })).toEqual([]);
});
