/** What an agent's own settings mean for how long its files live. Pure: text in, advice out. */

/** `note`: good to know; `problem`: something may be lost. */
export type Advice = {
  readonly level: "ok" | "note" | "problem";
  readonly title: string;
  /** What to change, in words that name the file. */
  readonly fix?: string;
};

/** One settings file of an agent. */
export type SettingsAdvice = {
  /** Absolute. */
  readonly file: string;
  /** `text` null = no such file. Never throws. */
  read(text: string | null): Advice;
};
