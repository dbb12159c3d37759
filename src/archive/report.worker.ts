/** A thread for one report that reads much of the archive: neither a page nor a search waits for it. */
import type { Database } from "bun:sqlite";
import { Fault } from "../domain/fault.ts";
import { formatReport } from "../store/format-report.ts";
import { insights } from "../store/insights.ts";
import { openForReading } from "../store/open.ts";
import { usageReport } from "../store/usage-report.ts";
import { changedFiles } from "./changed-files.ts";
import type { FromReport, ToReport } from "./reports.ts";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<ToReport>) => self.postMessage(answer(data));

function answer({ database, now, ask }: ToReport): FromReport {
  try {
    const db = openForReading(database);
    try {
      return { type: "done", value: reportOf(db, ask, now) };
    } finally {
      db.close();
    }
  } catch (error) {
    const { code, message } =
      error instanceof Fault ? error : new Fault("internal", `The report failed: ${String(error)}`);
    return { type: "fault", body: { error: { code, message } } };
  }
}

function reportOf(db: Database, ask: ToReport["ask"], now: number) {
  if (ask.kind === "usage") return usageReport(db, ask.request, now);
  if (ask.kind === "insights") return insights(db, ask.request, now);
  return ask.kind === "files" ? changedFiles(db, ask.request.session, ask.request.cwd) : formatReport(db);
}
