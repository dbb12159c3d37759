/** Every command there is; each is loaded only when it is called. */
import type { ArgsDef, CommandDef } from "citty";

export type Command = {
  /** What it does, for `help`. */
  readonly does: string;
  load(): Promise<CommandDef<ArgsDef>>;
};

/** citty's types of one command's arguments are of no use to who holds them all. */
const any = (command: unknown) => command as CommandDef<ArgsDef>;

/** By name, in the order in which `help` shows them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    does: "Run the server and ship this machine's sessions",
    load: async () => any((await import("./serve.ts")).serve),
  },
  open: { does: "Open Longhouse in the browser, signed in", load: async () => any((await import("./open.ts")).open) },
  connect: {
    does: "Ship this machine's sessions as they grow; --install makes it a service",
    load: async () => any((await import("./connect.ts")).connect),
  },
  auth: {
    does: "Let this machine send its sessions to a server",
    load: async () => any((await import("./auth.ts")).auth),
  },
  ship: {
    does: "Send this machine's sessions to the archive, once",
    load: async () => any((await import("./ship.ts")).ship),
  },
  status: {
    does: "Show the server, what was shipped, and where settings come from",
    load: async () => any((await import("./status.ts")).status),
  },
  logs: {
    does: "Show what the server and the shipper have logged; -f goes on",
    load: async () => any((await import("./logs.ts")).logs),
  },
  search: { does: "Find sessions by words", load: async () => any((await import("./search.ts")).search) },
  recent: { does: "List the newest sessions", load: async () => any((await import("./recent.ts")).recent) },
  "mcp-server": {
    does: "Give an agent the archive's tools (Model Context Protocol, stdio)",
    load: async () => any((await import("./mcp-server.ts")).mcpServer),
  },
  hatch: {
    does: "Run an agent for one turn, and tell truthfully what became of it",
    load: async () => any((await import("./hatch.ts")).hatching),
  },
  resume: {
    does: "Go on with any archived session in this terminal",
    load: async () => any((await import("./resume.ts")).resuming),
  },
  usage: { does: "Show tokens and cost", load: async () => any((await import("./usage.ts")).usage) },
  export: {
    does: "Write a session, or all sources, to files",
    load: async () => any((await import("./export.ts")).exporting),
  },
  import: {
    does: "Take an export into this archive",
    load: async () => any((await import("./import.ts")).importing),
  },
  undelete: {
    does: "Let a deleted session come back",
    load: async () => any((await import("./undelete.ts")).undelete),
  },
  reindex: {
    does: "Derive events and the search index anew from the archived bytes",
    load: async () => any((await import("./reindex.ts")).reindex),
  },
  doctor: {
    does: "Examine this machine and the archive, and say how to mend what is wrong",
    load: async () => any((await import("./doctor.ts")).doctor),
  },
  version: { does: "Show the version", load: async () => any((await import("./version.ts")).version) },
};
