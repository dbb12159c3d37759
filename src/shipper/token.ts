/** Which token goes to which server (API.md section 2). A token is never sent to another URL than its own. */
import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  type BigIntStats,
} from "node:fs";
import { join } from "node:path";
import { readTrimmed, removeDurably, writeDurably } from "../lib/files.ts";

/** Where tokens and URLs are kept. */
export type TokenPlaces = {
  /** LONGHOUSE_TOKEN; null = not set. */
  readonly token: string | null;
  readonly home: string;
  readonly shipperDir: string;
};

/** The files of the contract. */
export const homeTokenFile = (home: string): string => join(home, "token");
export const homeUrlFile = (home: string): string => join(home, "url");
export const deviceTokenFile = (shipperDir: string): string => join(shipperDir, "longhouse-device-token");
export const deviceUrlFile = (shipperDir: string): string => join(shipperDir, "longhouse-url");

/** The token for the server at `url`: LONGHOUSE_TOKEN, else the home's, else the device's; null when none is for it. */
export function tokenFor(url: string, places: TokenPlaces): string | null {
  if (places.token) return places.token;
  const kept = [
    [homeUrlFile(places.home), homeTokenFile(places.home)],
    [deviceUrlFile(places.shipperDir), deviceTokenFile(places.shipperDir)],
  ] as const;
  for (const [urlFile, tokenFile] of kept) {
    const token = whileItStands(urlFile, (its) => (sameServer(its, url) ? readToken(tokenFile) : null));
    if (token) return token;
  }
  return null;
}

/** Gives `tokenFor` each time it is called; reads the files again only when one of them was written anew. */
export function tokenReader(url: string, places: TokenPlaces): () => string | null {
  const { home, shipperDir } = places;
  const files = [homeUrlFile(home), homeTokenFile(home), deviceUrlFile(shipperDir), deviceTokenFile(shipperDir)];
  let [read, token]: [string, string | null] = ["", null];
  return () => {
    // Looked at before they are read: what is written between the two is read the next time.
    const now = files.map(versionOf).join(" ");
    if (now !== read) [read, token] = [now, tokenFor(url, places)];
    return token;
  };
}

/** A device's token and the URL of the server that gave it. */
export type DeviceToken = { readonly token: string; readonly url: string };

/**
 * Keeps a device's token and its URL, each 0600. What another process reads meanwhile, and what stands after a crash, is the
 * old pair, the new pair, or a token without a URL, which is sent nowhere.
 */
export function storeDeviceToken(shipperDir: string, { token, url }: DeviceToken): void {
  mkdirSync(shipperDir, { recursive: true, mode: 0o700 });
  const before = readTrimmed(deviceUrlFile(shipperDir));
  if (before !== null && !sameServer(before, url)) removeDurably(deviceUrlFile(shipperDir));
  writeDurably(deviceTokenFile(shipperDir), `${token}\n`);
  writeDurably(deviceUrlFile(shipperDir), `${url}\n`);
}

/** Whether two URLs name one server: localhost, 127.0.0.1 and [::1] are the same, and so are missing and usual ports. */
export function sameServer(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  return canonical(new URL(a)) === canonical(new URL(b));
}

/** A short name of the server, the same for every way to write its URL. */
export function serverKey(url: string): string {
  return Bun.hash.xxHash64(URL.canParse(url) ? canonical(new URL(url)) : url).toString(36);
}

/** The lock of whoever ships this machine's sessions to the server at `url`: one shipper for each archive. */
export function shipperLock(shipperDir: string, url: string): string {
  return join(shipperDir, `longhouse-shipper-${serverKey(url)}`);
}

/** Whether the URL's host is this machine. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** By the contract these are one host; 127.0.0.2 is another, where another server may listen. */
const THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"];

function canonical(url: URL): string {
  const host = THIS_MACHINE.includes(url.hostname) ? "loopback" : url.hostname;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return `${url.protocol}//${host}:${port}${url.pathname.replace(/\/+$/, "")}`;
}

/**
 * What `read` makes of the text of the file at `path`; null when there is no such file, or another one by the time it has
 * read. The file is held open meanwhile, so that a new one cannot have its inode.
 */
function whileItStands<Read>(path: string, read: (text: string) => Read | null): Read | null {
  const fd = openToRead(path);
  if (fd === null) return null;
  try {
    const found = read(readFileSync(fd, "utf8").trim());
    return found !== null && sameFile(fstatSync(fd, BIG), statSync(path, { ...BIG, throwIfNoEntry: false }))
      ? found
      : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

const BIG = { bigint: true } as const;

function sameFile(a: BigIntStats, b: BigIntStats | undefined): boolean {
  return a.ino === b?.ino && a.dev === b.dev;
}

/** Another one whenever a file took the place of the one before; "" where there is none. */
function versionOf(path: string): string {
  try {
    const found = statSync(path, { ...BIG, throwIfNoEntry: false });
    return found ? `${found.ino}:${found.mtimeNs}:${found.mode}` : "";
  } catch {
    return "";
  }
}

function openToRead(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}

/** A token file that others may read is made private first. */
function readToken(path: string): string | null {
  const token = readTrimmed(path);
  if (token && (statSync(path).mode & 0o077) !== 0) makePrivate(path);
  return token;
}

function makePrivate(path: string) {
  try {
    chmodSync(path, 0o600);
  } catch {
    // Another user's file that we may read: nothing we can mend.
  }
}
