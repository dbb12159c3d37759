/**
 * What is asked of Cursor's databases: data for the shipper, which runs it read-only. Every statement names the keys that it
 * reads; none can reach `cursorAuth/*` or anything else of ItemTable. A range over the unique index on `key` ends before
 * the character after ':' (';').
 */

/** `cursorDiskKV`: since 2025 a row a conversation (`composerData:ID`) and a row a message (`bubbleId:ID:BUBBLE`). */
export const KV = {
  composers: `SELECT substr(key, 14) AS id, rowid AS place, octet_length(value) AS size FROM cursorDiskKV
    WHERE key >= 'composerData:' AND key < 'composerData;'`,
  // Cursor writes by INSERT that replaces: the row gets a new, higher rowid. From the index alone, but for the newest row of
  // each conversation: a look at every row of a large database reads all its pages (1 s for 100,000 messages, so 0.1 s).
  changes: `SELECT id, n, last, (SELECT octet_length(value) FROM cursorDiskKV WHERE rowid = last) AS size FROM (
    SELECT substr(key, 10, instr(substr(key, 10), ':') - 1) AS id, count(*) AS n, max(rowid) AS last
    FROM cursorDiskKV WHERE key >= 'bubbleId:' AND key < 'bubbleId;' GROUP BY 1)`,
  composer: `SELECT value FROM cursorDiskKV WHERE key = 'composerData:' || ?1`,
  bubble: `SELECT value FROM cursorDiskKV WHERE key = 'bubbleId:' || ?1 || ':' || ?2`,
  bubbles: `SELECT substr(key, length(?1) + 11) AS id FROM cursorDiskKV
    WHERE key >= 'bubbleId:' || ?1 || ':' AND key < 'bubbleId:' || ?1 || ';' ORDER BY rowid`,
} as const;

/** `ItemTable`: in 2024 two rows held all conversations of a workspace. The table holds login tokens, too. */
export const ITEMS = {
  composers: `SELECT value FROM ItemTable WHERE key = 'composer.composerData'`,
  chats: `SELECT value FROM ItemTable WHERE key = 'workbench.panel.aichat.view.aichat.chatdata'`,
} as const;

/** `store.db` of the CLI: what is named by its hash, and where to begin. */
export const CHATS = {
  meta: `SELECT value FROM meta WHERE key = '0'`,
  blob: `SELECT data FROM blobs WHERE id = ?1`,
} as const;
