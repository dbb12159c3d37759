/** Main's side of reports: a thread each, one at a time, gone when it has answered. */
import { Fault } from "../domain/fault.ts";
import type { FaultBody } from "../domain/fault.ts";
import type { FormatReport, UsageReport } from "../domain/usage.ts";
import { workerUrl } from "../lib/worker.ts";
import type { UsageRequest } from "../store/usage-report.ts";

type Ask = { readonly kind: "usage"; readonly request: UsageRequest } | { readonly kind: "formats" };

/** `now` ms. */
export type ToReport = { readonly database: string; readonly now: number; readonly ask: Ask };

export type FromReport =
  | { readonly type: "done"; readonly value: UsageReport | FormatReport }
  | { readonly type: "fault"; readonly body: FaultBody };

/** The usage report of the archive at `database`. Rejects with Fault. */
export async function askUsage(database: string, request: UsageRequest, now: number): Promise<UsageReport> {
  // The worker answers what it was asked.
  return (await inTurn({ database, now, ask: { kind: "usage", request } })) as UsageReport;
}

/** What the archive at `database` holds of unknown records. Rejects with Fault. */
export async function askFormats(database: string, now: number): Promise<FormatReport> {
  return (await inTurn({ database, now, ask: { kind: "formats" } })) as FormatReport;
}

let last: Promise<unknown> = Promise.resolve();

/** After the reports that were asked for before, however they end: many at once would take memory, not save time. */
function inTurn(message: ToReport): Promise<UsageReport | FormatReport> {
  const mine = last.then(() => inThread(message));
  last = mine.catch(() => {});
  return mine;
}

async function inThread(message: ToReport): Promise<UsageReport | FormatReport> {
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
