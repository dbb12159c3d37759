/** What service managers are told, to the last byte; and whether they take it. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plistText } from "../../../src/lib/service/launchd.ts";
import type { Service } from "../../../src/lib/service/service.ts";
import { unitText } from "../../../src/lib/service/systemd.ts";
import { tempDir } from "../../support/temp.ts";

const service: Service = {
  name: "shipper",
  description: "Longhouse: sends this machine's sessions to the archive",
  argv: ["/home/ada/.local/bin/longhouse", "connect"],
  flags: ["--wait"],
  env: { HOME: "/home/ada", PATH: "/usr/local/bin:/usr/bin:/bin" },
  errors: "/home/ada/.claude/shipper-errors.log",
  removedBy: "longhouse connect --uninstall",
};

/** Everything that means something to one of the formats. */
const odd: Service = {
  ...service,
  argv: [process.execPath, "serve"],
  flags: ["--host", `a b"c\\d%e$F<&>'`],
  env: { HOME: `/home/a da/"x"\\y%h$HOME<&>'z` },
};

test("the systemd unit, to the last byte", () => {
  expect(unitText(service)).toBe(`# Written by Longhouse. To take it away: longhouse connect --uninstall
[Unit]
Description=Longhouse: sends this machine's sessions to the archive
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart="/home/ada/.local/bin/longhouse" "connect" "--wait"
Environment="HOME=/home/ada"
Environment="PATH=/usr/local/bin:/usr/bin:/bin"
Restart=on-failure
RestartSec=5
TimeoutStopSec=15
StandardOutput=null

[Install]
WantedBy=default.target
`);
});

test("the launchd agent, to the last byte", () => {
  expect(plistText(service)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by Longhouse. To take it away: longhouse connect - -uninstall -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>com.longhouse.shipper</string>
  <key>ProgramArguments</key>
  <array>
    <string>/home/ada/.local/bin/longhouse</string>
    <string>connect</string>
    <string>--wait</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>HOME</key>
    <string>/home/ada</string>
    <key>PATH</key>
    <string>/usr/local/bin:/usr/bin:/bin</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>5</integer>
  <key>ExitTimeOut</key>
  <integer>15</integer>
  <key>StandardErrorPath</key>
  <string>/home/ada/.claude/shipper-errors.log</string>
</dict>
</plist>
`);
});

test("a unit quotes what means something to systemd", () => {
  const text = unitText(odd);

  expect(text).toContain(`"serve" "--host" "a b\\"c\\\\d%%e$$F<&>'"`);
  expect(text).toContain(`Environment="HOME=/home/a da/\\"x\\"\\\\y%%h$HOME<&>'z"`);
});

describe.skipIf(!Bun.which("systemd-analyze"))("systemd (needs systemd-analyze)", () => {
  test.each([service, odd])("verifies the unit %#", (one) => {
    const file = join(tempDir("unit"), "longhouse-shipper.service");
    writeFileSync(file, unitText({ ...one, argv: [process.execPath, ...one.argv.slice(1)] }));

    const ran = Bun.spawnSync(["systemd-analyze", "--user", "--man=no", "verify", file], {
      env: { ...process.env, XDG_RUNTIME_DIR: tempDir("run") },
    });

    expect([ran.exitCode, ran.stderr.toString()]).toEqual([0, ""]);
  });
});

const PARSE = "import sys, json, plistlib; json.dump(plistlib.load(sys.stdin.buffer), sys.stdout)";

describe.skipIf(!Bun.which("python3"))("a parser of property lists (needs python3)", () => {
  test.each([service, odd])("reads from the agent what was meant %#", (one) => {
    const ran = Bun.spawnSync(["python3", "-c", PARSE], { stdin: Buffer.from(plistText(one)) });

    expect([ran.exitCode, ran.stderr.toString()]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout.toString())).toMatchObject({
      Label: "com.longhouse.shipper",
      ProgramArguments: [...one.argv, ...one.flags],
      EnvironmentVariables: one.env,
      KeepAlive: { SuccessfulExit: false },
      StandardErrorPath: one.errors,
    });
  });
});
