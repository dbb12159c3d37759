/** A process that does nothing but read bodies, so that its memory can be measured. Prints its port. */
import { Hono } from "hono";
import { Fault } from "../../src/domain/fault.ts";
import { bodies, readBody, readBodyPieces } from "../../src/http/body.ts";

/** The app: /whole reads at once, /pieces by the piece, /slow keeps what it read for 300 ms; /rss tells memory in MB. */
export function bodyApp(): Hono {
  const hono = new Hono();
  hono.use("*", bodies());
  hono.post("/whole", async (c) => c.json(digest([await readBody(c)])));
  hono.post("/pieces", async (c) => {
    const pieces: ArrayBuffer[] = [];
    for await (const piece of readBodyPieces(c)) pieces.push(piece);
    return c.json(digest(pieces));
  });
  hono.post("/count", async (c) => {
    let bytes = 0;
    for await (const piece of readBodyPieces(c)) bytes += piece.byteLength;
    return c.json({ bytes });
  });
  hono.post("/slow", async (c) => {
    const body = await readBody(c);
    await Bun.sleep(300);
    return c.json({ bytes: body.byteLength });
  });
  hono.get("/rss", (c) => c.json(Math.round(process.memoryUsage.rss() / 1048576)));
  hono.get("/ping", (c) => c.text("pong"));
  hono.onError((error, c) => {
    if (!(error instanceof Fault)) return c.text(String(error), 500);
    return c.json({ error: { code: error.code, message: error.message }, ...error.details }, error.status as 400);
  });
  return hono;
}

function digest(pieces: readonly ArrayBuffer[]) {
  const hash = new Bun.CryptoHasher("sha256");
  for (const piece of pieces) hash.update(piece);
  const sizes = pieces.map(({ byteLength }) => byteLength);
  return { bytes: sizes.reduce((sum, n) => sum + n, 0), largest: Math.max(0, ...sizes), hash: hash.digest("hex") };
}

if (import.meta.main) {
  const app = bodyApp();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    maxRequestBodySize: 1 << 30,
    fetch: (r, s) => app.fetch(r, s),
  });
  console.log(server.port);
}
