/** Ids of agents' sessions, as other programs say them. */

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Whether the text can be an id: it names files, it is never a path. */
export function isSessionId(text: string): boolean {
  return ID.test(text) && !text.includes("..");
}
