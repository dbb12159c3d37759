/** Exit codes, and the faults of a command line (API.md section 8). */
import { Fault, type FaultCode } from "../domain/fault.ts";

export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const;

const EXIT_OF: Partial<Record<FaultCode, number>> = {
  invalid: EXIT.usage,
  unauthenticated: EXIT.unauthorised,
  scope: EXIT.unauthorised,
};

/** The exit code of a fault; `details.exit` says it where the fault's own code does not. */
export function exitOf(fault: Fault): number {
  const { exit } = fault.details;
  return typeof exit === "number" ? exit : (EXIT_OF[fault.code] ?? EXIT.failed);
}

/** The fault of a mistyped command line. */
export function usageFault(message: string, hint?: string): Fault {
  return new Fault("invalid", message, hint);
}
