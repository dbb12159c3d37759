/** One command in its transaction, and what it says it changed. */
import type { Database } from "bun:sqlite";
import { write } from "../store/write.ts";
import type { Command, Effects } from "../store/write.ts";
import { COMMANDS } from "./commands.ts";
import type { Changed } from "./protocol.ts";

/** `changed`: null when nothing that anybody is shown. `rederive`: sources were set back. */
export type Ran = { readonly value: unknown; readonly changed: Changed | null; readonly rederive: boolean };

/** Throws what the command throws; nothing is changed then. */
export function runCommand(db: Database, name: string, input: unknown, now: number): Ran {
  const sessions = new Set<number>();
  const appended: Changed["appended"][number][] = [];
  const deleted: string[] = [];
  let rederive = false;
  const effects: Effects = {
    now,
    touched: (session) => void sessions.add(session),
    appended: (session, eventId) => void appended.push({ session, eventId }),
    deleted: (uuid) => void deleted.push(uuid),
    rederive: () => void (rederive = true),
  };
  // Main's side types each command by its own function; here they are all alike.
  const command = COMMANDS[name as keyof typeof COMMANDS] as Command<unknown, unknown>;
  const value = write(db, () => command(db, input, effects));
  const isNothing = sessions.size + appended.length + deleted.length === 0;
  return { value, changed: isNothing ? null : { sessions: [...sessions], appended, deleted }, rederive };
}
