/** A TCP proxy in front of the server that is as bad as the weather says. A change of weather resets every connection. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { RequestCutter } from "./requests.ts";
import { ANSWERS, type AnswerName, type Weather } from "./weather.ts";

export type Proxy = {
  readonly url: string;
  /** Requests that followed the proxy's redirect: each is one too many. */
  readonly strays: number;
  /** Requests that the proxy has answered itself. */
  readonly asked: number;
  /** Bytes that clients have sent. */
  readonly sent: number;
  /** Connections under each kind of weather: whether it was felt at all. */
  readonly felt: ReadonlyMap<string, number>;
  set(weather: Weather): void;
  close(): void;
};

type Line = {
  readonly client: Socket;
  readonly target: number;
  readonly sockets: Set<Socket>;
  readonly stray: string;
  /** One more request was answered here. */
  answered(): void;
};

/** Begins to listen, in fair weather. `target` is the server's port; it may be away. */
export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const felt = new Map<string, number>();
  let weather: Weather = { kind: "pass" };
  let [strays, sent, asked] = [0, 0, 0];
  const lure = await listening(createServer((socket) => (strays++, socket.resetAndDestroy())));
  const server = createServer((client) => {
    const name = weather.kind === "answer" ? weather.answer : weather.kind;
    felt.set(name, (felt.get(name) ?? 0) + 1);
    keep(sockets, client);
    client.on("data", (bytes) => (sent += bytes.length));
    serve(weather, {
      client,
      target,
      sockets,
      stray: `http://127.0.0.1:${portOf(lure)}/login`,
      answered: () => void asked++,
    });
  });
  await listening(server);
  const drop = () => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    felt,
    get strays() {
      return strays;
    },
    get asked() {
      return asked;
    },
    get sent() {
      return sent;
    },
    set(next) {
      weather = next;
      drop();
    },
    close() {
      for (const each of [server, lure]) each.close();
      drop();
    },
  };
}

function serve(weather: Weather, line: Line) {
  switch (weather.kind) {
    case "pass":
      return pass(line);
    case "reset":
      return reset(line, weather.after);
    case "silence":
      return void line.client.resume();
    case "trickle":
      return trickle(line, weather.bytes);
    case "lost-answer":
      return loseAnswer(line);
    case "limit":
      return limit(line, weather.limit);
    case "answer":
      return answer(line, weather.answer);
    default:
      return weather satisfies never;
  }
}

function pass({ client, ...line }: Line) {
  const upstream = dial({ client, ...line });
  client.pipe(upstream);
  upstream.pipe(client);
}

function reset({ client, ...line }: Line, after: number) {
  const upstream = dial({ client, ...line });
  let passed = 0;
  upstream.pipe(client);
  client.on("data", (bytes) => {
    upstream.write((bytes as Buffer).subarray(0, Math.max(0, after - passed)));
    passed += bytes.length;
    if (passed >= after) for (const socket of [upstream, client]) socket.resetAndDestroy();
  });
}

function trickle({ client, ...line }: Line, bytes: number) {
  const upstream = dial({ client, ...line });
  drip(client, upstream, bytes);
  drip(upstream, client, bytes);
}

function drip(from: Socket, to: Socket, bytes: number) {
  let held = Buffer.alloc(0);
  from.on("data", (more) => (held = Buffer.concat([held, more as Buffer])));
  const timer = setInterval(() => {
    if (held.length > 0) to.write(held.subarray(0, bytes));
    held = held.subarray(bytes);
  }, 10);
  for (const socket of [from, to]) socket.on("close", () => clearInterval(timer));
}

function loseAnswer({ client, ...line }: Line) {
  const upstream = dial({ client, ...line });
  client.pipe(upstream);
  upstream.once("data", () => {
    for (const socket of [upstream, client]) socket.resetAndDestroy();
  });
}

function limit({ client, ...line }: Line, most: number) {
  const cutter = new RequestCutter();
  const upstream = dial({ client, ...line });
  upstream.pipe(client);
  const body = JSON.stringify({ error: { code: "too_large", message: "said by the crash harness" }, limit: most });
  client.on("data", (bytes) => {
    for (const request of cutter.push(bytes as Buffer))
      if (request.bodyLength <= most) upstream.write(request.bytes);
      else client.write(response("413 Payload Too Large", [], body));
  });
}

function answer({ client, stray, answered }: Line, name: AnswerName) {
  const cutter = new RequestCutter();
  const { status, headers, body } = ANSWERS[name];
  const said = headers.map((header) => header.replace("LOCATION", stray));
  client.on("data", (bytes) => {
    for (const _ of cutter.push(bytes as Buffer)) {
      answered();
      client.write(response(status, said, body));
    }
  });
}

const response = (status: string, headers: readonly string[], body: string) =>
  [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");

/** A connection to the server that ends with its client's, and the other way round. */
function dial({ client, target, sockets }: Line): Socket {
  const upstream = connect(target, "127.0.0.1");
  keep(sockets, upstream);
  upstream.on("close", () => client.destroy());
  client.on("close", () => upstream.destroy());
  return upstream;
}

function keep(sockets: Set<Socket>, socket: Socket) {
  sockets.add(socket);
  // Resets are what this is about.
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
