/** Asks the server of embeddings, and after a failure leaves it alone for a while: longer each time, or as long as it asks for. */
import { EmbeddingsTrouble, embed } from "../lib/embeddings.ts";
import { backoffMs } from "../lib/retry.ts";
import type { Quantised } from "../lib/vectors.ts";
import type { SemanticSettings } from "./semantic-protocol.ts";

export type Gate = ReturnType<typeof createGate>;

/** One for what is made in the background, one for what somebody waits for: neither waits for the other's failures. */
export function createGate({ server, backoff }: Pick<SemanticSettings, "server" | "backoff">, closed: AbortSignal) {
  let failures = 0;
  let until = 0;
  let trouble: string | null = null;

  const failed = (error: EmbeddingsTrouble) => {
    trouble = error.message;
    until = performance.now() + Math.max(backoffMs(++failures, backoff), error.retryAfter ?? 0);
  };

  return {
    /** What was wrong last; null when all is well. */
    get trouble() {
      return trouble;
    },
    /** Milliseconds until it may be asked. */
    left: (): number => Math.max(0, until - performance.now()),
    /** Notes what is wrong with an answer that was whole. */
    fail: (message: string): void => failed(new EmbeddingsTrouble("later", message)),
    /** Vectors of the texts. Throws EmbeddingsTrouble; what is `refused` is no failure of the server. */
    async ask(texts: readonly string[], waitMs: number): Promise<Quantised[]> {
      try {
        const vectors = await embed(server, texts, AbortSignal.any([closed, AbortSignal.timeout(waitMs)]));
        failures = until = 0;
        trouble = null;
        return vectors;
      } catch (error) {
        if (error instanceof EmbeddingsTrouble && error.kind === "later") failed(error);
        throw error;
      }
    },
  };
}
