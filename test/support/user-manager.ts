/** A machine of its own within this one: its processes, its /run, and a real systemd user manager. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isolated } from "./server.ts";
import { tempDir } from "./temp.ts";

const SYSTEMD = "/lib/systemd/systemd";

/** Whether such a machine can be had: Linux, root, systemd and D-Bus installed. */
export const HAS_USER_MANAGER: boolean =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  existsSync(SYSTEMD) &&
  [["dbus-daemon"], ["systemctl"], ["unshare"]].every(([name]) => Bun.which(name!)) &&
  Bun.spawnSync(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]).exitCode === 0;

const INSIDE = `
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system "/run/user/$(id -u)" || exit 99
export XDG_RUNTIME_DIR="/run/user/$(id -u)"
export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --fork
${SYSTEMD} --user --log-target=console >/dev/null 2>&1 &
SYSTEMD_PID=$!
for i in $(seq 200); do systemctl --user is-system-running >/dev/null 2>&1 && break; sleep 0.05; done
. "$1"
kill $SYSTEMD_PID; wait $SYSTEMD_PID 2>/dev/null
`;

export type Machine = { readonly home: string; readonly env?: Readonly<Record<string, string>> };

/** Runs the lines of a shell script there; gives what they print. Everything in it ends with it. Throws when it fails. */
export async function onMachine({ home, env }: Machine, script: string): Promise<string> {
  const dir = tempDir("machine");
  const [inside, steps] = [join(dir, "inside.sh"), join(dir, "steps.sh")];
  writeFileSync(inside, INSIDE);
  writeFileSync(steps, script);
  mkdirSync(home, { recursive: true });
  const { LONGHOUSE_HOME: _, ...plain } = isolated(home, "", env);
  const child = Bun.spawn(
    ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", inside, steps],
    { env: plain, cwd: home, stdio: ["ignore", "pipe", "pipe"] },
  );
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
  return stdout;
}
