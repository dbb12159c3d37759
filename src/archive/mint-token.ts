/** Makes tokens: for devices that ask, for this machine's own programs, for the tools of one turn. */
import type { App } from "../app.ts";
import type { Scope } from "../domain/device-code.ts";
import { makeId, makeSecret, sha256 } from "../lib/crypto.ts";

/** A token that was just made: the only time that it can be read. */
export type MintedToken = {
  readonly id: string;
  readonly device_id: string;
  readonly scope: Scope;
  readonly token: string;
};

/** Makes a token; only its hash is stored. Resolves once that is on disk. */
export async function mintToken(app: App, device: string, scope: Scope): Promise<MintedToken> {
  const token = makeSecret("lh_");
  const id = makeId();
  await app.writer.run("addToken", { id, deviceId: device, scope, hash: sha256(token) });
  app.log.audit("device token created", { id, device, scope });
  return { id, device_id: device, scope, token };
}
