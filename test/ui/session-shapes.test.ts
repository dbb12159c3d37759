import { expect, test } from "bun:test";
import fc from "fast-check";
import * as shapes from "../../ui/session/shapes.ts";
import { tagsOf } from "../../ui/session/tags.ts";
import { stretchBegin } from "../../ui/session/stretch.ts";
import { anEvent } from "./session-event.ts";

test("questions to the person come with what could be chosen", () => {
  const input = { questions: [{ question: "Where?", options: [{ label: "Here", description: "near" }, "There"] }] };

  expect(shapes.questionsOf(input)).toEqual([
    {
      text: "Where?",
      options: [
        { label: "Here", note: "near" },
        { label: "There", note: "" },
      ],
    },
  ]);
  expect(shapes.questionsOf({ questions: [] })).toBeNull();
  expect(shapes.questionsOf({ questions: [{ options: [] }] })).toBeNull();
});

test("what is typed into a program is told from a command, and from waiting", () => {
  expect(shapes.typedOf({ session_id: 1, chars: "y\n" })).toBe("y\n");
  expect(shapes.typedOf({ session_id: 1, chars: "" })).toBe("");
  expect(shapes.typedOf({ chars: "y" })).toBeNull();
  expect(shapes.typedOf({ command: "ls" })).toBeNull();
});

test("a flat input is names and values; a nested one is left to JSON", () => {
  expect(shapes.fieldsOf({ a: "one", b: 2, tags: ["x", "y"], long: "l1\nl2" })).toEqual([
    { name: "a", text: "one", block: false },
    { name: "b", text: "2", block: false },
    { name: "tags", text: "x, y", block: false },
    { name: "long", text: "l1\nl2", block: true },
  ]);
  expect(shapes.fieldsOf({ a: { b: 1 } })).toBeNull();
  expect(shapes.fieldsOf([])).toBeNull();
  expect(shapes.fieldsOf({})).toBeNull();
});

test("links of a web search are those that can be followed", () => {
  const list = [
    { title: "One", url: "https://one.test/a" },
    { title: "Evil", url: "javascript:alert(1)" },
  ];

  expect(shapes.linksOf(`Found:\n\nLinks: ${JSON.stringify(list)}\n\nAnd so on.`)).toEqual({
    links: [{ title: "One", url: "https://one.test/a" }],
    rest: "Found:\n\n\n\nAnd so on.",
  });
  expect(shapes.linksOf("Links: [broken")).toBeNull();
});

test("a report on a program is facts and output, in whatever order its tags stand", () => {
  const text = "<status>running</status>\n\n<stdout>\n> dev\nready\n</stdout>\n\n<stderr>\nwarn\n</stderr>\n";

  expect(shapes.reportOf(text)).toEqual({ facts: ["status running"], output: "> dev\nready\nwarn" });
  expect(shapes.reportOf("plain output")).toBeNull();
});

test("any input and any output is read without a throw", () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (input, text) => {
      for (const read of [shapes.questionsOf, shapes.planTextOf, shapes.typedOf, shapes.taskChangeOf]) read(input);
      shapes.fieldsOf(input);
      shapes.linksOf(`Links: ${text}`);
      shapes.reportOf(`<status>${text}`);
    }),
  );
});

test("tags are read as a person types them, and each is one that the server takes", () => {
  expect(tagsOf(" release, #flaky,, -not ,release, two\twords ")).toEqual(["release", "flaky", "not", "two words"]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const tag of tagsOf(text)) expect(tag).toMatch(/^[^-,][^,]{0,63}$/su);
    }),
  );
});

test("where history from elsewhere begins and ends is said once", () => {
  const row = (flags: readonly ("replayed" | "abandoned")[]) =>
    ({ kind: "reply", key: "r", event: anEvent("reply", { flags }) }) as const;

  expect(stretchBegin(row(["replayed"]), undefined)).toBe("From an earlier session");
  expect(stretchBegin(row(["replayed"]), row(["replayed"]))).toBeNull();
  expect(stretchBegin(row([]), row(["replayed"]))).toBe("Goes on from here");
  expect(stretchBegin(row(["abandoned"]), row([]))).toBe("Taken back by a rewind");
  expect(stretchBegin(row([]), undefined)).toBeNull();
});
