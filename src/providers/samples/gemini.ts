/** A Gemini session: three libraries compared. */
import type { Sample } from "./sample.ts";

const ID = "5a3d1e00-0004-4000-8000-0000000067e3";

/** The session, two days before `now`. */
export function geminiSample(now: number): Sample {
  const startedAt = now - 50 * 3_600_000;
  const at = (minutes: number) => new Date(startedAt + minutes * 60_000).toISOString();
  const lines = [
    { sessionId: ID, projectHash: "5a3d1e", startTime: at(0), lastUpdated: at(3), kind: "main" },
    {
      id: "m1",
      timestamp: at(0),
      type: "user",
      content: [{ text: "Compare three date libraries for size, time zones and upkeep. A table, then your pick." }],
    },
    {
      id: "m2",
      timestamp: at(2),
      type: "gemini",
      model: "gemini-2.5-pro",
      content:
        "| | size (gzip) | time zones | upkeep |\n|---|---|---|---|\n| A | 3 kB | by the browser | steady |\n| B | 18 kB | built in | quiet |\n| C | 70 kB | with an add-on | frozen |\n\nI would take **A**: you format and compare dates, and nothing else.",
      thoughts: [
        { subject: "Weighing needs", description: "They only format and compare: size decides.", timestamp: at(1) },
      ],
      tokens: { input: 5_200, output: 410, cached: 3_000, thoughts: 120, tool: 0, total: 5_730 },
    },
    { $set: { summary: "Compare three date libraries" } },
  ];
  const path = `/home/you/.gemini/tmp/website/chats/session-${at(0).slice(0, 16).replace(":", "-")}-${ID.slice(0, 8)}.jsonl`;
  return { provider: "gemini", path, cwd: "/home/you/projects/website", lines };
}
