/** The binary's own start-up. */
import { BINARY, isolated } from "../support/server.ts";
import { spread } from "./table.ts";
import type { Row } from "./table.ts";

/** Wall time of short commands, 20 runs each after one. */
export async function measureCommands(home: string, data: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const args of [["--version"], ["help"]]) {
    const times: number[] = [];
    for (let i = 0; i <= 20; i++) {
      const from = performance.now();
      await Bun.spawn([BINARY, ...args], { env: isolated(home, data), stdio: ["ignore", "ignore", "ignore"] }).exited;
      if (i > 0) times.push(performance.now() - from);
    }
    rows.push({ what: `longhouse ${args.join(" ")}`, got: spread(times), goal: "≤ 50 ms" });
  }
  return rows;
}
