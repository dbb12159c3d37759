/** A turn's server-sent events (API.md section 6), read by fetch: a turn is begun by POST, which EventSource cannot do. */
import { Fault, type FaultBody, STATUS } from "../../src/domain/fault.ts";

/** One event; `id` null = it has no number. */
export type TurnEvent = { readonly id: number | null; readonly name: string; readonly data: unknown };

/** Reads events until the answer ends. Throws the Fault of an answer that is none, and what broke the line. */
export async function* readEvents(answer: Response): AsyncGenerator<TurnEvent> {
  if (!answer.ok || !answer.body) throw await faultOf(answer);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = createParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parse(value);
  }
}

/** Cuts text, wherever it is cut itself, into events. Comments are passed over. */
export function createParser(): (text: string) => TurnEvent[] {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop()!;
    return blocks.flatMap(parseBlock);
  };
}

function parseBlock(block: string): TurnEvent[] {
  const fields = new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trimStart()] as const;
    }),
  );
  const [name, data, id] = [fields.get("event"), fields.get("data"), fields.get("id")];
  if (name === undefined || data === undefined) return [];
  return [{ id: id === undefined ? null : Number(id), name, data: JSON.parse(data) as unknown }];
}

async function faultOf(answer: Response): Promise<Fault> {
  const body = (await answer.json().catch(() => null)) as (FaultBody & Record<string, unknown>) | null;
  const error = body?.error;
  if (!error || !(error.code in STATUS)) return new Fault("unreachable", `The server answered ${answer.status}.`);
  const { error: _, ...details } = body;
  return new Fault(error.code, error.message, error.hint, details);
}
