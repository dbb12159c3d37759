/** Who listens on a TCP port of this machine, as far as the system tells. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export type PortHolder = { readonly pid: number; readonly name: string };

/** null when it cannot be told: another user's process, no /proc and no lsof. Takes 2 s at most. */
export function portHolder(port: number): PortHolder | null {
  try {
    return process.platform === "linux" ? fromProc(port) : fromLsof(port);
  } catch {
    return null;
  }
}

function fromProc(port: number): PortHolder | null {
  const inodes = new Set([...listeners("/proc/net/tcp", port), ...listeners("/proc/net/tcp6", port)]);
  if (inodes.size === 0) return null;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!holds(pid, inodes)) continue;
    return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, "utf8").trim() };
  }
  return null;
}

/** Inodes of the sockets that listen on the port: state 0A. */
function listeners(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(table, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === "0A")
    .map((fields) => fields[9]!);
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function fromLsof(port: number): PortHolder | null {
  const ran = Bun.spawnSync(["lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], {
    timeout: 2000,
    stderr: "ignore",
  });
  const [, pid, name] = /^p(\d+)\nc(.+)$/m.exec(ran.stdout.toString()) ?? [];
  return pid && name ? { pid: Number(pid), name } : null;
}
