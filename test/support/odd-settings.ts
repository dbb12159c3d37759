/** Settings files as people write them, for tests that change them: odd formats, comments, line ends. */
import fc from "fast-check";

const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== "__proto__");
const comment = fc.constantFrom("", "", "", " /* said { , ] */ ", ' // to the end: " , }\n');

/** JSON with comments, in any format. */
export const jsonc: fc.Arbitrary<string> = fc
  .record({
    value: fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
    hooks: fc.option(
      fc.dictionary(
        fc.constantFrom("Stop", "SessionEnd", "PreToolUse", "AfterAgent"),
        fc.array(
          fc.record({
            hooks: fc.array(fc.record({ type: fc.constant("command"), command: word }), { minLength: 1, maxLength: 2 }),
          }),
          { minLength: 1, maxLength: 2 },
        ),
        { minKeys: 1 },
      ),
    ),
    indent: fc.constantFrom("", "  ", "    ", "\t"),
    trailing: fc.boolean(),
    comments: fc.array(comment, { minLength: 1, maxLength: 7 }),
    eol: fc.constantFrom("\n", "\r\n"),
    frame: fc.constantFrom(["", ""], ["\uFEFF", "\n"], ["// first\n", "\n// last\n"], ["\n\n", "   "]),
  })
  .map(({ value, hooks, indent, trailing, comments, eol, frame }) => {
    const all = hooks ? { ...value, hooks } : value;
    let count = 0;
    const said = () => comments[count++ % comments.length]!;
    const print = (each: unknown, depth: number): string => {
      const [nl, close] = indent ? [`\n${indent.repeat(depth + 1)}`, `\n${indent.repeat(depth)}`] : ["", ""];
      if (typeof each !== "object" || each === null) return JSON.stringify(each);
      const members = Array.isArray(each)
        ? each.map((inner) => print(inner, depth + 1))
        : Object.entries(each).map(([name, inner]) => `${JSON.stringify(name)}:${said()}${print(inner, depth + 1)}`);
      const [open, end] = Array.isArray(each) ? ["[", "]"] : ["{", "}"];
      if (members.length === 0) return open + end;
      const list = members.map((member) => nl + said() + member + said()).join(",");
      return `${open}${list}${trailing ? "," : ""}${said()}${close}${end}`;
    };
    return (frame[0] + print(all, 0) + frame[1]).replaceAll("\n", eol);
  });

const line = fc.constantFrom(
  'model = "gpt"',
  '# notify = ["not this"]',
  "",
  "a.b = 1 # said",
  '"quoted key" = """\nnotify = ["nor this"]\n"""',
  "literal = '''\n[no.table]\n'''",
  "many = [\n  1, # ]\n  2,\n]",
  'inline = { notify = ["x"], b = "}" }',
  "when = 1979-05-27 07:32:00",
  'odd = "\\" # no comment"',
);
const table = fc.constantFrom(
  '[t]\nnotify = ["a table\'s"]',
  '[projects."/a]b"]\ntrust_level = "trusted"',
  "[[many_tables]]\nx = 1",
);
const own = fc.constantFrom(
  "",
  'notify = ["bell"]',
  'notify = [ \'say\', "don\\"t" ] # mine',
  'notify = [\n  "a", # one\n  "b",\n]',
  "notify = []",
  '"notify" = ["q"]',
);

/** A Codex config.toml, with and without a `notify` of the user's. */
export const toml: fc.Arbitrary<string> = fc
  .record({
    before: fc.uniqueArray(line, { maxLength: 5 }),
    mine: own,
    after: fc.uniqueArray(line, { maxLength: 3 }),
    tables: fc.uniqueArray(table, { maxLength: 3 }),
    eol: fc.constantFrom("\n", "\r\n"),
    bom: fc.constantFrom("", "\uFEFF"),
    last: fc.constantFrom("", "\n"),
  })
  .map(({ before, mine, after, tables, eol, bom, last }) => {
    const lines = [...new Set([...before, ...(mine ? [mine] : []), ...after]), ...tables];
    return bom + (lines.join("\n") + last).replaceAll("\n", eol);
  });
