/** Sample sessions in an empty archive: marked `demo`, removable in one click, archived like any other bytes. */
import type { Database } from "bun:sqlite";
import { samples } from "../providers/samples.ts";
import { countSessions, DEMO_DEVICE } from "../store/demo.ts";
import type { Writer } from "./writer.ts";

export type DemoDeps = { readonly db: Database; readonly writer: Writer; readonly now: () => number };

/** `empty`: seeds when the archive has no session; `fresh`: removes what is there of them first, and seeds. */
export async function seedDemo({ db, writer, now }: DemoDeps, when: "empty" | "fresh"): Promise<boolean> {
  if (when === "empty" && countSessions(db) > 0) return false;
  await writer.run("clearDemo", null);
  for (const { provider, path, cwd, lines } of samples(now())) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await writer.ingest({
      device: DEMO_DEVICE,
      provider,
      path,
      generation: 0,
      offset: 0,
      unit: "lines",
      hint: { cwd, demo: true },
      bytes: new TextEncoder().encode(text).buffer as ArrayBuffer,
    });
  }
  return true;
}
