/** The list that binds the keys and that the help shows. */
import { expect, test } from "bun:test";
import { groups, keyLabel, SHORTCUTS } from "../../ui/frame/shortcuts.ts";

test("no key means two things in one place", () => {
  for (const { name, shortcuts } of groups()) {
    const keys = shortcuts.flatMap((one) => (one.or === undefined ? [one.key] : [one.key, one.or]));
    expect({ name, keys: new Set(keys).size }).toEqual({ name, keys: keys.length });
  }
});

test("the help shows every shortcut once", () => {
  expect(groups().flatMap((group) => group.shortcuts)).toHaveLength(Object.keys(SHORTCUTS).length);
});

test("keys are written as they stand on the keyboard", () => {
  expect([keyLabel("Escape"), keyLabel("ArrowDown"), keyLabel("j")]).toEqual(["Esc", "↓", "j"]);
  expect(keyLabel("mod+k")).toMatch(/^(⌘|Ctrl )K$/);
});
