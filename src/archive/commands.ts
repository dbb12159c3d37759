/** Every named write there is. Adding one = a function in src/store and its line here. */

/** Name → (db, input, effects) → plain data. */
export const COMMANDS = {} as const;

export type Commands = typeof COMMANDS;
