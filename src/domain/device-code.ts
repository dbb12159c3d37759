/** What a device asks for, and what a person is shown of it (API.md section 2; terms of RFC 8628). */

/** What a token may carry. `device` = ingest + read + memory, notify; `tools` = read + memory, notify, for one turn of an agent. */
export const SCOPES = ["ingest", "read", "tools", "device", "full"] as const;
export type Scope = (typeof SCOPES)[number];

/** `taken`: the device has fetched its token. */
export type CodeState = "pending" | "approved" | "denied" | "taken";

/** The answer to POST /api/devices/codes. Seconds. */
export type NewCode = {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
};

/** GET and PUT /api/devices/codes/{user_code}: what the page `/connect` shows. */
export type ShownCode = {
  readonly user_code: string;
  readonly device_id: string;
  readonly scope: Scope;
  readonly state: CodeState;
  /** A machine of this name has a token, or has sent. */
  readonly known: boolean;
  /** The address that the asking came from; "" = unknown. */
  readonly from: string;
  readonly expires_at: string;
};

/** A row of GET /api/devices/tokens. Times are ISO 8601. */
export type ListedToken = {
  readonly id: string;
  readonly device_id: string;
  readonly scope: Scope;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
};

/** Easily told apart, and no words can be made of them (RFC 8628, 6.1). */
export const USER_LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

/** A user code as it is shown, XXXX-XXXX, from however it was typed; null when it is none. */
export function readUserCode(typed: string): string | null {
  const letters = typed.slice(0, 100).toUpperCase().replaceAll(/[\s-]/g, "");
  if (letters.length !== 8 || [...letters].some((letter) => !USER_LETTERS.includes(letter))) return null;
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
