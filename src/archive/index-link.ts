/** The writer's end of the way to the indexer: packets within its credit, and a bell for everything else. */
import type { FromIndexer, Packet } from "./protocol.ts";

/** Characters that may be on their way to the indexer. */
const CREDIT = 1024 * 1024;

export type IndexLink = ReturnType<typeof createIndexLink>;

/** `moved` is told when the indexer has worked something off. */
export function createIndexLink(moved: () => void) {
  let port: MessagePort | null = null;
  let credit = CREDIT;
  let indexed = 0;

  return {
    connect(to: MessagePort): void {
      port = to;
      to.onmessage = ({ data }: MessageEvent<FromIndexer>) => {
        if (data.type === "cursor") return void (indexed = data.cursor);
        credit += data.characters;
        moved();
      };
      to.postMessage({ type: "look" });
    },
    /** False while too much is on its way: deriving waits. */
    get isOpen(): boolean {
      return credit > 0;
    },
    /** Rows of `changes` up to here have been followed. */
    get indexed(): number {
      return indexed;
    },
    /** Something stands in `changes` only. */
    look: (): void => port?.postMessage({ type: "look" }),
    send(packet: Packet): void {
      if (!port) return;
      credit -= packet.text.length;
      port.postMessage({ type: "packet", packet }, [packet.columns.buffer as ArrayBuffer]);
    },
  };
}
