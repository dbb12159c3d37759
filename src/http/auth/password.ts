/** The password: Argon2id at rest, compared two at a time at most. */
import { join } from "node:path";
import * as z from "zod";
import type { App } from "../../app.ts";
import { hmac, loadKey } from "../../lib/crypto.ts";
import { readSetting } from "../../store/settings.ts";

const KEY = "password";
/** Bun's default of 64 MiB would be felt twice in a server of 90 MB; this is what OWASP asks for, and one round more. */
const ARGON = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 3 } as const;
const AT_ONCE = 2;
/** Waiting for a turn; more are turned away. */
const LINE = 8;

/** `fingerprint` tells whether the configured password is still this one; without the home's `key` file it tells nothing. */
const Stored = z.object({ hash: z.string(), fingerprint: z.string() });
type Stored = z.infer<typeof Stored>;

/**
 * Brings what is stored to the configured password: nothing to do on most starts, one hash when it changed, and then every
 * browser is signed out. Awaited by `serve` before it listens.
 */
export async function preparePassword(app: App): Promise<void> {
  const { password, home } = app.config;
  const stored = readStored(app);
  if (password === null) {
    if (stored) await store(app, null);
    return;
  }
  const fingerprint = hmac(loadKey(join(home, "key")), normal(password));
  if (stored?.fingerprint === fingerprint) return;
  await store(app, { hash: await Bun.password.hash(normal(password), ARGON), fingerprint });
}

/** What a try came to; `busy` = too many at once, nothing was tried. */
export type Verdict = "right" | "wrong" | "busy";

let running = 0;
const waiting: (() => void)[] = [];

/** Compares a password with the stored hash. */
export async function checkPassword(app: App, password: string): Promise<Verdict> {
  const stored = readStored(app);
  if (!stored || app.config.password === null || password === "") return "wrong";
  if (waiting.length >= LINE) return "busy";
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running++;
  try {
    return (await Bun.password.verify(normal(password), stored.hash, "argon2id")) ? "right" : "wrong";
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function store(app: App, value: Stored | null) {
  const out = await app.writer.run("setPassword", { key: KEY, value: value && JSON.stringify(value) });
  app.log.audit(value ? "password set" : "password removed", { signed_out: out });
}

function readStored(app: App): Stored | null {
  const text = readSetting(app.db, KEY);
  return text === null ? null : Stored.parse(JSON.parse(text));
}

/** The same letters typed on another system may come as other code points. */
function normal(password: string): string {
  return password.normalize("NFKC");
}
