import { expect, test } from "bun:test";
import { getTableConfig } from "drizzle-orm/sqlite-core";
import { join } from "node:path";
import { openForWriting } from "../../src/store/open.ts";
import * as schema from "../../src/store/schema.ts";
import { tempDir } from "../support/temp.ts";

type Column = { readonly name: string; readonly type: string; readonly notnull: number; readonly pk: number };

for (const [name, table] of Object.entries(schema))
  test(`Drizzle's ${name} has the columns that the migrations make`, () => {
    const db = openForWriting(join(tempDir(), "longhouse.db"));

    const config = getTableConfig(table);
    const made = db
      .query<Column, [string]>('SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?)')
      .all(config.name);

    const described = config.columns.map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      notnull: column.notNull && !column.primary ? 1 : 0,
    }));
    expect(
      made.map((c) => ({ name: c.name, type: c.type, notnull: c.pk > 0 && c.name === "id" ? 0 : c.notnull })),
    ).toEqual(described);
    db.close();
  });
