/** Says how far the shipper is, now and then, and writes down when bytes were last acknowledged. */
import { KIB } from "../domain/limits.ts";
import type { ImportProgress } from "../domain/frame.ts";
import { createMeter } from "../lib/rate.ts";
import type { Pump } from "./pump.ts";
import type { ShipProgress } from "./settings.ts";
import type { Spool } from "./spool.ts";
import type { WakeProgress } from "./spool-wakes.ts";

/** A backlog smaller than this is not shown as an import. Bytes. */
const IMPORT_MIN = 256 * KIB;
/** How often it is told, ms. */
export const TELL_MS = 200;

export type TellerOptions = {
  readonly spool: Spool;
  pump(): Pump;
  polling(): string | null;
  tell(progress: ShipProgress): void;
};

/** Why nothing moves; null = it does. */
export function troubleOf({ gate: { state } }: Pump): WakeProgress["trouble"] {
  if (state.kind === "open") return null;
  return { kind: state.kind === "paused" ? "paused" : "later", reason: state.reason };
}

export type Teller = ReturnType<typeof createTeller>;

/** Of one shipper. */
export function createTeller({ spool, pump, polling, tell }: TellerOptions) {
  const meter = createMeter();
  let telling: Timer | null = null;
  let noted = 0;

  const noteSent = () => {
    const { bytes } = pump().tally;
    if (bytes === noted) return;
    noted = bytes;
    spool.setMeta("last_ship_at", new Date().toISOString());
  };
  const imported = (): ImportProgress | null => {
    const { sources, bytes, done } = pump().backlog;
    if (pump().waiting === 0 || bytes < IMPORT_MIN) return null;
    const done_bytes = Math.min(done, bytes);
    const agents = [...pump().backlogBy].map(([provider, by]) => ({
      provider,
      sources: by.sources,
      finished: Math.min(by.finished, by.sources),
      bytes: by.bytes,
      done_bytes: Math.min(by.done, by.bytes),
    }));
    return { sources, bytes, done_bytes, rate: Math.round(meter.rate), eta_s: meter.eta(bytes - done_bytes), agents };
  };
  const progress = (): ShipProgress => {
    const { backlog, tally, waiting } = pump();
    if (waiting === 0) meter.reset();
    else meter.note(backlog.done, Date.now());
    noteSent();
    const trouble = troubleOf(pump());
    return {
      state: trouble?.kind ?? (waiting === 0 ? "idle" : "working"),
      reason: trouble?.reason ?? null,
      import: imported(),
      bytes: tally.bytes,
      polling: polling(),
    };
  };
  return {
    /** Something is another than before: it is told soon. */
    moved(): void {
      telling ??= setTimeout(() => {
        telling = null;
        tell(progress());
      }, TELL_MS);
    },
    close(): void {
      if (telling) clearTimeout(telling);
      // Nothing is told any more.
      telling = setTimeout(() => {}, 0);
      noteSent();
    },
  };
}
