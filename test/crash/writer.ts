/** Does to the files what the script says, and tells the model, whose times never flatter: late for births, early for ends. */
import {
  appendFileSync, closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync,
  writeSync,
} from "node:fs"; // prettier-ignore
import { dirname } from "node:path";
import type { FileAct } from "./file-acts.ts";
import type { Model } from "./model.ts";

export type Hand = {
  readonly model: Model;
  /** Path of a file outside all roots, from which others are replaced. */
  readonly scratch: string;
  now(): number;
};

/** Done with its act, the disk and the model agree. */
export function act({ model, scratch, now }: Hand, todo: FileAct): void {
  const at = now();
  switch (todo.kind) {
    case "append":
      mkdirSync(dirname(todo.path), { recursive: true });
      appendFileSync(todo.path, todo.bytes);
      return model.append(todo.path, todo.bytes, now());
    case "truncate":
      truncateSync(todo.path, todo.to);
      return model.cut(todo.path, todo.to, at);
    case "overwrite":
      overwrite(todo.path, todo.bytes);
      model.end(todo.path, at);
      return model.append(todo.path, todo.bytes, now());
    case "replace":
      writeFileSync(scratch, todo.bytes);
      renameSync(scratch, todo.path);
      model.end(todo.path, at);
      return model.append(todo.path, todo.bytes, now());
    case "rename":
      mkdirSync(dirname(todo.to), { recursive: true });
      renameSync(todo.path, todo.to);
      return model.rename(todo.path, todo.to, at);
    case "delete":
      unlinkSync(todo.path);
      return model.end(todo.path, at);
    case "wipe":
      for (const path of model.standing.keys()) if (path.startsWith(`${todo.dir}/`)) model.end(path, at);
      if (existsSync(todo.dir)) rmSync(todo.dir, { recursive: true });
      return;
    default:
      return todo satisfies never;
  }
}

function overwrite(path: string, bytes: Buffer) {
  const fd = openSync(path, "r+");
  writeSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
}
