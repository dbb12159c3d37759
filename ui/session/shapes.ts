/** What inputs and outputs of tools are by their shape, whatever agent and tool: questions, plans, keys typed, links. Pure. */
import { field, textOf } from "./fields.ts";

export type Question = {
  readonly text: string;
  readonly options: readonly { readonly label: string; readonly note: string }[];
};

/** More options than this no question has. */
const MANY = 50;

/** Questions to the person; null when the input asks none. */
export function questionsOf(input: unknown): readonly Question[] | null {
  const list = field(input, "questions");
  if (!Array.isArray(list) || list.length === 0) return null;
  const questions = list.slice(0, MANY).map((one) => {
    const options = field(one, "options", "choices");
    return {
      text: textOf(one, "question", "text", "header") ?? "",
      options: (Array.isArray(options) ? options : []).slice(0, MANY).map((option) => ({
        label: typeof option === "string" ? option : (textOf(option, "label", "value", "title") ?? ""),
        note: textOf(option, "description") ?? "",
      })),
    };
  });
  return questions.every((question) => question.text !== "") ? questions : null;
}

/** A plan that is handed in to be approved, as Markdown; a list of points is no text. */
export const planTextOf = (input: unknown): string | null => textOf(input, "plan");

/** What is typed into a program that runs; "" = only waited for. Null when the input is for none. */
export function typedOf(input: unknown): string | null {
  const chars = field(input, "chars");
  return typeof chars === "string" && field(input, "session_id") !== undefined ? chars : null;
}

/** A change of one point of a plan: which, and to what. */
export function taskChangeOf(input: unknown): string | null {
  const id = field(input, "taskId", "task_id");
  if (typeof id !== "string" && typeof id !== "number") return null;
  const status = textOf(input, "status");
  return `task ${id}${status ? ` → ${status.replaceAll("_", " ")}` : ""}`;
}

export type Field = { readonly name: string; readonly text: string; readonly block: boolean };

const FIELDS_MAX = 24;

/** A flat input as names and values, lists of words too; null when something in it is nested deeper, or there are too many. */
export function fieldsOf(input: unknown): readonly Field[] | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const entries = Object.entries(input);
  if (entries.length === 0 || entries.length > FIELDS_MAX) return null;
  if (entries.some(([name, value]) => !isFlat(value) || name.length > 40)) return null;
  return entries.map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    return { name, text, block: text.includes("\n") || text.length > 200 };
  });
}

const isFlat = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every((one) => typeof one !== "object" || one === null)
    : typeof value !== "object" || value === null;

export type LinkItem = { readonly title: string; readonly url: string };
const LINKS = /^Links: (\[.*\])$/m;

/** The links that a web search found, and the text around them; null when there are none. */
export function linksOf(text: string): { readonly links: readonly LinkItem[]; readonly rest: string } | null {
  const found = LINKS.exec(text.slice(0, 200_000));
  if (!found) return null;
  try {
    const list: unknown = JSON.parse(found[1]!);
    if (!Array.isArray(list)) return null;
    const links = list.flatMap((one) => {
      const url = textOf(one, "url");
      return url && /^https?:\/\/\S+$/i.test(url) ? [{ url, title: textOf(one, "title") ?? url }] : [];
    });
    return links.length === 0 ? null : { links, rest: text.replace(found[0], "").trim() };
  } catch {
    return null;
  }
}

const TAG = /^<(\w{1,24})>\n?([\s\S]*?)\n?<\/\1>\s*/;

/** A report in tags on a program in the background (`<status>…</status><stdout>…`), as facts and output; null when it is none. */
export function reportOf(text: string): { readonly facts: readonly string[]; readonly output: string } | null {
  if (!/^<(?:status|retrieval_status)>/.test(text)) return null;
  const facts: string[] = [];
  const output: string[] = [];
  let rest = text;
  for (let tag = TAG.exec(rest); tag; tag = TAG.exec(rest)) {
    const [whole, name, inner] = tag;
    if (name === "stdout" || name === "stderr" || name === "output") output.push(inner!);
    else facts.push(`${name!.replaceAll("_", " ")} ${inner!.slice(0, 80)}`);
    rest = rest.slice(whole.length);
  }
  return { facts, output: [...output, rest.trim()].filter((part) => part !== "").join("\n") };
}
