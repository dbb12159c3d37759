/**
 * A server of embeddings, as OpenAI's API has it: POST {model, input: [text, …]} → {data: [{index, embedding}, …]}. What it
 * answers is believed only when it is whole: one vector for each text, finite numbers, one length. Neither the key nor what
 * the server says is ever part of a message: some servers repeat the key, or the text.
 */
import * as z from "zod";
import { retryAfterMs } from "./retry.ts";
import { quantise, type Quantised } from "./vectors.ts";

/** `key` null: none is sent. */
export type EmbeddingsServer = { readonly url: string; readonly model: string; readonly key: string | null };

/** `refused`: it does not want these very texts; fewer, or others, may do. `later`: anything else. */
export class EmbeddingsTrouble extends Error {
  constructor(
    readonly kind: "refused" | "later",
    message: string,
    /** Milliseconds that the server asks to wait; null = it does not say. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** A vector of 4,096 numbers written out is some 90 kB. */
const ANSWER_MAX = 32 * 1024 * 1024;
const NUMBERS_MAX = 8192;

const Answer = z.object({
  data: z.array(z.object({ index: z.number().int().optional(), embedding: z.array(z.number()) })),
});

/** Where the server is, without what may be secret in its URL: a path or a query can be. */
export function placeOf({ url }: Pick<EmbeddingsServer, "url">): string {
  return new URL(url).host;
}

/** Vectors of the texts, in their order, all of one length. Throws EmbeddingsTrouble, and the signal's reason on abort. */
export async function embed(
  server: EmbeddingsServer,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Quantised[]> {
  const response = await ask(server, texts, signal);
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw refusal(response);
  }
  const numbers = read(await bodyOf(response, signal), texts.length);
  const vectors = numbers.map(quantise);
  if (vectors.some((vector) => vector === null || vector.numbers.length !== vectors[0]!.numbers.length))
    throw new EmbeddingsTrouble("later", "it answered with vectors that are empty, or not of one length");
  return vectors as Quantised[]; // none is null: looked at in the line before
}

async function ask({ url, model, key }: EmbeddingsServer, texts: readonly string[], signal: AbortSignal) {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, input: texts, encoding_format: "float" }),
      // Texts and key are for this server, not for whom it names.
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw lost(error, signal);
  }
}

function lost(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return new EmbeddingsTrouble("later", "it can not be reached");
  return isTimeout(signal) ? new EmbeddingsTrouble("later", "it did not answer in time") : error;
}

const isTimeout = ({ reason }: AbortSignal): boolean =>
  reason instanceof DOMException && reason.name === "TimeoutError";

function refusal({ status, headers }: Response): EmbeddingsTrouble {
  const after = retryAfterMs(headers.get("retry-after"), Date.now());
  if (status === 401 || status === 403)
    return new EmbeddingsTrouble("later", `it does not accept the key (${status}): see [search] key`, after);
  if (status === 404) return new EmbeddingsTrouble("later", "it has no such path or model (404)", after);
  if (status === 429) return new EmbeddingsTrouble("later", "it is asked too often (429)", after);
  if (status >= 300 && status < 400) return new EmbeddingsTrouble("later", `it sends elsewhere (${status})`);
  if (status === 400 || status === 413 || status === 422)
    return new EmbeddingsTrouble("refused", `it does not accept what it is sent (${status})`);
  return new EmbeddingsTrouble("later", `it failed (${status})`, after);
}

async function bodyOf(response: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > ANSWER_MAX) throw new EmbeddingsTrouble("later", "its answer does not end");
      text += decoder.decode(piece, { stream: true });
    }
  } catch (error) {
    throw error instanceof EmbeddingsTrouble ? error : lost(error, signal);
  }
  return text;
}

function read(text: string, wanted: number): readonly (readonly number[])[] {
  const { data } = parse(text);
  if (data.length !== wanted)
    throw new EmbeddingsTrouble("later", `it answered with ${data.length} vectors for ${wanted} texts`);
  const vectors: (readonly number[])[] = [];
  for (const [i, { index = i, embedding }] of data.entries()) vectors[index] = embedding;
  // An index twice leaves another one out.
  for (let i = 0; i < wanted; i++)
    if (!vectors[i] || vectors[i]!.length > NUMBERS_MAX || vectors.length !== wanted)
      throw new EmbeddingsTrouble("later", "its answer does not say which vector is whose");
  return vectors;
}

function parse(text: string): z.infer<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(text));
  } catch {
    throw new EmbeddingsTrouble("later", "its answer is not what OpenAI's API says");
  }
}
