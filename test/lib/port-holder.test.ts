import { expect, test } from "bun:test";
import { portHolder } from "../../src/lib/port-holder.ts";

test("the process that listens on a port is named", () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });

  const holder = portHolder(server.port!);

  server.stop(true);
  expect(holder?.pid).toBe(process.pid);
});

test("a port on which nobody listens has no holder", () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port!;
  server.stop(true);

  expect(portHolder(port)).toBeNull();
});
