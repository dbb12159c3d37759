import { expect, test } from "bun:test";
import { readGitUrl } from "../../src/lib/git-url.ts";

test.each([
  "https://example.org/loom/shuttle.git",
  "https://example.org:8443/~me/a%20b.git",
  "ssh://git@example.org/loom/shuttle",
  "ssh://example.org:2222/loom.git",
  "git@example.org:loom/shuttle.git",
  "https://[::1]/x.git".replace("::", "0:"),
])("%s may be cloned, as it stands", (url) => {
  expect(readGitUrl(url)).toEqual({ kind: "ok", url });
});

test.each([
  ["", "nothing"],
  ["ext::sh -c 'touch /tmp/p'", "a helper program"],
  ["ext::sh", "a helper program without blanks"],
  ["https::http://h/x", "a helper program before a URL"],
  ["--upload-pack=touch /tmp/p", "a flag"],
  ["--upload-pack=x", "a flag without blanks"],
  ["-u", "a short flag"],
  ["file:///etc", "a file"],
  ["/etc", "a path"],
  ["../x", "a relative path"],
  ["C:\\x", "a path of another system"],
  ["http://example.org/x", "what anybody can change on its way"],
  ["git://example.org/x", "the same"],
  ["ssh://-oProxyCommand=touch/x", "an option of ssh as a host"],
  ["ssh://git@-oProxyCommand=touch/x", "the same behind a user"],
  ["git@-oProxyCommand=x:y", "the same in the short form"],
  ["-oProxyCommand=x:y", "an option of ssh"],
  ["git@example.org:-x", "a path that could be a flag"],
  ["https://u:p@example.org/x", "credentials"],
  ["https://token@example.org/x", "a token as a user"],
  ["ssh://u:p@example.org/x", "a password of ssh"],
  ["https://example.org/x\n--upload-pack=y", "a line end"],
  ["https://example.org/x\0y", "a NUL"],
  ["https://example.org/$(touch p)", "blanks and a shell's words"],
  ["https://example.org/$(p)", "a shell's words"],
  ["https://example.org/`p`", "a shell's words of old"],
  ["https://example.org/;p", "a shell's end of a command"],
  ["https://example.org/../../x", ".."],
  ["HTTPS://example.org/x", "another spelling than git knows"],
  [`https://example.org/${"x".repeat(3000)}`, "more than a URL is"],
  ["https://exämple.org/x", "letters that look like others"],
])("%j is refused: it holds %s", (url) => {
  const read = readGitUrl(url);

  expect(read.kind).toBe("refused");
  if (read.kind === "refused" && url.length > 3) expect(read.reason).not.toContain(url);
});
