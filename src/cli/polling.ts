/** Why files are not watched, in words. */
export function pollingLine(reason: string): string {
  if (reason === "asked") return "Files are looked at every few seconds, as asked.";
  const fix = reason === "ENOSPC" ? " longhouse doctor says how to get more watches." : "";
  return `File events cannot be had (${reason}): files are looked at every few seconds instead.${fix}`;
}
