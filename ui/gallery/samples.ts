/** Texts for the kit page: usual ones, long ones, and such as an archive may hold. */
import { PROVIDERS_KNOWN } from "../kit/agents.ts";

export const PROVIDERS_SHOWN: readonly string[] = [...PROVIDERS_KNOWN, "someone-new", ""];

export const LONG =
  "AVeryLongWordWithoutAnyPlaceToBreakItThatABranchOrAFileMayWellBeCalledInSomeRepositoriesOfThisWorld";

export const CODE = `export function flush(queue: readonly string[]): number {
  // What is written is awaited.
  return queue.filter((line) => line !== "").length;
}
`;

export const DIFF = `--- a/src/oven.ts
+++ b/src/oven.ts
@@ -1,5 +1,6 @@
 import { heat } from "./heat.ts";
-export const bake = (loaf: string) => heat(loaf, 180);
+/** Bakes until it is brown. */
+export const bake = (loaf: string) => heat(loaf, 220);
 
 export const cool = (loaf: string) => loaf;
`;

export const TERMINAL =
  "\u001b[32m✓\u001b[0m 41 passed\n\u001b[31m✗ 1 failed\u001b[0m  \u001b[1mbakes\u001b[0m\n\u001b[2m  at oven.ts:3\u001b[0m\n";

export const MARKDOWN = `## What was done

The **flush** is awaited now, see \`oven.ts\`.

- one
- two
  - nested

| file | lines |
| --- | ---: |
| oven.ts | 12 |

> A word from elsewhere.

\`\`\`ts
const loaf = "brown";
\`\`\`
`;

export const HOSTILE =
  "<img src=x onerror=alert(1)> [a](javascript:alert(2)) \u202Egnp.exe\u202C zero\u200Bwidth \u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007 ![i](http://evil.test/i.png)";
