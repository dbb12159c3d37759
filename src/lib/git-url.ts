/** URLs of repositories that may be cloned: https and ssh. Everything else could name a file, a command or a flag. Pure. */

export type GitUrl =
  { readonly kind: "ok"; readonly url: string } | { readonly kind: "refused"; readonly reason: string };

const URL_MAX = 2048;
const HOST = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])`;
const USER = String.raw`[A-Za-z0-9_][A-Za-z0-9._-]{0,63}`;
/** What paths of repositories are made of; nothing that a shell, a log or git's own syntax could read as more. */
const PATH = String.raw`[A-Za-z0-9._~%+@,=/:-]*`;
const HTTPS = new RegExp(`^https://${HOST}(?::\\d{1,5})?/${PATH}$`);
const SSH = new RegExp(`^ssh://(?:${USER}@)?${HOST}(?::\\d{1,5})?/${PATH}$`);
const SHORT = new RegExp(`^${USER}@${HOST}:(?!-)${PATH}$`);

/** Says whether a text, which may come from anywhere, is a URL that may be cloned. The reason never repeats it. */
export function readGitUrl(text: string): GitUrl {
  const refused = (reason: string): GitUrl => ({ kind: "refused", reason });
  // The reasons are told first, so that a person learns which rule it was.
  if (text === "" || text.length > URL_MAX) return refused("it is empty or too long");
  if (/[\p{Cc}\s\\]/u.test(text)) return refused("it holds blanks or control characters");
  if (text.startsWith("-")) return refused("it begins with a dash");
  if (text.includes("::")) return refused("it names a helper program");
  if (/^https?:\/\/[^/]*@/i.test(text) || /^ssh:\/\/[^/@]*:[^/]*@/i.test(text))
    return refused("it holds credentials; git finds them by its own ways");
  if (/^(?:[^/]*\/)*\.\.(?:\/|$)/.test(text)) return refused("it holds ..");
  const ok = HTTPS.test(text) || SSH.test(text) || (SHORT.test(text) && !text.includes("://"));
  return ok ? { kind: "ok", url: text } : refused("only https:// and ssh URLs are cloned");
}
