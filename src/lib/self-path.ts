/** Where this executable is, for those who write that down. */
import { realpathSync } from "node:fs";

/** Absolute path of this executable, as it should be written into other programs' files. */
export function selfPath(): string {
  const link = Bun.which("longhouse");
  return link && link.startsWith("/") && realpathSync(link) === realpathSync(process.execPath)
    ? link
    : process.execPath;
}

/** argv that runs this program once more: the executable, and from source the file it was started with. */
export function selfCommand(): readonly [string, ...string[]] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main];
}
