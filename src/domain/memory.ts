/** What agents and people keep from one session to the next (API.md section 6). */

/** Accepted keys. */
export const MEMORY_KEY = /^[A-Za-z0-9._-]{1,200}$/;
/** Longest value, bytes of UTF-8. */
export const MEMORY_VALUE_MAX = 64 * 1024;

export type Memory = {
  readonly key: string;
  readonly value: string;
  readonly project: string | null;
  /** Grows by one with each change; If-Match compares it. */
  readonly version: number;
  /** Who wrote it: an agent and its device, or the person. */
  readonly by: string;
  /** ISO. */
  readonly updated_at: string;
};

/** One version of a key; `value` null = it was deleted. */
export type MemoryVersion = {
  readonly version: number;
  readonly value: string | null;
  readonly by: string;
  readonly at: string;
};

export const NOTICE_LEVELS = ["info", "done", "blocked", "failed"] as const;
export type NoticeLevel = (typeof NOTICE_LEVELS)[number];

/** What an agent told the person. */
export type Notice = {
  readonly id: number;
  readonly message: string;
  readonly level: NoticeLevel;
  readonly session_id: string | null;
  readonly by: string;
  readonly at: string;
  readonly read: boolean;
};
