/** HTTP as it is typed: for requests that fetch would mend. */
import { connect } from "node:net";

export type Answer = {
  /** 0 when what came was no HTTP, or nothing came. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
};

/** Sends these bytes and takes what comes until the other side is silent for `quiet` ms, or closes. */
export function typed(url: string, text: string, quiet = 150): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    let timer = setTimeout(() => socket.destroy(), 5000);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), quiet);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      const [head = "", ...body] = answer.split("\r\n\r\n");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: body.join("\r\n\r\n") });
    });
  });
}

/** A GET of a path as it is written, with headers as written. Host is the URL's unless they name one. */
export function getTyped(url: string, path: string, headers: readonly string[] = []): Promise<Answer> {
  const named = headers.some((header) => /^host:/i.test(header));
  const host = named ? [] : [`Host: ${new URL(url).host}`];
  const lines = [`GET ${path} HTTP/1.1`, ...host, "Connection: close", ...headers];
  return typed(url, `${lines.join("\r\n")}\r\n\r\n`);
}
