/** systemd: a unit of the user's own manager. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../../domain/fault.ts";
import { MARK, type Manager, type Run, type Service } from "./service.ts";

/** The unit's name. */
export const unitName = (name: Service["name"]): string => `longhouse-${name}.service`;

/** The unit, to the last byte. */
export function unitText({ description, argv, flags, env, removedBy }: Service): string {
  const [program, ...args] = [...argv, ...flags];
  return [
    `# ${MARK}. To take it away: ${removedBy}`,
    "[Unit]",
    `Description=${description}`,
    // Tried again for as long as it takes: a machine may be without its network for hours.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${[quoted(program!), ...args.map((arg) => quoted(arg.replaceAll("$", "$$$$")))].join(" ")}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    "Restart=on-failure",
    "RestartSec=5",
    "TimeoutStopSec=15",
    // It has logs of its own, rotated. What it prints for a person (a link that signs in) belongs into no journal.
    "StandardOutput=null",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** As systemd unquotes it: backslashes are escapes, % begins a specifier. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}

/** States of a manager that takes orders, though not all units may be well. */
const AWAKE = new Set(["initializing", "starting", "running", "degraded", "maintenance"]);

/** The user's systemd, whose units are in the folder `units`. `run` must see XDG_RUNTIME_DIR. */
export function systemd(run: Run, units: string): Manager {
  const ctl = (...args: string[]) => run(["systemctl", "--user", ...args]);
  const must = (...args: string[]) => {
    const { code, stderr } = ctl(...args);
    if (code !== 0)
      throw new Fault("internal", `systemctl --user ${args.join(" ")}: ${stderr.trim() || `exit ${code}`}`);
  };
  return {
    kind: "systemd",
    file: (name) => join(units, unitName(name)),
    text: unitText,
    folders: [join(units, "default.target.wants")],
    missing() {
      const { code, stdout, stderr } = ctl("is-system-running");
      if (code === 127) return "there is no systemd here";
      if (AWAKE.has(stdout.trim())) return null;
      return `no systemd user manager runs here (${stderr.trim().split("\n")[0] || stdout.trim() || `exit ${code}`})`;
    },
    start(name) {
      must("daemon-reload");
      must("enable", unitName(name));
      must("restart", unitName(name));
    },
    stop: (name) => void ctl("disable", "--now", unitName(name)),
    forget(name) {
      ctl("daemon-reload");
      ctl("reset-failed", unitName(name));
    },
    pid: (name) => pidIn(ctl("show", unitName(name), "--property=MainPID,ActiveState").stdout),
    why: (name) => `systemctl --user status ${unitName(name)}`,
    atBoot() {
      const user = run(["id", "-un"]).stdout.trim();
      return user === "" || lingers(run, user) ? null : `loginctl enable-linger ${user}`;
    },
  };
}

function pidIn(shown: string): number | null {
  const active = /^ActiveState=(active|reloading)$/m.test(shown);
  const pid = Number(/^MainPID=(\d+)$/m.exec(shown)?.[1] ?? 0);
  return active && pid > 0 ? pid : null;
}

/** Where logind notes who lingers: readable by all, and there also when logind is asleep. */
const LINGER = "/var/lib/systemd/linger";

/** Whether the user's manager runs without a login. */
function lingers(run: Run, user: string): boolean {
  if (existsSync(LINGER) || existsSync(dirname(LINGER))) return existsSync(join(LINGER, user));
  return /Linger=yes/.test(run(["loginctl", "show-user", user, "--property=Linger"]).stdout);
}
