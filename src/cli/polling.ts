/** Files that are looked at again and again, because the system does not tell of changes: why, and what to do. */

/** Why files are not watched, in words. */
export function pollingLine(reason: string): string {
  if (reason === "asked") return "Files are looked at every few seconds, as asked.";
  const fix = reason === "ENOSPC" ? " longhouse doctor says how to get more watches." : "";
  return `File events cannot be had (${reason}): files are looked at every few seconds instead.${fix}`;
}

const WATCHES = 1_048_576;

/** What gives Linux more watches, now and after a restart. */
export const MORE_WATCHES = `echo fs.inotify.max_user_watches=${WATCHES} | sudo tee /etc/sysctl.d/60-longhouse.conf && sudo sysctl --system`;
