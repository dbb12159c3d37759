/** The compiled binary as services of a real systemd user manager. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claudeFile, put } from "../support/agents.ts";
import { psid, writer } from "../support/fill.ts";
import { BINARY, freePort } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { HAS_USER_MANAGER, onMachine } from "../support/user-manager.ts";

/** A home with one session of an agent, settings of the user's own, and a name that means something everywhere. */
function oddHome(): string {
  const home = join(tempDir("service"), `a "b" c%h $HOME & 'd'`);
  const write = writer({ id: psid(970), cwd: "/home/ada/mill", branch: "main" });
  put(claudeFile(home, 970, "-home-ada-mill"), `${write.prompt("Why does the wheel stop?")}\n`);
  writeFileSync(join(home, ".claude/settings.json"), `{\n    // mine\n    "model": "opus",\n}\n`);
  return home;
}

const L = `'${BINARY}'`;
/** Each line of what follows NAME= in what a script printed. */
const said = (printed: string, name: string) =>
  [...printed.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!);

const STATE = `find "$HOME/.config" "$HOME/.claude/settings.json" -printf '%P %y %m %l\\n' 2>&1 | sort; md5sum < "$HOME/.claude/settings.json"`;

describe.skipIf(!HAS_USER_MANAGER)("under a real user manager (needs root, systemd, D-Bus, unshare)", () => {
  test("connect --install runs at once, at boot and after a kill; --uninstall leaves what was there before", async () => {
    const home = oddHome();
    const port = freePort();
    const before = Bun.spawnSync(["bash", "-c", STATE], { env: { HOME: home } }).stdout.toString();

    const printed = await onMachine(
      { home },
      `
      ${L} serve --no-open --no-ship --port ${port} >/dev/null 2>&1 & SERVE=$!
      until curl -sf http://127.0.0.1:${port}/api/health >/dev/null; do sleep 0.1; done
      ${L} connect --install; echo "installed=$?"
      pid() { systemctl --user show -p MainPID --value longhouse-shipper; }
      FIRST=$(pid); echo "first=$FIRST"
      ${L} connect --install >/dev/null; echo "again=$?"; echo "same=$([ $(pid) = $FIRST ] && echo yes)"
      ${L} connect --status >/dev/null; echo "status=$?"
      ${L} doctor --json > "$HOME/doctor.json"; echo "doctor=$?"
      echo "boot=$(readlink "$HOME/.config/systemd/user/default.target.wants/longhouse-shipper.service")"
      ${L} connect 2>"$HOME/second"; echo "second=$?"
      kill -9 $FIRST
      for i in $(seq 120); do NEXT=$(pid); [ $NEXT != 0 ] && [ $NEXT != $FIRST ] && break; sleep 0.1; done
      echo "next=$NEXT"
      for i in $(seq 50); do ${L} status --json > "$HOME/status.json"; grep -q '"the service"' "$HOME/status.json" && break; sleep 0.1; done
      ${L} connect --uninstall; echo "removed=$?"
      echo "left=$(systemctl --user list-units --all --plain --no-legend 'longhouse*')"
      kill $SERVE; wait $SERVE
    `,
    );

    expect(said(printed, "installed")).toEqual(["0"]);
    expect([...said(printed, "again"), ...said(printed, "same"), ...said(printed, "status")]).toEqual([
      "0",
      "yes",
      "0",
    ]);
    expect(said(printed, "doctor")).toEqual(["0"]);
    expect(said(printed, "boot")).toEqual([`${home}/.config/systemd/user/longhouse-shipper.service`]);
    expect(said(printed, "second")).toEqual(["1"]);
    expect(readFileSync(join(home, "second"), "utf8")).toContain(`The service (pid ${said(printed, "first")[0]})`);
    expect(Number(said(printed, "next")[0])).toBeGreaterThan(0);
    expect(said(printed, "next")).not.toEqual(said(printed, "first"));
    const status = JSON.parse(readFileSync(join(home, "status.json"), "utf8"));
    expect(status).toMatchObject({
      holder: { by: "the service", pid: Number(said(printed, "next")[0]) },
      providers: { claude: { sources: 1, failed: 0, paused: false } },
    });
    expect(status.total.acked).toBe(status.total.bytes);
    expect([...said(printed, "removed"), ...said(printed, "left")]).toEqual(["0", ""]);
    expect(Bun.spawnSync(["bash", "-c", STATE], { env: { HOME: home } }).stdout.toString()).toBe(before);
  }, 90_000);

  test("a service sees no secret of the shell that installed it, and ships by a token that was kept apart", async () => {
    const home = oddHome();
    const port = freePort();
    const secrets = `ANTHROPIC_API_KEY=sk-canary HTTPS_PROXY=http://me:canary@127.0.0.1:1 LONGHOUSE_URL=http://127.0.0.1:${port}`;

    const printed = await onMachine(
      { home },
      `
      LONGHOUSE_HOME="$HOME/elsewhere" ${L} serve --no-open --no-ship --port ${port} >/dev/null 2>&1 & SERVE=$!
      until curl -sf http://127.0.0.1:${port}/api/health >/dev/null; do sleep 0.1; done
      rm -f "$HOME/.claude/longhouse-device-token" "$HOME/.claude/longhouse-url"
      export NO_PROXY=127.0.0.1 ${secrets} LONGHOUSE_TOKEN=$(cat "$HOME/elsewhere/token")
      ${L} connect --install >&2; echo "installed=$?"
      tr '\\0' '\\n' < /proc/$(systemctl --user show -p MainPID --value longhouse-shipper)/environ | sed 's/^/sees=/'
      echo "unit=$(grep -c canary "$HOME/.config/systemd/user/longhouse-shipper.service")"
      echo "mode=$(stat -c %a "$HOME/.claude/longhouse-device-token")"
      unset LONGHOUSE_TOKEN LONGHOUSE_URL HTTPS_PROXY
      for i in $(seq 50); do ${L} status --json > "$HOME/status.json"; grep -q '"acked": [1-9]' "$HOME/status.json" && break; sleep 0.1; done
      echo "status=$?"
      ${L} connect --uninstall >/dev/null; kill $SERVE; wait $SERVE
    `,
    );

    expect(said(printed, "installed")).toEqual(["0"]);
    const sees = said(printed, "sees").join("\n");
    expect(sees).toContain(`HOME=${home}`);
    expect(sees).not.toMatch(/canary|LONGHOUSE_TOKEN|LONGHOUSE_URL/);
    expect([...said(printed, "unit"), ...said(printed, "mode"), ...said(printed, "status")]).toEqual(["0", "600", "0"]);
  }, 90_000);

  test("serve --install keeps its flags, answers, and is gone after --uninstall; the archive stays", async () => {
    const home = oddHome();
    const port = freePort();

    const printed = await onMachine(
      { home },
      `
      ${L} serve --install --port ${port} --no-ship; echo "installed=$?"
      curl -sf http://127.0.0.1:${port}/api/health >/dev/null; echo "answers=$?"
      PATH="/somewhere/else:$PATH" ${L} serve --status > "$HOME/status"; echo "status=$?"
      ${L} serve --no-open --port ${port} 2>"$HOME/second"; echo "second=$?"
      ${L} serve --uninstall; echo "removed=$?"
      curl -s http://127.0.0.1:${port}/api/health >/dev/null; echo "silent=$?"
      ${L} serve --uninstall; echo "removed=$?"
      ${L} serve --install --host 0.0.0.0 2>"$HOME/open"; echo "open=$?"
      LONGHOUSE_PASSWORD=canary ${L} serve --install --host 0.0.0.0 2>>"$HOME/open"; echo "open=$?"
      ls "$HOME/.config" 2>/dev/null
    `,
    );

    expect(said(printed, "installed")).toEqual(["0"]);
    expect(said(printed, "answers")).toEqual(["0"]);
    expect(said(printed, "status")).toEqual(["0"]);
    expect(said(printed, "second")).toEqual(["1"]);
    expect(said(printed, "removed")).toEqual(["0", "0"]);
    expect(said(printed, "silent")).toEqual(["7"]);
    expect(said(printed, "open")).not.toContain("0");
    expect(readFileSync(join(home, "open"), "utf8")).toContain("does not see LONGHOUSE_PASSWORD");
    expect(printed.trimEnd().split("\n").at(-1)).toMatch(/^open=/);
    expect(readFileSync(join(home, ".longhouse/longhouse.db")).length).toBeGreaterThan(0);
  }, 90_000);

  test("a service that cannot start is said to be down, with where to look, and comes by itself when it can", async () => {
    const home = oddHome();
    const port = freePort();

    const printed = await onMachine(
      { home },
      `
      ${L} serve --no-open --no-ship --port ${port} >/dev/null 2>&1 & OTHER=$!
      until curl -sf http://127.0.0.1:${port}/api/health >/dev/null; do sleep 0.1; done
      LONGHOUSE_HOME="$HOME/two" ${L} serve --install --port ${port}; echo "installed=$?"
      LONGHOUSE_HOME="$HOME/two" ${L} serve --status >/dev/null; echo "status=$?"
      LONGHOUSE_HOME="$HOME/two" ${L} logs --server --level warn -n 1
      kill $OTHER; wait $OTHER
      for i in $(seq 150); do LONGHOUSE_HOME="$HOME/two" ${L} serve --status >/dev/null && break; sleep 0.1; done
      LONGHOUSE_HOME="$HOME/two" ${L} serve --status >/dev/null; echo "status=$?"
      LONGHOUSE_HOME="$HOME/two" ${L} serve --uninstall >/dev/null
    `,
    );

    expect([...said(printed, "installed"), ...said(printed, "status")]).toEqual(["1", "1", "0"]);
    // On a slow machine it is still on its way down when it is looked at: it does not answer then.
    expect(printed).toMatch(/does not stay up|does not answer/);
    expect(printed).toMatch(/systemctl --user status longhouse-server\.service|longhouse logs --server/);
    expect(printed).toMatch(
      new RegExp(`error  server   serve ends  error=Port ${port} on 127.0.0.1 is taken by .*pid`),
    );
  }, 120_000);

  test("a unit of somebody else's under our name is left alone", async () => {
    const home = oddHome();
    const unit = join(home, ".config/systemd/user/longhouse-server.service");
    mkdirSync(join(unit, ".."), { recursive: true });
    writeFileSync(unit, "[Service]\nExecStart=/bin/true\n");

    const printed = await onMachine(
      { home },
      `
      ${L} serve --install; echo "installed=$?"
      ${L} serve --uninstall; echo "removed=$?"
    `,
    );

    expect([...said(printed, "installed"), ...said(printed, "removed")]).toEqual(["1", "1"]);
    expect(printed).toContain(`${unit} was not written by Longhouse`);
    expect(readFileSync(unit, "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
  }, 60_000);
});
