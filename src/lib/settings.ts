/** Kinds of settings: what they accept, in words, and how they are read from TOML values and from strings. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** `read` gives undefined for a value that is not accepted, or why. */
export type Kind<T> = { readonly accepts: string; read(value: unknown): T | undefined | Refusal };

/** A refusal with a reason of its own. */
export class Refusal {
  constructor(readonly reason: string) {}
}

/** Any text but the empty one. */
export const text: Kind<string> = {
  accepts: "a text",
  read: (value) => (typeof value === "string" && value !== "" ? value : undefined),
};

/** A list of texts; in the environment separated by commas. */
export const texts: Kind<readonly string[]> = {
  accepts: 'a list of texts, such as ["box.lan", "box.example.org"]',
  read(value) {
    const list = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
    return Array.isArray(list) && list.every((part) => typeof part === "string" && part !== "") ? list : undefined;
  },
};

/** true or false; in the environment also 1 and 0. */
export const yes: Kind<boolean> = {
  accepts: "true or false (1 or 0)",
  read(value) {
    if (value === true || value === "1" || value === "true" || value === 1) return true;
    if (value === false || value === "0" || value === "false" || value === 0) return false;
    return undefined;
  },
};

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number): Kind<number> {
  return {
    accepts: `a whole number from ${least} to ${most}`,
    read(value) {
      const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
      return Number.isInteger(number) && Number(number) >= least && Number(number) <= most ? Number(number) : undefined;
    },
  };
}

/** One of the words. */
export function oneOf<const W extends readonly string[]>(...words: W): Kind<W[number]> {
  return {
    accepts: words.map((word) => `"${word}"`).join(" or "),
    read: (value) => words.find((word) => word === value),
  };
}

/** An http or https URL; without the slash at its end. */
export const httpUrl: Kind<string> = {
  accepts: "a URL such as http://127.0.0.1:8080",
  read(value) {
    if (typeof value !== "string" || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    return /^https?:$/.test(url.protocol) && url.hostname ? value.replace(/\/+$/, "") : undefined;
  },
};

/** Where embeddings are asked for: the whole URL, or its beginning as `…/v1` or without it, as OpenAI's own clients have it. */
export const embeddingsUrl: Kind<string> = {
  accepts: "a URL such as http://127.0.0.1:11434/v1/embeddings",
  read(value) {
    // What is in it may be secret, so a refusal does not repeat it.
    if (typeof value !== "string" || !URL.canParse(value)) return new Refusal("this is no URL.");
    const url = new URL(value);
    if (!/^https?:$/.test(url.protocol) || !url.hostname) return new Refusal("this is no http or https URL.");
    if (url.username || url.password) return new Refusal("a URL with a password in it is not accepted: use key.");
    const path = url.pathname.replace(/\/+$/, "");
    url.hash = "";
    if (!path.endsWith("/embeddings")) url.pathname = `${/\/v\d+$/.test(path) ? path : `${path}/v1`}/embeddings`;
    return url.href;
  },
};

/** A text that can be sent as a header. */
export const header: Kind<string> = {
  accepts: "a text of plain letters, digits and signs",
  read: (value) => (typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined),
};

/** A `sqlite:` URL, read as an absolute path; `~` is the user's home, a relative path stands below `base`. */
export function sqlitePath(base: string): Kind<string> {
  return {
    accepts: "a path such as sqlite:///var/lib/longhouse/longhouse.db",
    read(value) {
      if (typeof value !== "string") return undefined;
      if (/^postgres(ql)?:/.test(value))
        return new Refusal("Longhouse keeps its archive in one SQLite file; there is no PostgreSQL form of it.");
      const path = /^sqlite:(?:\/\/)?(.+)$/.exec(value)?.[1];
      if (!path || path.includes(":memory:") || path.endsWith("/")) return undefined;
      const plain = expand(path.replace(/^\/+/, "/").replace(/^\/(?=~)/, ""));
      return isAbsolute(plain) ? plain : join(base, plain);
    },
  };
}

/** `~` as the user's home; the rest relative to the current folder. */
export function expand(path: string, home = homedir()): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}

/** An absolute path without `..` and slashes at its end. */
export function absolute(path: string, home = homedir()): string {
  return resolve(expand(path, home));
}
