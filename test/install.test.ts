/** install.sh, in a checkout of our own making and against a release server of our own. */
import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tempDir } from "./support/temp.ts";

const SCRIPT = join(import.meta.dir, "../install.sh");
const BINARY = '#!/bin/sh\necho "longhouse 9.9.9"\n';

type Ran = { readonly code: number; readonly out: string; readonly err: string };

function run(cwd: string, argv: string[], env: Record<string, string>, stdin?: string): Promise<Ran> {
  const child = Bun.spawn(argv, {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, SHELL: "/bin/bash", ...env },
    stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  return Promise.all([child.exited, new Response(child.stdout).text(), new Response(child.stderr).text()]).then(
    ([code, out, err]) => ({ code, out, err }),
  );
}

const executable = (path: string, text: string) => (writeFileSync(path, text), chmodSync(path, 0o755));

/** A checkout whose build makes a binary that only tells its version. */
function checkout(
  build = `mkdir -p dist && printf '%s' '${BINARY}' > dist/longhouse && chmod +x dist/longhouse`,
): string {
  const dir = tempDir("install");
  copyFileSync(SCRIPT, join(dir, "install.sh"));
  chmodSync(join(dir, "install.sh"), 0o755);
  writeFileSync(join(dir, "build.ts"), "");
  writeFileSync(join(dir, "package.json"), '{\n  "name": "longhouse"\n}\n');
  mkdirSync(join(dir, "bin"));
  executable(join(dir, "bin/bun"), `#!/bin/sh\ncase "$1" in --version) echo 1.4.4;; run) ${build};; esac\n`);
  return dir;
}

describe("from a checkout", () => {
  test("it builds, installs, says what it did, and how to find it", async () => {
    const dir = checkout();

    const { code, out, err } = await run(dir, ["./install.sh"], { PATH: `${dir}/bin:/usr/bin:/bin` });

    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`Installed ${dir}/.local/bin/longhouse (longhouse 9.9.9).`);
    expect(out).toContain(`echo 'export PATH="${dir}/.local/bin:$PATH"' >> ~/.bashrc`);
    expect(statSync(join(dir, ".local/bin/longhouse")).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(dir, ".local/bin"))).toEqual(["longhouse"]);
  });

  test("again, over a binary that runs, it replaces it; when it is in PATH no hint is given", async () => {
    const dir = checkout();
    const bin = join(dir, "my bin");
    mkdirSync(bin);
    executable(join(bin, "longhouse"), "#!/bin/sh\nsleep 5\n");
    const running = Bun.spawn([join(bin, "longhouse")]);

    const { code, out } = await run(dir, ["./install.sh"], {
      PATH: `${bin}:${dir}/bin:/usr/bin:/bin`,
      LONGHOUSE_INSTALL_DIR: bin,
    });

    running.kill();
    expect(code).toBe(0);
    expect(out).not.toContain("PATH");
    expect(readFileSync(join(bin, "longhouse"), "utf8")).toBe(BINARY);
  });

  test("a build that fails installs nothing", async () => {
    const dir = checkout("exit 3");

    const { code } = await run(dir, ["./install.sh"], { PATH: `${dir}/bin:/usr/bin:/bin` });

    expect(code).not.toBe(0);
    expect(existsSync(join(dir, ".local/bin/longhouse"))).toBe(false);
  });
});

// A minimal machine has no curl; the script then says so.
describe.skipIf(!Bun.which("curl"))("alone", () => {
  const os = process.platform === "darwin" ? "darwin" : "linux";
  const names = ["", "-musl"].map((libc) => `longhouse-${os}-${process.arch === "arm64" ? "arm64" : "x64"}${libc}`);
  const sha = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
  let sums = "";
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/v9.9.9/SHA256SUMS") return new Response(sums);
      return names.some((name) => pathname === `/v9.9.9/${name}`)
        ? new Response(BINARY)
        : new Response("no", { status: 404 });
    },
  });
  afterAll(() => server.stop(true));
  const released = { LONGHOUSE_RELEASES: server.url.href.replace(/\/$/, ""), LONGHOUSE_VERSION: "9.9.9" };
  const piped = (dir: string, env: Record<string, string> = {}) =>
    run(dir, ["bash"], { no_proxy: "*", ...env }, readFileSync(SCRIPT, "utf8"));

  test("it says that there is no release yet, and what to do", async () => {
    const dir = tempDir("install");

    const { code, err } = await piped(dir);

    expect(code).toBe(1);
    expect(err).toContain("there is no release of Longhouse yet");
    expect(err).toContain("./install.sh");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("a release with the right checksum is installed", async () => {
    const dir = tempDir("install");
    sums = names.map((name) => `${sha(BINARY)}  ${name}\n`).join("");

    const { code, out } = await piped(dir, released);

    expect(code).toBe(0);
    expect(out).toContain("Installed");
    expect(readFileSync(join(dir, ".local/bin/longhouse"), "utf8")).toBe(BINARY);
  });

  test.each([
    ["a wrong checksum", () => names.map((name) => `${sha("other")}  ${name}\n`).join("")],
    ["no checksum of ours", () => `${sha(BINARY)}  longhouse-plan9-mips\n`],
    ["checksums that are a page", () => "<html>not found</html>"],
  ])("%s installs nothing", async (_, make) => {
    const dir = tempDir("install");
    sums = make();

    const { code, err } = await piped(dir, released);

    expect(code).toBe(1);
    expect(err).toContain("nothing was installed");
    expect(existsSync(join(dir, ".local"))).toBe(false);
  });

  test("half a script does nothing", async () => {
    const dir = tempDir("install");
    const script = readFileSync(SCRIPT, "utf8");

    for (const part of [0.3, 0.6, 0.9]) {
      await run(dir, ["bash"], released, script.slice(0, Math.floor(script.length * part)));
      expect(readdirSync(dir)).toEqual([]);
    }
  });
});
