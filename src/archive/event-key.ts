/** Keys of events and calls, by what stands in their records. */
import type { Line } from "../domain/provider.ts";
import { hash60 } from "../lib/id.ts";

/** 48 bits of a call id's hash. */
export function callKey(call: string): number {
  const { hi, lo } = hash60(call);
  return (hi & 0x3ffff) * 0x40000000 + lo;
}

/** What the id of a record without a key comes from, but for the how-manieth of equal ones it is. */
export function keylessName(line: Line, index: number): string {
  const { hi, lo } = hash60(line.text);
  return `${hi}:${lo}:${index}`;
}
