/** What `auth` says on the way, all of it beside the result. */
import { renderUnicodeCompact } from "uqr";
import { wantsColours } from "../config.ts";
import { isLoopback } from "../shipper/token.ts";
import type { Code } from "./auth-server.ts";
import { note, paintNotes } from "./terminal.ts";

export type Invitation = {
  /** The server, as this machine reaches it. */
  readonly url: string;
  readonly code: Code;
  /** Somebody approves on another device. */
  readonly remote: boolean;
  /** The page was opened here. */
  readonly opened: boolean;
};

/** Says where to go and which letters must stand there. */
export function showCode({ url, code, remote, opened }: Invitation): void {
  const { bold, cyan, dim, yellow } = paintNotes();
  if (opened) note(`A page of ${url} was opened in your browser. Approve there, if it shows this code:`);
  else note(remote ? "On your phone or another machine, open" : "To let this machine in, open");
  if (!opened) note(`\n  ${cyan(code.verification_uri_complete)}\n`);
  if (remote) for (const line of qr(code.verification_uri_complete)) note(`  ${line}`);
  if (remote) note(dim(`\n(or ${code.verification_uri}, and type the code)`));
  if (!opened) note("Approve there, if the page shows this code:");
  note(`\n  ${bold(code.user_code)}\n`);
  if (remote && isLoopback(code.verification_uri))
    note(
      yellow("That address is this machine's own, a phone cannot open it: ") +
        "set [server] public_url, or give --url with a name that the phone can reach.",
    );
}

/** A warning when the way to `url` can be listened to. */
export function warnOfPlainHttp(url: string): void {
  if (!url.startsWith("http:") || isLoopback(url)) return;
  note(
    `${paintNotes().yellow("Warning:")} ${url} is plain http: whoever is on the way can read the token and your sessions. ` +
      "Use https, or a network that is yours alone (a VPN, an SSH tunnel).",
  );
}

/** Light modules are drawn, so that it is dark on light where colours are off, too, if the terminal is dark. */
function qr(text: string): readonly string[] {
  const lines = renderUnicodeCompact(text, { border: 2 }).split("\n");
  if ((process.stderr.columns || 80) < lines[0]!.length + 2) return [];
  return process.stderr.isTTY && wantsColours() ? lines.map((line) => `\x1b[97;40m${line}\x1b[0m`) : lines;
}
