/** The URL of a worker's entry file, given from src/ ("archive/writer.worker.ts"); differs in the compiled binary. */
export function workerUrl(path: string): string {
  return Bun.isStandaloneExecutable ? `./${path}` : new URL(`../${path}`, import.meta.url).href;
}

/** Lowers this thread's priority (Linux: per thread), so that main gets the CPU at once. Does nothing elsewhere. */
export async function lowerPriority(nice: number): Promise<void> {
  if (process.platform !== "linux") return;
  const { readlinkSync } = await import("node:fs");
  const { setPriority } = await import("node:os");
  const thread = Number(readlinkSync("/proc/thread-self").split("/").pop());
  setPriority(thread, nice);
}
