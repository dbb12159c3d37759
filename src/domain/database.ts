/**
 * What a provider says about databases that its agent keeps conversations in (unit `query`). The provider gives statements
 * as data and allow-listed keys; the shipper owns the handle, runs them read-only, each in a transaction of its own, and
 * sends no record whose key is not on the list. Such a database holds login tokens, too: it is never read whole.
 */

/** One row of a statement, by column. */
export type DatabaseRow = Readonly<Record<string, unknown>>;

/** The only way into the database: a statement of the store's own list, by its name. Throws what SQLite throws. */
export type DatabaseReader = {
  rows(statement: string, ...values: readonly string[]): readonly DatabaseRow[];
  /** The text of a file in the database's folder that the store names; null when it is not there, or over 1 MiB. */
  beside(name: string): string | null;
};

/** A conversation as a look over the database sees it, without reading its content. */
export type Conversation = {
  /** Unique in its database; the source's path is `DB#id`. */
  readonly id: string;
  /** Another one whenever its records may say something new. */
  readonly version: string;
  /** Milliseconds UTC; null = not known. */
  readonly at: number | null;
  /** About how much there is to read. */
  readonly bytes: number;
};

/** One record of a conversation. `value` undefined: it is still there, but cannot be had now; what was sent of it stands. */
export type DatabaseRecord = { readonly key: string; readonly value: unknown };

export type DatabaseStore = {
  /** Tables, and columns of theirs, without which a database is none of this kind. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** SELECT statements by name, with ?1, ?2 … */
  readonly statements: Readonly<Record<string, string>>;
  /** Files beside the database that may be read. */
  readonly beside: readonly string[];
  /** Keys of records that may leave the machine. */
  readonly keys: RegExp;
  conversations(read: DatabaseReader): readonly Conversation[];
  /**
   * All records of a conversation, in an order that only grows at its end. The source is `{"key":…,"value":…}` a line: a
   * record that changed is appended anew under its key, one that is gone as `{"key":…,"value":null}`.
   */
  records(read: DatabaseReader, id: string): Iterable<DatabaseRecord>;
};

/** Stores that a database may hold, the better first: a conversation that two of them have is read from the first. */
export type DatabaseKinds = readonly DatabaseStore[];
