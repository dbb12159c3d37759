/** Errors as API.md section 1 tells them, and as commands do. */
import { expect } from "bun:test";
import type { Result } from "./server.ts";

export type FaultBody = { readonly error?: { readonly code?: string; readonly message?: string } };

/** Fails unless the answer is this error, told in the way of API.md section 1, without anything of our insides. */
export async function expectFault(answer: Response, status: number, code: string): Promise<void> {
  const text = await answer.text();
  const { error } = JSON.parse(text) as FaultBody;
  expect({ status: answer.status, code: error?.code, text }).toEqual({ status, code, text });
  expect(error?.message?.length).toBeGreaterThan(5);
  expect(text).not.toMatch(/\bat \S+ \(|\.ts:\d|SELECT |SQLITE|node_modules/i);
}

/** Fails unless it is an error for a person: one or two lines on stderr, nothing on stdout. */
export function expectCommandFault({ code, stdout, stderr }: Result, exit: number, ...words: readonly string[]) {
  expect({ code, stdout, stderr }).toEqual({ code: exit, stdout: "", stderr });
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/\n\s+at |\.ts:\d/);
  expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(3);
}
