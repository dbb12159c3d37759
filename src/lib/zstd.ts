/**
 * zstd of any number of frames → bytes, a block at a time and in the caller's turn. The writer's thread works in short
 * synchronous turns, and what is packed may be a bomb: neither zlib's streams (asynchronous) nor its `…Sync` functions
 * (all at once) will do, so the handle beneath the stream is driven by hand.
 */
import { constants, createZstdDecompress } from "node:zlib";
import { BLOCK } from "../domain/limits.ts";

/** A frame may ask for a window of so many bytes (log 2); one that wants more is taken for broken. */
const WINDOW_LOG = 25;

/** What Node's and Bun's streams of zlib have inside; test/lib/zstd.test.ts notices when it changes. */
type Inner = {
  readonly _handle: {
    onerror: (message: string) => void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLeft: number,
      output: Uint8Array,
      outputAt: number,
      outputLeft: number,
    ): void;
  };
  /** Room left in the output, bytes left of the input. */
  readonly _writeState: Uint32Array;
  close(): void;
};

/** Bytes that are no zstd, or damaged. What came before them was given. */
export class Unzstd {
  readonly #inner: Inner;
  #input: Uint8Array = new Uint8Array(0);
  #left = 0;
  #more = false;
  #broken = false;

  constructor() {
    // The inside of a stream has no type.
    this.#inner = createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
    }) as unknown as Inner;
    this.#inner._handle.onerror = () => void (this.#broken = true);
  }

  /** True once the input turned out to be no zstd, or damaged: nothing more comes of it. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Gives the next input; the last one must be used up (`read` came back short). */
  write(input: Uint8Array): void {
    this.#input = input;
    this.#left = input.length;
  }

  /** Writes the next bytes into `output`, at most to its end; returns how many. Fewer than fit = input is needed. */
  read(output: Uint8Array): number {
    let filled = 0;
    while (filled < output.length && !this.#broken && (this.#left > 0 || this.#more)) {
      const { _handle: handle, _writeState: state } = this.#inner;
      const at = this.#input.length - this.#left;
      handle.writeSync(constants.ZSTD_e_continue, this.#input, at, this.#left, output, filled, output.length - filled);
      if (this.#broken) break;
      const [room, left] = [state[0]!, state[1]!];
      // No input taken and nothing given: it would go on so for ever.
      const stuck = left === this.#left && output.length - filled === room;
      filled = output.length - room;
      this.#left = left;
      this.#more = room === 0;
      if (stuck) break;
    }
    return filled;
  }

  close(): void {
    this.#inner.close();
  }
}

/** A buffer as `read` wants it. */
export const zstdRoom = (): Uint8Array => new Uint8Array(BLOCK);
