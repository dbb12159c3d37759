import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDiff, tally } from "../../src/domain/diff.ts";

const PATCH = `--- src/a.ts
+++ src/a.ts
@@ -3,3 +3,3 @@ function a() {
 keep
-old
+new
 end
--- /dev/null
+++ src/b.ts
@@ -0,0 +1,2 @@
+one
+two
`;

test("a patch of several files is read file by file, with the lines' numbers", () => {
  const [first, second] = parseDiff(PATCH);

  expect(first).toMatchObject({ path: "src/a.ts", state: "changed", added: 1, removed: 1 });
  expect(first!.lines.map(({ sign, old, new: now, text }) => [sign, old, now, text])).toEqual([
    ["@", null, null, "function a() {"],
    [" ", 3, 3, "keep"],
    ["-", 4, null, "old"],
    ["+", null, 4, "new"],
    [" ", 5, 5, "end"],
  ]);
  expect(second).toMatchObject({ path: "src/b.ts", state: "created", added: 2, removed: 0 });
});

test("a file that is gone says so", () => {
  expect(parseDiff("--- a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n")[0]).toMatchObject({ path: "a", state: "deleted" });
});

test("git's a/ and b/ are left out, a folder called b is not", () => {
  expect(parseDiff("--- a/src/x.ts\n+++ b/src/x.ts\n@@ -1 +1 @@\n-a\n+b\n")[0]!.path).toBe("src/x.ts");
  expect(parseDiff("--- b/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-a\n+b\n")[0]!.path).toBe("b/x.ts");
});

test("a renamed file tells its former name", () => {
  expect(parseDiff("--- a/old.ts\n+++ b/new.ts\n@@ -1 +1 @@\n-a\n+b\n")[0]).toMatchObject({
    path: "new.ts",
    from: "old.ts",
  });
});

test("removed lines that look like a header are lines", () => {
  const file = parseDiff("--- a\n+++ a\n@@ -1,2 +1,1 @@\n--- x\n+++ y\n-z\n");

  expect(file).toHaveLength(1);
  expect(file[0]!.lines.map((line) => line.text)).toEqual(["", "-- x", "++ y", "z"]);
});

test("hunks whose counts lie lose no line", () => {
  const [file] = parseDiff("--- a\n+++ a\n@@ -0,0 +0,0 @@\n-x\n+y\n z\n");

  expect(file).toMatchObject({ added: 1, removed: 1 });
  expect(file!.lines).toHaveLength(4);
});

test("a missing newline at the end is no line", () => {
  expect(tally(parseDiff("--- a\n+++ a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n"))).toEqual({
    added: 1,
    removed: 1,
  });
});

test("anything is read without a throw", () => {
  const line = fc.oneof(
    fc.constantFrom("--- a", "+++ b", "@@ -1,2 +3,4 @@", "@@ -1 +1 @@", "+x", "-y", " z", "", "\\ No"),
    fc.string(),
  );

  fc.assert(fc.property(fc.array(line), (lines) => expect(Array.isArray(parseDiff(lines.join("\n")))).toBe(true)));
});
