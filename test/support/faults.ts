/** Errors as API.md section 1 tells them. */
import { expect } from "bun:test";

export type FaultBody = { readonly error?: { readonly code?: string; readonly message?: string } };

/** Fails unless the answer is this error, told in the way of API.md section 1, without anything of our insides. */
export async function expectFault(answer: Response, status: number, code: string): Promise<void> {
  const text = await answer.text();
  const { error } = JSON.parse(text) as FaultBody;
  expect({ status: answer.status, code: error?.code, text }).toEqual({ status, code, text });
  expect(error?.message?.length).toBeGreaterThan(5);
  expect(text).not.toMatch(/\bat \S+ \(|\.ts:\d|SELECT |SQLITE|node_modules/i);
}
