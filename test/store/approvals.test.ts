import { expect, test } from "bun:test";
import type { Ask } from "../../src/domain/turn.ts";
import { approvalById, listApprovals } from "../../src/store/approvals.ts";
import { leaseOf } from "../../src/store/locks.ts";
import { sessionByUuid } from "../../src/store/session-rows.ts";
import { turnById } from "../../src/store/turns.ts";
import { openArchive } from "../support/archive.ts";
import { psid, talk } from "../support/fill.ts";

const ASK: Ask = {
  id: "7",
  kind: "tool",
  tool: "Bash",
  title: "Bash rm -r build",
  detail: "rm -r build",
  questions: [],
  forSession: true,
};

test("a session with an open question waits for a person, and says for what, until it is answered", async () => {
  const { run, db, session } = await setUp();
  await run("addApproval", { id: "a", turn: "t", session, ask: ASK });
  expect(sessionByUuid(db, session, Date.now())).toMatchObject({ state: "waiting", waiting_for: "Bash rm -r build" });
  expect(await run<string>("answerApproval", { id: "a", decision: { kind: "once" }, by: "you" })).toBe("counts");
  expect(sessionByUuid(db, session, Date.now())!.state).not.toBe("waiting");
});

test("a question is answered once, whoever answers again, and asked again after a crash it is the same row", async () => {
  const { run, db, session } = await setUp();
  await run("addApproval", { id: "a", turn: "t", session, ask: ASK });
  expect(await run<string>("answerApproval", { id: "a", decision: { kind: "deny", reason: "no" }, by: "you" })).toBe(
    "counts",
  );
  expect(await run<string>("answerApproval", { id: "a", decision: { kind: "once" }, by: "other" })).toBe("answered");
  await run("addApproval", { id: "a", turn: "t", session, ask: ASK });
  expect(listApprovals(db, "pending", 10)).toEqual([]);
  expect(approvalById(db, "a")).toMatchObject({ state: "answered", answer: { decision: "deny", reason: "no" } });
});

test("what a turn asked is withdrawn with its end, and an ended turn stays as it ended", async () => {
  const { run, db, session } = await setUp();
  const request = { provider: "claude", mode: "resume", onDisconnect: "continue", fence: 1, turn: { prompt: "go" } };
  await run("addTurn", { id: "t", session_id: session, request, workspace: null, by: "you" });
  await run("addApproval", { id: "a", turn: "t", session, ask: ASK });
  await run("endTurn", { id: "t", outcome: { kind: "ok", message: "" }, workspace: null });
  await run("endTurn", { id: "t", outcome: { kind: "lost", message: "again" }, workspace: null });
  await run("turnRuns", { id: "t", psid: "other" });
  expect(approvalById(db, "a")!.state).toBe("withdrawn");
  expect(await run<string>("answerApproval", { id: "a", decision: { kind: "once" }, by: "you" })).toBe("withdrawn");
  expect(turnById(db, "t")).toMatchObject({ state: "ended", outcome: { kind: "ok" }, provider_session_id: null });
});

test("a lease is one holder's until it runs out, and a late holder's word does not count", async () => {
  const { run, db, session } = await setUp();
  const wish = (holder: string, ms: number) => ({ session, kind: "turn", holder, device: "here", ms });
  type Taken = { taken: boolean; lease: { fence: number } };
  const first = await run<Taken>("takeLease", wish("one", 60_000));
  expect((await run<Taken>("takeLease", wish("two", 60_000))).taken).toBe(false);
  expect((await run<Taken>("takeLease", wish("one", -1))).taken).toBe(true);
  const second = await run<Taken>("takeLease", wish("two", 60_000));
  expect([second.taken, second.lease.fence]).toEqual([true, first.lease.fence + 1]);
  const late = { session, holder: "one", fence: first.lease.fence };
  expect(await run<boolean>("renewLease", { ...late, ms: 60_000 })).toBe(false);
  await run("releaseLease", late);
  expect(leaseOf(db, session, Date.now())?.holder.id).toBe("two");
});

async function setUp() {
  const { run, send, db } = openArchive();
  const path = `/home/u/.claude/projects/-w/${psid(1)}.jsonl`;
  await send({ path, bytes: talk(2, { id: psid(1) }) });
  const session = db.query<{ uuid: string }, []>("SELECT uuid FROM sessions").get()!.uuid;
  return { run, db, session };
}
