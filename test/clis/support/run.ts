/** Runs a real agent to its end, headless or at a terminal, with a clean environment and nothing but loopback to talk to. */
import type { Desk, RealAgent } from "./agents.ts";

export type AgentRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

/** What the model is to do: say something, run a command, say the last word. */
export function script(word: string): string {
  return `Please do it. FAKE:${JSON.stringify([{ text: `first ${word}`, tools: [{ bash: `echo ran ${word}` }] }, { text: `last ${word}` }])}`;
}

/** The environment of an agent: nothing of this shell but where programs are. */
export function environment(agent: RealAgent, desk: Desk): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: desk.home,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    ...agent.env(desk),
  };
}

/** One headless turn; killed after a minute. `stamps` is called with each line of stdout as it comes. */
export async function runHeadless(agent: RealAgent, desk: Desk, prompt: string): Promise<AgentRun> {
  const began = performance.now();
  const child = Bun.spawn([...agent.headless(desk, prompt)], {
    cwd: desk.cwd,
    env: environment(agent, desk),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr, ms: performance.now() - began };
}

export type Typed = { readonly screen: string; readonly code: number | null };

/** Types a prompt at a terminal, waits for `answer` on the screen, calls `look`, and leaves. */
export async function runTyped(
  agent: RealAgent,
  desk: Desk,
  {
    prompt,
    answer,
    look,
    pause = 1000,
  }: { readonly prompt: string; readonly answer: string; look(): Promise<void>; readonly pause?: number },
): Promise<Typed> {
  let screen = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([...agent.interactive(desk)], {
    cwd: desk.cwd,
    env: environment(agent, desk),
    terminal: { cols: 200, rows: 50, data: (_, bytes) => void (screen += decoder.decode(bytes, { stream: true })) },
  });
  const shown = async (what: RegExp, ms: number) => {
    for (const end = Date.now() + ms; Date.now() < end && child.exitCode === null; await Bun.sleep(50))
      if (what.test(plain(screen))) return;
    throw new Error(`${agent.name} did not show ${what}: ${plain(screen).slice(-2000)}`);
  };
  try {
    await shown(agent.prompt, 30_000);
    await Bun.sleep(pause);
    child.terminal!.write(prompt);
    await Bun.sleep(500);
    child.terminal!.write("\r");
    await shown(new RegExp(answer), 30_000);
    await look();
    child.terminal!.write(agent.leave);
    await Bun.sleep(500);
    child.terminal!.write("\r");
    await Promise.race([child.exited, Bun.sleep(10_000)]);
    return { screen: plain(screen), code: child.exitCode };
  } finally {
    child.kill("SIGTERM");
    await Promise.race([child.exited, Bun.sleep(3000)]);
    child.kill("SIGKILL");
  }
}

/** A screen without its colours, moves and blanks: agents jump over blanks instead of writing them. */
function plain(screen: string): string {
  return Bun.stripANSI(screen).replace(/\s+/g, "");
}
