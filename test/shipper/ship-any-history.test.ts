import { expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { AgentHome } from "../support/agent-home.ts";
import { error, startIngestServer } from "../support/ingest-server.ts";

type Act =
  | { readonly kind: "append" | "rewrite" | "replace"; readonly text: string }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "remove" | "ship" | "lose spool" | "fail once" };

const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "é", "\0"), maxLength: 3000 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("rewrite" as const, "replace" as const), text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: fc.nat(100) }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Act>(
      { kind: "ship" },
      { kind: "ship" },
      { kind: "remove" },
      { kind: "lose spool" },
      { kind: "fail once" },
    ),
  },
);

/**
 * Whatever happens to a file, after each ship the newest generation holds what the file holds. Sizes, times and the first
 * and last KiB decide whether it is the same file: the acts here change at least one of them.
 */
test.each(["lines.jsonl", "whole.json"])(
  "whatever happens to %s, its newest generation is the file",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
        const home = new AgentHome();
        const server = startIngestServer();
        const path = home.path(name);
        try {
          for (const step of [...acts, { kind: "ship" as const }]) {
            if (step.kind !== "ship") {
              await apply(step);
              continue;
            }
            await home.ship(server.url);
            const now = existsSync(path) ? readFileSync(path, "latin1") : "";
            // A file that was emptied is no generation of its own: what it held stays the newest.
            if (now !== "") expect(newest(path)).toBe(now);
          }
        } finally {
          await home.close();
          await server.stop();
        }

        function newest(path: string): string {
          return (server.bytesOf(path) ?? Buffer.alloc(0)).toString("latin1");
        }

        async function apply(step: Act) {
          // A file's time must differ for a change of equal length to be seen.
          await Bun.sleep(2);
          if (step.kind === "append") appendFileSync(path, step.text);
          if (step.kind === "rewrite") writeFileSync(path, step.text);
          if (step.kind === "replace") {
            writeFileSync(`${path}.new`, step.text);
            renameSync(`${path}.new`, path);
          }
          if (step.kind === "cut" && existsSync(path)) truncateSync(path, Math.min(step.at, readFileSync(path).length));
          if (step.kind === "remove") rmSync(path, { force: true });
          if (step.kind === "lose spool") rmSync(join(home.dir, "longhouse-shipper-spool.db"), { force: true });
          if (step.kind === "fail once") {
            let failed = false;
            server.fail = () => (failed ? undefined : ((failed = true), error(503, "starting")));
          }
        }
      }),
      { numRuns: 40 },
    );
  },
  60_000,
);
