/** The URL of a worker's entry file, given from src/ ("archive/writer.worker.ts"); differs in the compiled binary. */
export function workerUrl(path: string): string {
  return Bun.isStandaloneExecutable ? `./${path}` : new URL(`../${path}`, import.meta.url).href;
}
