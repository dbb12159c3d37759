/** Who may come in: sign-in, codes of machines, tokens. */
import type { ListedToken, ShownCode } from "../../src/domain/device-code.ts";
import { call } from "./call.ts";

export type AuthStatus = {
  readonly authenticated: boolean;
  readonly method: string | null;
  readonly expires_at: string | null;
};

export type AuthMethods = { readonly password: boolean; readonly google: boolean; readonly sso: boolean };
export const getAuthStatus = (signal?: AbortSignal): Promise<AuthStatus> => call("/api/auth/status", { signal });
export const getAuthMethods = (signal?: AbortSignal): Promise<AuthMethods> => call("/api/auth/methods", { signal });

/** Trades the password for the cookie; 401 when it is wrong, 429 when tried too often. */
export const logIn = (password: string): Promise<AuthStatus> =>
  call("/api/auth/password", { method: "POST", body: { password } });

/** Ends this browser's sign-in. */
export const logOut = (): Promise<void> => call("/api/auth/logout", { method: "POST" });

/** Which machine waits with the letters that a person has; 404 and 410 when none does (any more). */
export const getDeviceCode = (code: string): Promise<ShownCode> => call(codePath(code), {});

/** Lets the machine in, or not; 409 when somebody was quicker with the other answer. */
export const decideDeviceCode = (code: string, decision: "approve" | "deny"): Promise<ShownCode> =>
  call(codePath(code), { method: "PUT", body: { decision } });

/** All tokens, newest first, revoked ones too. */
export const listTokens = (): Promise<{ readonly tokens: readonly ListedToken[] }> => call("/api/devices/tokens", {});

/** Ends a token at once. */
export const revokeToken = (id: string): Promise<void> =>
  call(`/api/devices/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });

const codePath = (code: string): string => `/api/devices/codes/${encodeURIComponent(code)}`;
