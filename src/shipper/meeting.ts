/** Which archive the server is, and what of ours it has: learned from its greeting, and asked anew when it may have lost some. */
import type { Log } from "../lib/log.ts";
import { takeBack } from "./compare.ts";
import { listSources, rowsOf, type Welcome } from "./link.ts";
import { startOver } from "./row.ts";
import type { Target } from "./ship.ts";
import type { Spool } from "./spool.ts";

export type MeetingOptions = {
  readonly spool: Spool;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** This machine's device, should the server not say it. */
  readonly device: string;
  target(): Target;
  /** Everything is to be looked over: rows say less than before. */
  rescan(): unknown;
};

/** A server that lost bytes is compared with at most this often, ms. */
const COMPARE_MS = 60_000;

/** Of one shipper. */
export class Meeting {
  #archive: string | null = null;
  #device: string;
  #compared = -Infinity;

  constructor(readonly options: MeetingOptions) {
    this.#device = options.device;
  }

  /** Whether it is known which archive the server is. */
  get isOver(): boolean {
    return this.#archive !== null;
  }

  /** Goes by what the server said; `scanned`: files were looked over before, by what was remembered then. */
  async welcome(welcome: Welcome, scanned: boolean): Promise<void> {
    const { spool, target, rescan } = this.options;
    const { archive_id, epoch, resend, run } = welcome;
    const before = spool.archive;
    const { known } = spool.choose(archive_id, { epoch, url: target().url });
    this.#device = welcome.device_id ?? this.#device;
    if (!known) await this.#adopt(epoch);
    const changed = scanned && (before !== spool.archive || !known);
    this.#archive = archive_id;
    for (const asked of resend) this.#resend(asked);
    if (changed || resend.length > 0) rescan();
    await this.#afterStart(run, known);
  }

  /** The server has less than it said: what else it has lost is found out soon. */
  compareSoon(): void {
    if (performance.now() - this.#compared < COMPARE_MS) return;
    void this.#compare();
  }

  /** Remembers what the server has; when it cannot say, everything is sent and compared. */
  async #adopt(epoch: number) {
    const { spool, log, target, signal } = this.options;
    try {
      spool.adopt(rowsOf(await listSources(target(), this.#device, signal)), epoch);
    } catch (error) {
      log.warn("the server cannot say what it has; everything is compared", { error: String(error) });
      spool.adopt([], epoch);
    }
  }

  #resend({ provider, path, generation, from }: Welcome["resend"][number]) {
    const { spool } = this.options;
    const row = spool.find(provider, path);
    // An older generation's bytes are not on this disk any more.
    if (row && row.generation === generation && row.acked > from) spool.put(startOver(row));
  }

  /** A server that was started since may have been put back to a backup: its archive would not say so. */
  async #afterStart(run: string | undefined, known: boolean) {
    const { spool } = this.options;
    const key = `run ${spool.archive}`;
    if (run === undefined || spool.meta(key) === run) return;
    if (!known || (await this.#compare())) spool.setMeta(key, run);
  }

  /** Sends again what the server had and has no more. False when it could not say what it has. */
  async #compare(): Promise<boolean> {
    const { spool, log, target, signal, rescan } = this.options;
    this.#compared = performance.now();
    try {
      const behind = takeBack(spool, await listSources(target(), this.#device, signal));
      if (behind > 0) log.warn("the server has less than it had: it is sent again", { sources: behind });
      if (behind > 0) rescan();
      return true;
    } catch (error) {
      if (!signal.aborted) log.warn("the server cannot say what it has", { error: String(error) });
      return false;
    }
  }
}
