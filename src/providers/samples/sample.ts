/** One file of a sample session. `lines` end with LF each when written; ids and times are fixed by `now`. */
export type Sample = {
  readonly provider: string;
  /** Absolute; nothing stands there on disk. */
  readonly path: string;
  readonly cwd: string;
  readonly lines: readonly unknown[];
};
