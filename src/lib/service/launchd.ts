/** launchd: an agent of the user. */
import { join } from "node:path";
import { Fault } from "../../domain/fault.ts";
import { MARK, type Manager, type Run, type Service } from "./service.ts";

/** The agent's label. */
export const agentLabel = (name: Service["name"]): string => `com.longhouse.${name}`;

/** The agent's property list, to the last byte. */
export function plistText({ name, argv, flags, env, errors, removedBy }: Service): string {
  const variables = Object.entries(env).flatMap(([key, value]) => [
    `    <key>${escaped(key)}</key>`,
    `    <string>${escaped(value)}</string>`,
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    // Two dashes may not stand in a comment.
    `<!-- ${MARK}. To take it away: ${removedBy.replaceAll("--", "- -")} -->`,
    '<plist version="1.0">',
    "<dict>",
    "  <key>Label</key>",
    `  <string>${agentLabel(name)}</string>`,
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...[...argv, ...flags].map((arg) => `    <string>${escaped(arg)}</string>`),
    "  </array>",
    "  <key>EnvironmentVariables</key>",
    "  <dict>",
    ...variables,
    "  </dict>",
    "  <key>RunAtLoad</key>",
    "  <true/>",
    "  <key>KeepAlive</key>",
    "  <dict>",
    "    <key>SuccessfulExit</key>",
    "    <false/>",
    "  </dict>",
    "  <key>ThrottleInterval</key>",
    "  <integer>5</integer>",
    "  <key>ExitTimeOut</key>",
    "  <integer>15</integer>",
    "  <key>StandardErrorPath</key>",
    `  <string>${escaped(errors)}</string>`,
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ENTITIES[char]!);
}

const TRIES = 40;
const PAUSE_MS = 250;

/** The one that was booted out may take seconds to end; until then its label is refused. */
function bootstrap(run: Run, args: readonly string[]): void {
  for (let tries = 1; ; tries++) {
    const { code, stderr } = run(["launchctl", "bootstrap", ...args]);
    if (code === 0) return;
    if (tries === TRIES) throw new Fault("internal", `launchctl bootstrap: ${stderr.trim() || `exit ${code}`}`);
    Bun.sleepSync(PAUSE_MS);
  }
}

/** Where the user's agents are, and the user's number. */
export type LaunchdPlace = { readonly agents: string; readonly uid: number };

/** The user's launchd. */
export function launchd(run: Run, { agents, uid }: LaunchdPlace): Manager {
  const file = (name: Service["name"]) => join(agents, `${agentLabel(name)}.plist`);
  // Over ssh, without anybody at the screen, there is no gui domain.
  const domain = () => (run(["launchctl", "print", `gui/${uid}`]).code === 0 ? `gui/${uid}` : `user/${uid}`);
  const target = (name: Service["name"]) => `${domain()}/${agentLabel(name)}`;
  return {
    kind: "launchd",
    file,
    text: plistText,
    folders: [],
    missing: () => (run(["launchctl", "print", domain()]).code === 0 ? null : "launchctl does not answer here"),
    start(name) {
      run(["launchctl", "bootout", target(name)]);
      run(["launchctl", "enable", target(name)]);
      bootstrap(run, [domain(), file(name)]);
    },
    stop: (name) => void run(["launchctl", "bootout", target(name)]),
    forget: () => {},
    pid(name) {
      const pid = /^\s*pid = (\d+)$/m.exec(run(["launchctl", "print", target(name)]).stdout)?.[1];
      return pid === undefined ? null : Number(pid);
    },
    why: (name) => `launchctl print ${target(name)}`,
    // Agents begin with the login: a Mac that is always on logs in by itself, or it does not run them.
    atBoot: () => null,
  };
}
