/** Runs the cases on a thread of its own, so that one that never ends can be told. */
import { fuzz, type Fuzzing } from "./run.ts";

declare const self: Worker;

/** `now`: the case at work, for who watches. */
type Order = Omit<Fuzzing, "begins"> & { readonly now: SharedArrayBuffer };

self.onmessage = ({ data }: MessageEvent<Order>) => {
  const now = new Int32Array(data.now);
  const { now: _now, ...rest } = data;
  postMessage(fuzz({ ...rest, begins: (number) => void Atomics.store(now, 0, number) }));
};
