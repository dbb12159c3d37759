/** Holding a session while a turn writes it: renewed as long as we live, free a minute after we do not. */
import type { App } from "../app.ts";

const LEASE_MS = 60_000;
const RENEW_MS = 15_000;

export type HeldLease = {
  readonly fence: number;
  release(): Promise<void>;
  /** Renews it no more: whoever finds the turn after us takes it again. */
  leave(): void;
};

export type LeaseWish = { readonly session: string; readonly holder: string; readonly kind: "turn" | "run" };

/** null: somebody else holds it. */
export async function createLease(app: App, { session, holder, kind }: LeaseWish): Promise<HeldLease | null> {
  const wish = { session, kind, holder, device: app.device, ms: LEASE_MS };
  const { taken, lease } = await app.writer.run("takeLease", wish);
  if (!taken) return null;
  const claim = { session, holder, fence: lease.fence };
  const renew = () =>
    app.writer
      .run("renewLease", { ...claim, ms: LEASE_MS })
      .catch((error: unknown) => app.log.warn("a lease could not be renewed", { session, error }));
  const timer = setInterval(renew, RENEW_MS);
  return {
    fence: lease.fence,
    async release() {
      clearInterval(timer);
      await app.writer.run("releaseLease", claim);
    },
    leave: () => clearInterval(timer),
  };
}
