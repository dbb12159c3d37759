/** Heartbeats between the regular ones: what a session waits for is told at once, and again where later bytes belie it. */
import { backoffMs, sleep } from "../lib/retry.ts";
import { routine } from "../lib/routine.ts";
import { LiveSessions } from "./presence.ts";
import type { Shipper } from "./shipper.ts";

/** Least time between two, ms: an agent changes its state several times a second. */
const GAP_MS = 200;
/** Bytes that come 1.5 s after an agent said that it waits mean to the server that it works again: told anew before, ms. */
const REPEAT_MS = 1000;
const BACKOFF = { baseMs: 1000, maxMs: 30_000 };

/** Tells of live sessions whenever they change, until it is closed. Failures are tried again; the next state wins. */
export class Beats {
  readonly #live: LiveSessions;
  readonly #stop: () => void;
  #wanted = false;
  #running = false;
  #bytes = 0;

  constructor(readonly shipper: Shipper) {
    const { providers, settings } = shipper;
    this.#live = new LiveSessions(providers, settings.env, () => this.want());
    shipper.live = () => this.#live.live;
    this.#stop = routine(REPEAT_MS, () => this.#repeat());
  }

  /** Something that the server should know at once has changed. */
  want(): void {
    this.#wanted = true;
    if (!this.#running) void this.#run();
  }

  close(): void {
    this.#stop();
    this.#live.close();
    this.#wanted = false;
  }

  /** An agent writes on while it waits (a note, a title): its word still counts. */
  #repeat() {
    const { bytes } = this.shipper.pump.tally;
    const waits = this.#live.live.some(({ state }) => state === "waiting");
    if (waits && bytes !== this.#bytes) this.want();
    this.#bytes = bytes;
  }

  async #run() {
    this.#running = true;
    const { signal } = this.shipper;
    for (let failures = 0; this.#wanted && !signal.aborted;) {
      this.#wanted = false;
      const isHeard = await this.#beat();
      if (isHeard) failures = 0;
      else this.#wanted = true;
      await sleep(isHeard ? GAP_MS : backoffMs(++failures, BACKOFF), signal);
    }
    this.#running = false;
  }

  async #beat(): Promise<boolean> {
    try {
      return (await this.shipper.beat()).kind === "welcome";
    } catch (error) {
      // What the answer asked for cannot be written down: the spool's disk is full, or it was closed just now.
      if (!this.shipper.signal.aborted) this.shipper.log.error("a heartbeat's answer was lost", { error });
      return false;
    }
  }
}
