import { expect, test } from "bun:test";
import { seedDemo } from "../../src/archive/demo.ts";
import type { Writer } from "../../src/archive/writer.ts";
import { openArchive } from "../support/archive.ts";
import { openLab } from "../support/search-lab.ts";

function deps(archive = openArchive()) {
  const writer = {
    ingest: (request: Parameters<Writer["ingest"]>[0]) =>
      archive.send({ ...request, bytes: new Uint8Array(request.bytes) }),
    run: (name: string, input: unknown) => archive.run(name, input),
  } as unknown as Writer;
  const rows = () =>
    archive.db
      .query<Record<string, unknown>, []>(
        "SELECT provider, title, kind, demo, project, user_messages, parent_uuid IS NOT NULL AS child FROM sessions ORDER BY id",
      )
      .all();
  return { archive, rows, deps: { db: archive.db, writer, now: () => Date.parse("2026-05-01T12:00:00Z") } };
}

test("an empty archive gets sample sessions that read like real ones", async () => {
  const { archive, rows, deps: d } = deps();

  expect(await seedDemo(d, "empty")).toBe(true);
  await archive.derived();

  expect(rows().every((row) => row.demo === 1 && row.title && row.project && Number(row.user_messages) > 0)).toBe(true);
  expect(rows().filter((row) => row.child)).toHaveLength(1);
  expect(await seedDemo(d, "empty")).toBe(false);
  archive.close();
});

test("fresh samples replace removed ones", async () => {
  const { archive, rows, deps: d } = deps();
  await seedDemo(d, "empty");
  await archive.derived();
  const before = rows();
  const [first] = archive.db.query<{ uuid: string }, []>("SELECT uuid FROM sessions ORDER BY id").all();
  await archive.run("deleteSession", { id: first!.uuid, copies: false });

  await seedDemo({ ...d, now: () => Date.parse("2026-05-02T12:00:00Z") }, "fresh");
  await archive.derived();

  expect(rows()).toEqual(before);
  archive.close();
});

test("a reindex gives the same events and counts", async () => {
  const { archive, deps: d } = deps();
  await seedDemo(d, "empty");
  await archive.derived();
  const state = () => [
    archive.db
      .query(
        "SELECT session, position, source, offset, idx, eid, kind, tool, call, model, at, flags FROM events ORDER BY 1, 2",
      )
      .all(),
    archive.db
      .query(
        "SELECT title, user_messages, assistant_messages, tool_calls, errors, input, output, cost_usd, current, open FROM sessions ORDER BY id",
      )
      .all(),
  ];
  const before = state();

  await archive.run("reindexAll", null);
  await archive.derived();

  expect(state()).toEqual(before);
  archive.close();
});

test("samples are found by their words", async () => {
  const lab = openLab();
  const { deps: d } = deps(lab.archive);
  await seedDemo(d, "empty");
  await lab.settled();
  const titles = lab.archive.db.query<{ title: string }, []>("SELECT title FROM sessions WHERE kind = 'main'").all();

  for (const { title } of titles)
    expect(lab.find(`"${title.split(" ").slice(0, 3).join(" ")}"`).sessions.length).toBeGreaterThan(0);
  expect(titles.length).toBeGreaterThan(1);
  lab.close();
});
