/** What a query may hold, in the order in which `longhouse search --help` and the app's `?` show it. */
export const QUERY_HELP: readonly (readonly [example: string, what: string])[] = [
  ["two words", "both, in one message or tool call"],
  ['"two words"', "exactly this phrase"],
  ["-word  -(a b)", "without it; also before operators"],
  ["a OR b  (a b) OR c", "either; OR joins its two neighbours, parentheses group"],
  ["pre*", "words that begin so"],
  ["agent:NAME  project:web*", "who, where; any of several: project:web,api"],
  ["tool:bash  file:src/a.ts", "calls of a tool, calls that touch a file or folder"],
  ["role:user", "user, assistant, tool, system; also prompt, reply, thinking …"],
  ["after:7d  before:2026-05-01", "also 3h, 2w, 6m, 1y, today, yesterday, 2026-05"],
  ["branch:main  device:laptop", "git branch, machine"],
  ["tag:later  session:5b0f1c52", "your tags, the beginning of a session's id"],
  ["is:live  is:pinned", "also working, waiting, idle, ended, unread, subagent"],
  ["has:error", "also image, changes"],
];
