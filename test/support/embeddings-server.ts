/**
 * A server of embeddings on loopback, as OpenAI's API has it. A text's vector is the sum of its words' directions; a few words
 * are others' synonyms. The same text always gives the same vector, so what is near to what is known beforehand.
 */
const SYNONYMS: Readonly<Record<string, string>> = {
  car: "automobile",
  vehicle: "automobile",
  fix: "repair",
  mend: "repair",
  slow: "sluggish",
  lagging: "sluggish",
  secret: "password",
  credentials: "password",
};
const LITTLE = new Set(
  "a an and are at be for how i in is it my of on or that the this to was we what with you".split(" "),
);

/** How it answers: well; not at all; with an error; with what is wrong in some way. */
export type Manner =
  | "well"
  | "silent"
  | "broken"
  | "limited"
  | "denied"
  | "garbage"
  | "short"
  | "uneven"
  | "infinite"
  | "elsewhere"
  | "picky";

export type EmbeddingsTwin = ReturnType<typeof startEmbeddings>;

/** `picky`: refuses requests that hold the word "unwelcome". `asked`: texts it was sent, in order; `keys`: what it was shown. */
export function startEmbeddings(dims = 256) {
  const twin = {
    manner: "well" as Manner,
    dims,
    delayMs: 0,
    asked: [] as string[],
    keys: new Set<string | null>(),
    requests: 0,
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      twin.requests++;
      twin.keys.add(request.headers.get("authorization"));
      // What our own client sends.
      const { input } = (await request.json()) as { readonly input: readonly string[] };
      if (new URL(request.url).pathname !== "/v1/embeddings") return new Response("no", { status: 404 });
      twin.asked.push(...input);
      await Bun.sleep(twin.delayMs);
      return answer(twin, input);
    },
  });
  return Object.assign(twin, {
    url: `http://127.0.0.1:${server.port}/v1/embeddings`,
    stop: () => server.stop(true),
  });
}

async function answer(twin: { readonly manner: Manner; readonly dims: number }, input: readonly string[]) {
  const { manner, dims } = twin;
  while (manner === "silent" && twin.manner === "silent") await Bun.sleep(20);
  const echo = JSON.stringify({ error: { message: `you sent ${input.join()}` } });
  if (manner === "broken") return new Response(echo, { status: 500 });
  if (manner === "denied") return new Response(echo, { status: 401 });
  if (manner === "limited") return new Response(echo, { status: 429, headers: { "retry-after": "0" } });
  if (manner === "elsewhere") return Response.redirect("http://127.0.0.1:9/v1/embeddings", 307);
  if (manner === "garbage") return new Response("<html>a proxy's page</html>");
  if (manner === "picky" && input.some((text) => text.includes("unwelcome")))
    return new Response(echo, { status: 400 });
  const vectors = input.map((text) => vectorOf(text, dims));
  if (manner === "short") vectors.pop();
  if (manner === "uneven") vectors[0] = vectors[0]!.slice(1);
  const text = JSON.stringify({ data: vectors.map((embedding, index) => ({ index, embedding })).toReversed() });
  return new Response(manner === "infinite" ? text.replace(/\[[\d.-]+/, "[1e999") : text);
}

function vectorOf(text: string, dims: number): number[] {
  const vector = Array.from({ length: dims }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    if (LITTLE.has(word)) continue;
    const hash = Number(Bun.hash.wyhash(SYNONYMS[word] ?? word) & 0xffffffn);
    vector[hash % dims]! += (hash >> 12) % 2 === 0 ? 1 : -1;
  }
  // A text of little words has a direction too.
  return vector.some((value) => value !== 0) ? vector : vector.fill(0.01);
}
