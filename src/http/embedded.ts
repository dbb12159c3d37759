/** The web app's files. In a build, build.ts puts a module in this one's place that holds them; from source there are none. */
export type Encoding = "identity" | "br" | "gzip";

/** One file of the web app, by its URL path. `files` name where each encoding of it can be read. */
export type Asset = {
  readonly path: string;
  readonly type: string;
  /** Of the content, without quotes. */
  readonly hash: string;
  /** The name holds the hash: never changes. */
  readonly immutable: boolean;
  readonly files: { readonly identity: string } & Partial<Readonly<Record<Encoding, string>>>;
};

export const EMBEDDED: readonly Asset[] | null = null;
