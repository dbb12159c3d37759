/** What agents keep and tell: memory and notices. */
import type { Memory, MemoryVersion, Notice } from "../../src/domain/memory.ts";
import { call, search } from "./call.ts";

export type MemoryPage = { readonly memory: readonly Memory[]; readonly next: string | null };

/** What is kept, in the order of the keys; `query`: its words stand in key or value. `next` goes into `cursor`. */
export const listMemory = (
  query: { readonly query?: string; readonly cursor?: string },
  signal?: AbortSignal,
): Promise<MemoryPage> => call(`/api/memory${search({ ...query, limit: 200 })}`, { signal });

export const getMemory = (key: string, signal?: AbortSignal): Promise<Memory> => call(memoryPath(key), { signal });

/** Every version that is kept of a key, newest first. */
export const getMemoryHistory = (
  key: string,
  signal?: AbortSignal,
): Promise<{ readonly versions: readonly MemoryVersion[] }> => call(`${memoryPath(key)}/history`, { signal });

/** Writes a value; `version` = the one it was changed from (0 = a new key), else a 409 `stale` fault. */
export const putMemory = (key: string, value: string, version: number): Promise<Memory> =>
  call(memoryPath(key), { method: "PUT", body: { value }, ifMatch: String(version) });

/** Deletes a key; its history stays, so that it can be undone. */
export const deleteMemory = (key: string, version: number): Promise<void> =>
  call(memoryPath(key), { method: "DELETE", ifMatch: String(version) });

/** Brings back what the key held before its last change, or in version `to`; nothing when that was "not there". */
export const undoMemory = (key: string, to?: number): Promise<Memory | undefined> =>
  call(`${memoryPath(key)}/undo`, { method: "POST", body: to === undefined ? {} : { to } });

const memoryPath = (key: string): string => `/api/memory/${encodeURIComponent(key)}`;

/** What agents told the person, newest first. */
export const listNotices = (signal?: AbortSignal): Promise<{ readonly notices: readonly Notice[] }> =>
  call("/api/notices", { signal });

/** Marks all up to this id as read. */
export const readNotices = (through: number): Promise<void> =>
  call("/api/notices", { method: "PATCH", body: { read_through: through }, leaving: true });
