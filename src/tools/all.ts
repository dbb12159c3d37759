/** Every tool there is. Adding one is its file and a line here. */
import { getSessionDetail } from "./get-session-detail.ts";
import { memoryRead } from "./memory-read.ts";
import { memoryWrite } from "./memory-write.ts";
import { notifyOikos } from "./notify-oikos.ts";
import { recentSessions } from "./recent-sessions.ts";
import { searchSessions } from "./search-sessions.ts";
import type { Tool } from "./tool.ts";

/** In the order in which agents see them. Each checks its own input, so that here all are of one type. */
export const TOOLS: readonly Tool[] = [
  searchSessions,
  getSessionDetail,
  recentSessions,
  memoryRead,
  memoryWrite,
  notifyOikos,
] as readonly unknown[] as readonly Tool[];
