import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPriceFile } from "../../src/archive/price-file.ts";
import { ownPrice } from "../../src/domain/price.ts";
import { Fault } from "../../src/domain/fault.ts";
import { openArchive } from "../support/archive.ts";
import { fileOf, psid, talk } from "../support/fill.ts";
import { tempDir } from "../support/temp.ts";

function fileWith(text: string): string {
  const home = tempDir();
  writeFileSync(join(home, "prices.toml"), text);
  return home;
}

function faultOf(text: string): Fault {
  try {
    readPriceFile(fileWith(text));
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

test("cache prices that are not given are those of input", () => {
  const home = fileWith(
    '# ours\n["big-5.1"]\ninput = 5\noutput = 25.5\ncache_read = 0.5\n\n[small]\ninput = 0\noutput = 0\ncache_write_1h = 2\n',
  );

  expect(readPriceFile(home)).toEqual([
    { model: "big-5.1", price: { input: 5, output: 25.5, cacheRead: 0.5, cacheWrite: 5 } },
    { model: "small", price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 2 } },
  ]);
  expect(readPriceFile(tempDir())).toEqual([]);
});

test("the exact name comes before the longest beginning, and that before shorter ones", () => {
  const price = (input: number) => ({ input, output: 0, cacheRead: 0, cacheWrite: 0 });
  const own = ["*", "big-5*", "big-*", "big-5.1"].map((model, i) => ({ model, price: price(i) }));

  expect(["x", "big-5.2", "big-4", "big-5.1"].map((model) => ownPrice(own, model)?.input)).toEqual([0, 1, 2, 3]);
  expect(ownPrice(own.slice(1), "x")).toBeNull();
});

test.each([
  ['["a"]\ninput = 1\noutput = \n', "line 3", ""],
  ['["a"]\ninput = 1\n', "line 1: a needs output", "cache_write"],
  ['["a"]\ninput = 1\noutput = 2\nreasoning = 3\n', "line 4: a.reasoning is not a price", "cache_write"],
  ['["a"]\ninput = "1"\noutput = 2\n', 'line 2: a.input: "1" is not accepted', "from 0 to 100000"],
  ['["a"]\ninput = -1\noutput = 2\n', "line 2: a.input: -1 is not accepted", "from 0 to 100000"],
  ['["a"]\ninput = nan\noutput = 2\n', "line 2: a.input", "from 0 to 100000"],
  ["input = 1\n", "line 1: input stands in no model's table", '["MODEL"]'],
  ["[big-5.1]\ninput = 1\noutput = 2\n", "line 1: big-5.1 is not a price", '["big-5.1"]'],
])("%j is refused with its place and what is accepted", (text, place, hint) => {
  const fault = faultOf(text);

  expect(fault.code).toBe("invalid");
  expect(fault.message).toContain(`prices.toml ${place}`);
  expect(fault.hint ?? "").toContain(hint);
});

test("own prices stay with the archive: a writer that is begun anew counts by them", async () => {
  const dir = tempDir();
  const cost = (archive: ReturnType<typeof openArchive>) =>
    archive.db
      .query<{ cost: number | null }, []>("SELECT round(cost_usd, 9) AS cost FROM sessions ORDER BY psid")
      .all();
  const own = [{ model: "kiln", price: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } }];
  const send = async (archive: ReturnType<typeof openArchive>, n: number) => {
    await archive.send({
      path: fileOf(psid(n)),
      bytes: talk(1, { id: psid(n) }).replaceAll("claude-sonnet-4-5", "kiln"),
    });
    await archive.derived();
  };
  const first = openArchive(dir);
  await send(first, 1);
  expect(cost(first)).toEqual([{ cost: null }]);

  expect(await first.run<number>("usePrices", own)).toBe(1);
  expect(await first.run<number>("usePrices", own)).toBe(0);
  first.close();
  const second = openArchive(dir);
  await send(second, 2);

  expect(cost(second)).toEqual([{ cost: 0.000019 }, { cost: 0.000019 }]);
  await second.run("reindexAll", null);
  await second.derived();
  expect(cost(second)).toEqual([{ cost: 0.000019 }, { cost: 0.000019 }]);
  expect(await second.run<number>("usePrices", [])).toBe(2);
  expect(cost(second)).toEqual([{ cost: null }, { cost: null }]);
  second.close();
});
