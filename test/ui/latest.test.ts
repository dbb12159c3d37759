import { expect, test } from "bun:test";
import { createLatest } from "../../ui/timeline/latest.ts";

/** A question that is answered when the test says so. */
function aQuestion() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let signal: AbortSignal | undefined;
  const ask = (given: AbortSignal) => {
    signal = given;
    return promise;
  };
  return { ask, resolve, reject, signal: () => signal };
}

function aListener() {
  const heard: string[] = [];
  return {
    heard,
    answer: (value: string) => void heard.push(value),
    failure: (error: unknown) => void heard.push(`failed: ${error}`),
  };
}

test("an old answer that comes late is never told", async () => {
  const latest = createLatest();
  const [old, young, told] = [aQuestion(), aQuestion(), aListener()];
  latest.ask(old.ask, told);
  latest.ask(young.ask, told);

  young.resolve("young");
  await Bun.sleep(0);
  old.resolve("old");
  await Bun.sleep(0);

  expect(told.heard).toEqual(["young"]);
});

test("a new question aborts the one before it, silently", async () => {
  const latest = createLatest();
  const [old, young, told] = [aQuestion(), aQuestion(), aListener()];
  latest.ask(old.ask, told);
  latest.ask(young.ask, told);

  old.reject(old.signal()!.reason);
  await Bun.sleep(0);

  expect(old.signal()!.aborted).toBe(true);
  expect(young.signal()!.aborted).toBe(false);
  expect(told.heard).toEqual([]);
});

test("a question that is overtaken while it waits is never asked", async () => {
  const latest = createLatest();
  const asked: string[] = [];
  const question = (name: string) => async () => void asked.push(name);
  const told = { answer() {}, failure() {} };

  latest.ask(question("r"), told, 5);
  latest.ask(question("re"), told, 5);
  await Bun.sleep(20);

  expect(asked).toEqual(["re"]);
});

test("a failure of the newest question is told", async () => {
  const latest = createLatest();
  const [question, told] = [aQuestion(), aListener()];
  latest.ask(question.ask, told);

  question.reject("gone");
  await Bun.sleep(0);

  expect(told.heard).toEqual(["failed: gone"]);
});

test("after stop nothing is told", async () => {
  const latest = createLatest();
  const [question, told] = [aQuestion(), aListener()];
  latest.ask(question.ask, told);
  latest.stop();

  question.resolve("late");
  await Bun.sleep(0);

  expect(told.heard).toEqual([]);
  expect(question.signal()!.aborted).toBe(true);
});
