/** What `longhouse ship --json` prints (API.md section 8). */

export type ShipReport = {
  /** Files that are the agents', as far as the flags name them. */
  readonly sources: number;
  /** Newly acknowledged. */
  readonly bytes: number;
  /** Sources that belong to a session. */
  readonly derived: number;
  readonly events_inserted: number;
  /** Bytes that wait in the spool's payloads. */
  readonly spooled: number;
  /** Sources that could not be sent whole. */
  readonly failed: number;
  readonly seconds: number;
};
