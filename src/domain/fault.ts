/** What can go wrong, as the user and the API see it. One table maps codes to HTTP status, both ways. */
export const STATUS = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  bad_host: 403,
  bad_origin: 403,
  scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  offset_gap: 409,
  diverged: 409,
  session_locked: 409,
  workspace_choice: 409,
  already_answered: 409,
  stale: 409,
  gone: 410,
  withdrawn: 410,
  too_large: 413,
  unsupported_encoding: 415,
  invalid: 422,
  slow_down: 429,
  internal: 500,
  starting: 503,
  /** Never sent: what a client says when no answer came. */
  unreachable: 503,
  disk_full: 503,
} as const;

export type FaultCode = keyof typeof STATUS;

/** What a Fault may carry beside its message: fields of a 422, the limit of a 413, `through` of a 409, seconds of a 429. */
export type FaultDetails = Readonly<Record<string, unknown>>;

/** An error with a code that a face (HTTP, CLI, MCP) can show. `hint` says what to do next. */
export class Fault extends Error {
  override readonly name = "Fault";

  constructor(
    readonly code: FaultCode,
    message: string,
    readonly hint?: string,
    readonly details: FaultDetails = {},
  ) {
    super(message);
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** The body of every error (API.md section 1), without the details that stand beside `error`. */
export type FaultBody = {
  readonly error: { readonly code: FaultCode; readonly message: string; readonly hint?: string };
};
