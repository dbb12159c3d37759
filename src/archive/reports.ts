/** Main's side of reports: a thread each, one at a time, gone when it has answered. */
import { Fault } from "../domain/fault.ts";
import type { FaultBody } from "../domain/fault.ts";
import type { ChangedFiles } from "../domain/changed-file.ts";
import type { Insights } from "../domain/insights.ts";
import type { FormatReport, UsageReport } from "../domain/usage.ts";
import { workerUrl } from "../lib/worker.ts";
import type { InsightsRequest } from "../store/insights.ts";
import type { UsageRequest } from "../store/usage-report.ts";

/** `session` = row number. */
export type FilesRequest = { readonly session: number; readonly cwd: string | null };

type Ask =
  | { readonly kind: "usage"; readonly request: UsageRequest }
  | { readonly kind: "insights"; readonly request: InsightsRequest }
  | { readonly kind: "files"; readonly request: FilesRequest }
  | { readonly kind: "formats" };

type Answer = UsageReport | FormatReport | ChangedFiles | Insights;

/** `now` ms. */
export type ToReport = { readonly database: string; readonly now: number; readonly ask: Ask };

export type FromReport =
  { readonly type: "done"; readonly value: Answer } | { readonly type: "fault"; readonly body: FaultBody };

/** Whom a report is for: `database` is read, `now` (ms) is its time; nobody waits any more when `signal` aborts. */
export type Asker = { readonly database: string; readonly now: number; readonly signal: AbortSignal };

/** The usage report. Rejects with Fault, or with the signal's reason when it was aborted before its turn came. */
export async function askUsage({ signal, ...asker }: Asker, request: UsageRequest): Promise<UsageReport> {
  // The worker answers what it was asked.
  return (await inTurn({ ...asker, ask: { kind: "usage", request } }, signal)) as UsageReport;
}

/** What the insights page shows. Rejects as `askUsage` does. */
export async function askInsights({ signal, ...asker }: Asker, request: InsightsRequest): Promise<Insights> {
  return (await inTurn({ ...asker, ask: { kind: "insights", request } }, signal)) as Insights;
}

/** What a session changed. Rejects as `askUsage` does. */
export async function askFiles({ signal, ...asker }: Asker, request: FilesRequest): Promise<ChangedFiles> {
  return (await inTurn({ ...asker, ask: { kind: "files", request } }, signal)) as ChangedFiles;
}

/** What the archive holds of unknown records. Rejects as `askUsage` does. */
export async function askFormats({ signal, ...asker }: Asker): Promise<FormatReport> {
  return (await inTurn({ ...asker, ask: { kind: "formats" } }, signal)) as FormatReport;
}

let last: Promise<unknown> = Promise.resolve();

/** After the reports that were asked for before, however they end: many at once would take memory, not save time. */
function inTurn(message: ToReport, signal: AbortSignal): Promise<Answer> {
  const mine = last.then(() => {
    signal.throwIfAborted();
    return inThread(message);
  });
  last = mine.catch(() => {});
  return mine;
}

async function inThread(message: ToReport): Promise<Answer> {
  const worker = new Worker(workerUrl("archive/report.worker.ts"));
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromReport>) => {
        if (data.type === "done") return resolve(data.value);
        reject(new Fault(data.body.error.code, data.body.error.message));
      };
      worker.onerror = (event) => reject(new Fault("internal", `The report failed: ${event.message}.`));
      worker.postMessage(message);
    });
  } finally {
    worker.terminate();
  }
}
