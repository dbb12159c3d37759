/** Requests of the commands to the server. Every failure is a Fault that says what to type. */
import type { Config } from "../config.ts";
import { Fault, type FaultBody, type FaultCode, STATUS } from "../domain/fault.ts";
import { authorization, reasonOf } from "../shipper/ship.ts";
import { findServer, type ServerAddress } from "./find-server.ts";

export type Client = ServerAddress & {
  /** The JSON of a GET; throws Fault. */
  get<T>(path: string): Promise<T>;
  /** The JSON of a POST; throws Fault. */
  post<T>(path: string, body?: unknown): Promise<T>;
  /** The JSON of any request, null of an answer without a body; throws Fault. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The whole answer of a GET whose status is 200; throws Fault. */
  raw(path: string): Promise<Response>;
};

const TIMEOUT_MS = 30_000;

/** A client of the server that the configuration leads to. Asks nothing yet. */
export async function clientOf(config: Config): Promise<Client> {
  return clientAt(await findServer(config));
}

/** A client of the server at an address. Asks nothing yet. */
export function clientAt(address: ServerAddress): Client {
  const ask: Client["ask"] = async (method, path, body) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await request(address, path, {
      method,
      ...(body !== undefined && { headers, body: JSON.stringify(body) }),
    });
    return answer.status === 204 ? null : await answer.json();
  };
  return {
    ...address,
    get: async <T>(path: string) => (await ask("GET", path)) as T,
    post: async <T>(path: string, body: unknown = {}) => (await ask("POST", path, body)) as T,
    ask,
    raw: (path) => request(address, path),
  };
}

/** The Fault of a server that does not answer; exit code 3. */
export function unreachable(url: string, reason: string): Fault {
  const hint = "Is it running? Type: longhouse serve. Elsewhere? Say where: --url http://HOST:8080";
  return new Fault("internal", `No Longhouse answers at ${url} (${reason}).`, hint, { exit: 3 });
}

/** The Fault of a token that is missing or not good; exit code 4. */
export function notAllowed({ url, token }: ServerAddress, reason: string): Fault {
  const message = token ? `${url} does not accept this token (${reason}).` : `No token for ${url} is stored here.`;
  return new Fault("unauthenticated", message, `Type: longhouse auth --url ${url}`);
}

async function request(
  address: ServerAddress,
  path: string,
  { headers, ...init }: RequestInit = {},
): Promise<Response> {
  const response = await fetch(address.url + path, {
    ...init,
    headers: { ...authorization(address.token), ...(headers as Record<string, string> | undefined) },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw unreachable(address.url, reasonOf(error));
  });
  if (response.ok) return response;
  throw await faultOf(address, response);
}

/** The Fault of an answer that is not 2xx. */
export async function faultOf(address: ServerAddress, response: Response): Promise<Fault> {
  const body = (await response.json().catch(() => null)) as Partial<FaultBody> | null;
  const error = body?.error;
  if (response.status === 401) return notAllowed(address, error?.code ?? "401");
  if (!error || !(error.code in STATUS))
    return unreachable(address.url, `an answer that is not Longhouse's: ${response.status}`);
  const exit = response.status === 403 ? { exit: 4 } : {};
  return new Fault(error.code satisfies FaultCode, error.message, error.hint, exit);
}
