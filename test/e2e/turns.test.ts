/** Turns of a server that is killed, left and found again, over HTTP, with a stand-in for the agent. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Approval, ChatTurn } from "../../src/domain/chat.ts";
import { MARKER } from "../../src/lib/process/launch.ts";
import { markedProcesses } from "../../src/lib/process/table.ts";
import { createParser, type TurnEvent } from "../../ui/chat/stream.ts";
import { answer, ended, eventsIn, lockOf, message, oldSession, rejoined } from "../support/chat.ts";
import { type Act, acts, withFakeClaude } from "../support/fake-claude.ts";
import { idOf } from "../support/conversation.ts";
import { seeded } from "../support/random.ts";
import { eventsOf, raw, sourcesOf } from "../support/remote.ts";
import { type Server, startServer } from "../support/server.ts";
import { tempDir } from "../support/temp.ts";
import { eventually } from "../support/web.ts";

const LONG = 60_000;
/** All thirty, as the issue wants them: TURN_KILLS=30. */
const KILLS = Number(process.env.TURN_KILLS ?? 3);

describe("turns and servers", () => {
  let server: Server;
  let made = 100;
  beforeAll(async () => {
    // With its own shipper: every session here is shipped while a turn archives it.
    server = await startServer({ args: [], env: withFakeClaude() });
  });
  afterAll(async () => {
    await server.stop();
  });

  const again = () =>
    startServer({
      args: [],
      home: server.home,
      data: server.data,
      port: Number(new URL(server.url).port),
      env: withFakeClaude(),
    });
  const gate = () => join(tempDir("gate"), "open");
  const begin = async (session: string, all: readonly Act[], more: object = {}) => {
    const leaving = new AbortController();
    const answered = await server.api(`/api/sessions/${session}/chat`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message: acts(...all), ...more }),
      signal: leaving.signal,
    });
    expect(answered.status).toBe(200);
    return { turn: answered.headers.get("X-Turn-Id")!, answered, leave: () => leaving.abort() };
  };
  const repliesOf = async (session: string): Promise<string[]> =>
    (await eventsOf(server, session)).filter(({ kind }) => kind === "reply").map((one) => JSON.stringify(one));

  test(
    `a server KILLed at ${KILLS} random moments of turns: each ends once, complete, alone, archived once`,
    async () => {
      const pick = seeded(Number(process.env.SEED ?? 1));
      const outcomes: string[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        const { id, cwd } = await oldSession(server, made++);
        const steps = [0, 1, 2, 3].flatMap((n): Act[] => [
          { say: `step ${n} of ${kill}` },
          { sleep: pick.int(5, 120) },
          { bash: `sleep 300 >/dev/null & echo x >> ran-${n}`, ask: n === 2 },
        ]);
        const begun = message(server, id, { message: acts(...steps, { say: `last of ${kill}` }) }).then(
          (one) => one.headers.get("X-Turn-Id"),
          () => null,
        );
        await Bun.sleep(pick.int(0, 1500));
        await server.stop("SIGKILL");
        const told = await Promise.race([begun, Bun.sleep(1000).then(() => null)]);
        server = await again();
        const turn = told ?? (await lockOf(server, id)).holder?.id ?? null;
        // It had not begun: then nothing of it may be there.
        if (turn === null || (await server.api(`/api/turns/${turn}`)).status === 404) {
          outcomes.push("never");
          expect((await repliesOf(id)).length).toBe(1);
          await eventually(
            () => lockOf(server, id),
            ({ locked }) => !locked,
            70_000,
          );
          continue;
        }
        const now = () => server.json<ChatTurn>(`/api/turns/${turn}`);
        const asked = async () =>
          (await server.json<{ approvals: Approval[] }>("/api/approvals?state=pending")).approvals;
        await eventually(
          async () => [(await now()).state, (await asked()).length] as const,
          ([state, n]) => state === "ended" || n > 0,
          LONG,
        );
        for (const one of await asked()) expect((await answer(server, one.id, { decision: "once" })).status).toBe(200);
        const { outcome } = await ended(server, turn);
        outcomes.push(outcome!.kind);
        const events = await rejoined(server, turn, -1);
        expect(events.filter(({ name }) => name === "done")).toHaveLength(1);
        expect(markedProcesses(MARKER, turn)).toEqual([]);
        expect((await lockOf(server, id)).locked).toBe(false);
        await server.settled();
        const replies = await repliesOf(id);
        expect(new Set(replies.map((text) => text.replace(/"id":"[^"]*"/, ""))).size).toBe(replies.length);
        const source = (await sourcesOf(server)).find(({ path }) => path.endsWith(`${idOf(made - 1)}.jsonl`))!;
        expect(await raw(server, source.id)).toEqual(readFileSync(source.path));
        // Killed while the prompt was handed over it may be said that it was not heard; else it is whole.
        if (outcome!.kind !== "ok") {
          expect(outcome!.message).toContain("it was not heard");
          continue;
        }
        for (const n of [0, 1, 2, 3]) {
          expect(replies.filter((text) => text.includes(`step ${n} of ${kill}`))).toHaveLength(1);
          expect(readFileSync(join(cwd, `ran-${n}`), "utf8")).toBe("x\n");
        }
        expect(saidIn(events)).toEqual([0, 1, 2, 3].map((n) => `step ${n} of ${kill}`).concat(`last of ${kill}`));
      }
      console.log(`turns after a kill: ${outcomes.join(" ")}`);
    },
    60_000 + KILLS * 40_000,
  );

  test(
    "who rejoins behind any event hears the rest, and all of it is the stored turn; two comments come in a silence",
    async () => {
      const { id } = await oldSession(server, made++);
      const go = gate();
      const { answered, turn } = await begin(id, [
        { say: "one two three" },
        { until: go },
        { bash: "echo ran" },
        { say: "four five" },
      ]);
      // A server that takes a silent line for a dead one drops it after ten seconds.
      const first: string[] = [];
      for await (const piece of answered.body!) {
        first.push(Buffer.from(piece).toString());
        if (!existsSync(go) && first.join("").split(": still here").length > 2) writeFileSync(go, "");
      }
      const heard = createParser()(first.join(""));
      const whole = await rejoined(server, turn, -1);
      expect(numbered(heard)).toEqual(numbered(whole));
      for (let cut = 0; cut < whole.length; cut++) {
        const last = whole[cut]!.id ?? -1;
        const rest = await rejoined(server, turn, last);
        expect([...numbered(whole.slice(0, cut + 1)), ...numbered(rest)].map(({ id: n }) => n)).toEqual(
          numbered(whole).map(({ id: n }) => n),
        );
        expect(numbered(rest)).toEqual(numbered(whole).filter(({ id: n }) => n! > last));
        expect(rest.at(-1)).toMatchObject({ name: "done" });
      }
    },
    LONG,
  );

  test(
    "a browser that goes away under on_disconnect = stop ends the turn with all that it started; under continue it goes on",
    async () => {
      const naps: Act[] = [
        { say: "on it" },
        { bash: "sleep 300 & setsid sleep 300 & (trap '' TERM; sleep 300)" },
        { say: "never" },
      ];
      const { id } = await oldSession(server, made++);
      const stopped = await begin(id, naps, { on_disconnect: "stop" });
      await eventually(
        async () => markedProcesses(MARKER, stopped.turn).length,
        (n) => n > 3,
        LONG,
      );
      stopped.leave();
      const left = performance.now();
      const turn = await ended(server, stopped.turn);
      expect(turn.outcome).toEqual({ kind: "interrupted", message: "The browser went away." });
      expect(markedProcesses(MARKER, stopped.turn)).toEqual([]);
      console.log(`nothing of it lived ${Math.round(performance.now() - left)} ms after the browser went`);

      const other = await oldSession(server, made++);
      const go = gate();
      const alone = await begin(other.id, [{ until: go }, { say: "finished alone" }]);
      alone.leave();
      writeFileSync(go, "");
      expect((await ended(server, alone.turn)).outcome).toEqual({ kind: "ok", message: "" });
      expect(saidIn(await rejoined(server, alone.turn, -1))).toEqual(["finished alone"]);
      await server.settled();
      expect(await repliesOf(other.id)).toHaveLength(2);
    },
    LONG,
  );

  test(
    "what a turn was given to reach the archive works while it runs, and ends with it, also through a kill",
    async () => {
      const { id, dir } = await oldSession(server, made++);
      const go = gate();
      const { turn } = await begin(id, [
        { mcp: "recent_sessions", args: { limit: 3 } },
        { until: go },
        { mcp: "memory_write", args: { key: "by-a-turn", value: "kept", mode: "replace" } },
        { say: "remembered" },
      ]);
      const file = join(server.data, "turns", turn, "mcp.json");
      await eventually(async () => existsSync(file), Boolean, LONG);
      const { url, headers } = JSON.parse(readFileSync(file, "utf8")).mcpServers.longhouse;
      const ask = () => fetch(url.replace("/mcp", "/api/agents/sessions?limit=1"), { headers });
      expect((await ask()).status).toBe(200);
      expect((await fetch(url.replace("/mcp", "/api/devices/tokens"), { headers })).status).toBe(403);
      // A call that is under way would end with the server.
      const transcript = join(dir, `${idOf(made - 1)}.jsonl`);
      const called = () => existsSync(transcript) && readFileSync(transcript, "utf8").includes("tool_result");
      await eventually(async () => called(), Boolean, LONG);
      await server.stop("SIGKILL");
      server = await again();
      expect((await ask()).status).toBe(200);
      writeFileSync(go, "");
      expect((await ended(server, turn)).outcome).toEqual({ kind: "ok", message: "" });
      expect((await ask()).status).toBe(401);
      expect(await server.json<unknown>("/api/memory/by-a-turn")).toMatchObject({ value: "kept" });
      const results = (await rejoined(server, turn, -1)).flatMap(({ name, data }) =>
        name === "tool_result" ? [JSON.stringify(data)] : [],
      );
      expect(results[0]).toContain("Session number");
    },
    LONG,
  );

  test(
    "a session that goes on here while this machine ships its file and another ships a copy has every event once",
    async () => {
      const { id, dir } = await oldSession(server, made++);
      const file = join(dir, `${idOf(made - 1)}.jsonl`);
      const minted = await server.api("/api/devices/tokens", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ device_id: "replica", scope: "device" }),
      });
      const { token } = (await minted.json()) as { token: string };
      const steps = Array.from({ length: 12 }, (_, n): Act[] => [{ say: `said ${n}` }, { sleep: 60 }]).flat();
      const { turn, answered } = await begin(id, steps);
      const done = eventsIn(answered);
      const shipCopy = async () => {
        const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
        const path = file.replace(server.home, "/home/other");
        const query = new URLSearchParams({ provider: "claude", path, offset: "0" });
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
        await fetch(`${server.url}/api/agents/ingest?${query}`, {
          method: "POST",
          headers,
          body: bytes.subarray(0, bytes.lastIndexOf(10) + 1),
        });
      };
      let over = false;
      const shipping = (async () => {
        while (!over) {
          await shipCopy();
          await Bun.sleep(30);
        }
      })();
      await done;
      over = true;
      await shipping;
      await shipCopy();
      expect((await ended(server, turn)).outcome).toEqual({ kind: "ok", message: "" });
      await server.settled();
      const replies = await repliesOf(id);
      expect(replies).toHaveLength(13);
      for (let n = 0; n < 12; n++) expect(replies.filter((text) => text.includes(`said ${n}"`))).toHaveLength(1);
      expect(new Set((await eventsOf(server, id)).map((one) => one.id)).size).toBe((await eventsOf(server, id)).length);
    },
    LONG,
  );
});

const numbered = (events: readonly TurnEvent[]): readonly TurnEvent[] =>
  events.filter(({ id, name }) => id !== null && !["done", "error"].includes(name));

type Delta = { readonly accumulated: string; readonly final?: boolean };

/** The replies of a stream. */
const saidIn = (events: readonly TurnEvent[]): string[] =>
  events.flatMap(({ name, data }) => {
    const { accumulated, final } = data as Delta;
    return name === "assistant_delta" && final ? [accumulated] : [];
  });
