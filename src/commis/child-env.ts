/** What an agent that we start finds in its environment: what it needs to work, and nothing of ours. */
import type { Env } from "../domain/provider.ts";
import type { Command, Runner } from "../domain/turn.ts";

/** Names that any program may need; a `*` at the end = all with that beginning. */
const COMMON = [
  "PATH HOME USER LOGNAME SHELL TMPDIR TZ LANG LANGUAGE LC_* XDG_*",
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy",
  "SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO",
  "SSH_AUTH_SOCK GNUPGHOME",
].flatMap((names) => names.split(" "));

/**
 * The whole environment of one turn: of `env` the common names and those that the agent's module lists, then what its command
 * sets. `LONGHOUSE_*` never comes along, whoever asks for it.
 */
export function childEnv(env: Env, runner: Runner, command: Command): Record<string, string> {
  const wanted = matcher([...COMMON, ...runner.env]);
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && wanted(entry[0]) && !entry[0].startsWith("LONGHOUSE_"),
  );
  return { ...Object.fromEntries(kept), ...command.env };
}

function matcher(names: readonly string[]): (name: string) => boolean {
  const whole = new Set(names.filter((name) => !name.endsWith("*")));
  const beginnings = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (name) => whole.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
