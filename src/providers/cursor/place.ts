/** Where Cursor keeps conversations, and whose a source is. */
import type { Env, Facts, Head, Identity, Root, SessionKey, Unit } from "../../domain/provider.ts";
import { headOf } from "./stores.ts";

/** The editor's folders of settings on macOS and on Linux; both the CLI's and the transcripts' stand in the home. */
export function roots(env: Env): readonly Root[] {
  const home = env.HOME?.replace(/\/+$/, "");
  if (!home) return [];
  const settings = [env.XDG_CONFIG_HOME?.replace(/\/+$/, ""), `${home}/.config`, `${home}/Library/Application Support`];
  const editors = settings.filter((dir): dir is string => Boolean(dir)).map((dir) => `${dir}/Cursor/User`);
  return [
    ...editors.flatMap((dir): Root[] => [
      { dir: `${dir}/globalStorage`, unit: database("state.vscdb"), flat: true },
      {
        dir: `${dir}/workspaceStorage`,
        unit: (relative) => (WORKSPACE.test(relative) ? "query" : null),
        enters: (relative) => !relative.includes("/"),
      },
    ]),
    {
      dir: `${home}/.cursor/chats`,
      unit: (relative) => (CHAT.test(relative) ? "query" : null),
      enters: (relative) => relative.split("/").length <= 2,
    },
    { dir: `${home}/.cursor/projects`, unit: transcript, enters: (relative) => TRANSCRIPTS.test(relative) },
  ];
}

const WORKSPACE = /^[^/]+\/state\.vscdb$/;
const CHAT = /^[^/]+\/[^/]+\/store\.db$/;

const TRANSCRIPTS = /^[^/]+(?:\/agent-transcripts(?:\/.*)?)?$/;

function database(name: string): Root["unit"] {
  return (relative) => (relative === name ? "query" : null);
}

function transcript(relative: string): Unit | null {
  if (!/^[^/]+\/agent-transcripts\//.test(relative)) return null;
  if (relative.endsWith(".jsonl")) return "lines";
  return relative.endsWith(".txt") ? "file" : null;
}

const SUBAGENT = /\/agent-transcripts\/([^/]+)\/subagents\/([^/]+)\.(?:jsonl|txt)$/;
const TRANSCRIPT = /\/agent-transcripts\/(?:[^/]+\/)?([^/]+)\.(?:jsonl|txt)$/;

/** By the path: a database's source names its conversation, a transcript is named for it. */
export function identify({ path, unit }: Head): Identity {
  if (unit === "query") return inDatabase(path.slice(path.lastIndexOf("#") + 1), path);
  const agent = SUBAGENT.exec(path);
  const rank = unit === "file" ? RANK.text : RANK.lines;
  if (agent) return session(agent[2]!, rank, { kind: "subagent", parent: { id: agent[1]!, agent: "" } });
  const id = TRANSCRIPT.exec(path)?.[1];
  return id === undefined ? { kind: "none" } : session(id, rank);
}

/** What knows more wins: transcripts have no times and no results, workspaces what was later moved to the global database. */
const RANK = { text: 1, lines: 2, workspace: 3, database: 4 } as const;

function inDatabase(id: string, path: string): Identity {
  const head = headOf(id);
  if (head !== null) return { kind: "sidecar", of: key(head) };
  return session(id, path.includes("/workspaceStorage/") ? RANK.workspace : RANK.database);
}

function session(id: string, rank: number, facts?: Facts): Identity {
  return { kind: "session", session: key(id), rank, ...(facts && { facts }) };
}

function key(id: string): SessionKey {
  return { id, agent: "" };
}
