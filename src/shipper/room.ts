/** A limit on bytes under way. What is larger than all of it passes when it is alone. */

export type Room = {
  /** Waits until `bytes` fit; gives what to call, once, when they are not under way any more. */
  take(bytes: number): Promise<() => void>;
};

/** Room for `most` bytes; who asked first comes first. */
export function createRoom(most: number): Room {
  const waiting: (() => void)[] = [];
  let used = 0;

  const release = (bytes: number) => () => {
    used -= bytes;
    for (const wake of waiting.splice(0)) wake();
  };
  return {
    async take(bytes) {
      while (used > 0 && used + bytes > most) await new Promise<void>((resolve) => waiting.push(resolve));
      used += bytes;
      return release(bytes);
    },
  };
}
