import { expect, test } from "bun:test";
import { isSessionId } from "../../src/domain/session-id.ts";
import type { Turn } from "../../src/domain/turn.ts";
import { PROVIDERS } from "../../src/providers/all.ts";

const USUAL = { model: "mmmm", resume: "rrrr", own: "pppp" };
const HOSTILE = [
  "--yolo",
  "-c=x",
  "--upload-pack=touch p",
  "a\n--yolo",
  "$(touch p)",
  "; rm -rf x",
  "../../etc",
  "'\"`",
];

const turn = ({ model, resume, own }: typeof USUAL, prompt = "do it"): Turn => ({
  prompt,
  cwd: "/w",
  resume,
  fork: false,
  model,
  permission: { own },
  images: [],
  tools: null,
});

for (const { name, runner } of PROVIDERS)
  for (const way of ["headless", "dialogue"] as const) {
    if (!runner?.[way]) continue;
    const argv = (one: Turn): readonly string[] => runner[way]!(one, "/turn")?.command.argv ?? [];

    test(`${name}, ${way}: no word that somebody else chose becomes a flag of its own`, () => {
      const usual = argv(turn(USUAL));
      for (const field of ["model", "resume", "own"] as const)
        for (const word of HOSTILE) {
          const got = argv(turn({ ...USUAL, [field]: word }));
          // Each stands where the harmless one stands: behind its flag's `=`, or as a value that a flag takes.
          const expected = usual.map((each) => each.replaceAll(USUAL[field], () => word));
          if (got.length === usual.length) expect(got).toEqual(expected);
          // A word of permission that it does not know may be dropped, never added to.
          else expect([field, got.length < usual.length]).toEqual(["own", true]);
          // A word of its own may only be an id, and none of these is one.
          if (got.includes(word) && word.startsWith("-")) expect([field, isSessionId(word)]).toEqual(["resume", false]);
        }
    });

    test(`${name}, ${way}: a prompt stands in no argument, whatever it is`, () => {
      for (const word of HOSTILE) expect(argv(turn(USUAL, `${word} prompt`))).toEqual(argv(turn(USUAL)));
    });
  }
