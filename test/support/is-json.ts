/** Whether a text is one JSON value; real histories hold lines that are none. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
