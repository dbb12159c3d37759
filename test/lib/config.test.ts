import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import { Fault } from "../../src/domain/fault.ts";
import { lineOf } from "../../src/lib/toml.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const env = (more: Record<string, string> = {}) => ({ HOME: home, LONGHOUSE_HOME: home, ...more });
const write = (text: string) => writeFileSync(join(home, "config.toml"), text);

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("without file and environment the defaults hold", () => {
  const config = loadConfig({}, { HOME: home });

  expect(config.home).toBe(join(home, ".longhouse"));
  expect(config.database).toBe(join(home, ".longhouse", "longhouse.db"));
  expect(config.server).toEqual({ host: "127.0.0.1", port: 8080, allowedHosts: [], publicUrl: null });
  expect(config.origins).toEqual({});
});

test("a flag beats the environment, the environment beats config.toml", () => {
  write('[client]\nurl = "http://file:1"\n[server]\nport = 1111\n');

  const both = loadConfig({ url: "http://flag:3", port: "2222" }, env({ LONGHOUSE_URL: "http://env:2" }));
  const environment = loadConfig({}, env({ LONGHOUSE_URL: "http://env:2" }));
  const file = loadConfig({}, env());

  expect([both.url, both.server.port]).toEqual(["http://flag:3", 2222]);
  expect([environment.url, file.url]).toEqual(["http://env:2", "http://file:1"]);
  expect(both.origins).toMatchObject({ "client.url": "flag", "server.port": "flag", home: "environment" });
  expect(file.origins["client.url"]).toBe("config.toml");
});

test("the vision's own example is accepted", () => {
  write(`[server]
host = "0.0.0.0"
port = 8080

[commis]
max_concurrent = 5      # how many
heartbeat_interval = 30
stale_threshold = 120

[database]
url = "sqlite:///~/.longhouse/longhouse.db"

[llm]
anthropic_api_key = "sk-ant-..."
openai_api_key = "sk-..."
`);

  expect(loadConfig({}, env()).server.host).toBe("0.0.0.0");
});

test("an unknown key is refused by file, line and the keys there are", () => {
  write("# mine\n[server]\nhost = '127.0.0.1'\nprot = 80\n");

  const fault = faultOf(() => loadConfig({}, env()));

  expect(fault.message).toBe(`${join(home, "config.toml")} line 4: server.prot is not a setting.`);
  expect(fault.hint).toContain("host, port, allowed_hosts");
});

test("an unknown table is refused even when it is empty", () => {
  write("[sever]\n");

  expect(faultOf(() => loadConfig({}, env())).message).toContain("line 1: sever is not a setting");
});

test("a bad value is refused by file, line, key and what is accepted", () => {
  write('[server]\nhost = "127.0.0.1"\n\nport = "abc"\n');

  const fault = faultOf(() => loadConfig({}, env()));

  expect(fault.message).toContain(`config.toml line 4: server.port: "abc" is not accepted.`);
  expect(fault.hint).toBe("Accepted: a whole number from 0 to 65535.");
});

test("a bad value of the environment is refused by the variable's name", () => {
  const fault = faultOf(() => loadConfig({}, env({ AUTH_DISABLED: "maybe" })));

  expect(fault.message).toStartWith("AUTH_DISABLED:");
  expect(fault.hint).toContain("true or false");
});

test("TOML that cannot be read is refused by its line", () => {
  write("[server]\nport = 80\nhost = \n");

  expect(faultOf(() => loadConfig({}, env())).message).toContain("config.toml line 3:");
});

test("PostgreSQL is refused with the reason, wherever it is asked for", () => {
  write('[database]\nurl = "postgresql://u:p@h/db"\n');

  const file = faultOf(() => loadConfig({}, env()));
  const variable = faultOf(() => loadConfig({}, { HOME: home, DATABASE_URL: "postgresql://u:p@h/db" }));

  expect(file.message).toContain("line 2: database.url: Longhouse keeps its archive in one SQLite file");
  expect(variable.message).toStartWith("DATABASE_URL:");
  expect(variable.message).not.toContain("u:p");
});

test("a secret that is not accepted is not repeated", () => {
  write("[server]\npassword = 12345678\n");

  expect(faultOf(() => loadConfig({}, env())).message).not.toContain("12345678");
});

test.each([
  ["sqlite:///var/data/a.db", "/var/data/a.db"],
  ["sqlite:////var/data/a.db", "/var/data/a.db"],
  ["sqlite:data/a.db", "HOME/data/a.db"],
])("%s names the database %s", (url, path) => {
  expect(loadConfig({}, env({ DATABASE_URL: url })).database).toBe(path.replace("HOME", home));
});

test("LONGHOUSE_HOME is the same however it is written", () => {
  mkdirSync(join(home, "a"));

  const spellings = [`${home}/a`, `${home}/a/`, `${home}/b/../a`];

  expect(new Set(spellings.map((LONGHOUSE_HOME) => loadConfig({}, { HOME: home, LONGHOUSE_HOME }).home)).size).toBe(1);
});

test("providers see HOME and their own variables, and nothing of ours", () => {
  const config = loadConfig({}, env({ LONGHOUSE_TOKEN: "lh_x", CODEX_HOME: "/c" }));

  expect(config.env).toEqual({ HOME: home, CODEX_HOME: "/c" });
});

test.each([
  ["[a]\nb = 1", "a.b", 2],
  ["a.b = 1", "a.b", 1],
  ["a = { b = 1 }", "a.b", 1],
  ['["a"]\n"b" = 1', "a.b", 2],
  ["x = 1", "a.b", null],
])("in %j the setting %s stands on line %p", (source, name, line) => {
  expect(lineOf(source, name)).toBe(line as number | null);
});

test("a server of embeddings is named by its URL, however much of it is said", () => {
  const urls = ["http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/embeddings"];
  const found = urls.map((url) => {
    write(`[search]\nembeddings_url = "${url}"\nmodel = "m"\n`);
    return loadConfig({}, env()).embeddings;
  });

  expect(found).toEqual(urls.map(() => ({ url: urls[2]!, model: "m", key: null })));
  write('[search]\nmodel = "m"\nkey = "k"\n');
  expect(loadConfig({}, env()).embeddings).toBeNull();
});

test("what is wrong with a server of embeddings is said without its secrets", () => {
  const texts = [
    '[search]\nembeddings_url = "http://user:hidden@h/v1"\nmodel = "m"',
    '[search]\nembeddings_url = "hidden"\nmodel = "m"',
    '[search]\nembeddings_url = "http://h/v1"\nkey = "hidden"',
    '[search]\nembeddings_url = "http://h/v1"\nmodel = "m"\nkey = "hidden\\nhidden"',
  ];
  for (const text of texts) {
    write(`${text}\n`);
    const fault = faultOf(() => loadConfig({}, env()));
    expect([text, fault.code]).toEqual([text, "invalid"]);
    expect(fault.message + fault.hint).not.toContain("hidden");
  }
});
