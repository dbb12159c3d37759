/** The text that an agent gives its hook on stdin: bounded in bytes and in time, for a hook must come back. */
import { fstatSync } from "node:fs";

/** More than this is not kept, bytes: what a hook wants to know stands at the beginning. */
const TEXT_MAX = 256 * 1024;

/** Reads stdin to its end, at most `ms`; "" when there is none. A whole JSON text ends it early. Never throws. */
export async function readHookText(ms: number): Promise<string> {
  if (!isGiven()) return "";
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    for await (const piece of Bun.stdin.stream()) {
      if (text.length < TEXT_MAX) text += decoder.decode(piece, { stream: true });
      if (isWhole(text)) return;
    }
  };
  const timer = Promise.withResolvers<void>();
  const late = setTimeout(timer.resolve, ms);
  await Promise.race([read().catch(() => {}), timer.promise]);
  clearTimeout(late);
  return text;
}

/** A terminal, or nothing at all, has no text for us. */
function isGiven(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    return false;
  }
}

function isWhole(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    return (JSON.parse(text), true);
  } catch {
    return false;
  }
}
