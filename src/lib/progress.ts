/** Shows how far long work is: a bar that is drawn over on a terminal, a line now and then elsewhere. */
import { bytesText, secondsText } from "./units.ts";
import { createMeter } from "./rate.ts";

export type ProgressState = {
  readonly done: number;
  readonly total: number;
  /** "12 of 40 sessions". */
  readonly note: string;
};

export type Progress = {
  /** Draws at most ten times a second; a line elsewhere at most every five seconds. */
  show(state: ProgressState): void;
  /** Takes the bar away. */
  end(): void;
};

export type ProgressOptions = {
  write(text: string): void;
  readonly terminal: boolean;
  /** Of the terminal. */
  readonly columns: number;
  now(): number;
};

const DRAW_MS = 100;
const LINE_MS = 5000;
const BAR = 24;

/** `done` and `total` are bytes. */
export function createProgress({ write, terminal, columns, now }: ProgressOptions): Progress {
  const meter = createMeter();
  let shownAt = terminal ? -Infinity : now();
  let drawn = false;
  return {
    show(state) {
      meter.note(state.done, now());
      if (now() - shownAt < (terminal ? DRAW_MS : LINE_MS)) return;
      shownAt = now();
      const text = line(state, meter.rate, meter.eta(state.total - state.done));
      drawn = terminal;
      write(terminal ? `\r\x1b[K${bar(state)} ${text}`.slice(0, columns + 3) : `${text}\n`);
    },
    end() {
      if (drawn) write("\r\x1b[K");
    },
  };
}

function line({ done, total, note }: ProgressState, rate: number, eta: number | null): string {
  const percent = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
  const left = eta === null ? "" : `, ${secondsText(eta)} left`;
  return `${percent}% ${bytesText(done)} of ${bytesText(total)}, ${note}, ${bytesText(rate)}/s${left}`;
}

function bar({ done, total }: ProgressState): string {
  const full = total > 0 ? Math.min(BAR, Math.round((BAR * done) / total)) : 0;
  return `[${"█".repeat(full)}${"·".repeat(BAR - full)}]`;
}
