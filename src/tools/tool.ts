/**
 * A tool: what an agent may ask of the archive. Every face (MCP over stdio and HTTP, the assistant) offers the same ones; all
 * that they do goes through the HTTP API, with the rights of who asks.
 */
import * as z from "zod";

/** One request to the API; the JSON of a 2xx answer, null of a 204. Throws Fault. */
export type Ask = (method: "GET" | "PUT" | "POST", path: string, body?: unknown) => Promise<unknown>;

export type ToolContext = {
  readonly ask: Ask;
  /** Where people open links, without / at its end. */
  readonly site: string;
  /** Which agent asks, for what it writes: "claude 1f2e3d4c"; null = it does not say. */
  readonly agent: string | null;
  /** Milliseconds UTC. */
  now(): number;
};

export type Tool<S extends z.ZodRawShape = z.ZodRawShape> = {
  /** What agents call it (API.md section 6). */
  readonly name: string;
  readonly title: string;
  /** For the model: when to use it, and what comes back. */
  readonly description: string;
  readonly input: S;
  readonly writes: boolean;
  /** The answer as text for a model. Throws Fault. */
  run(input: z.infer<z.ZodObject<S>>, context: ToolContext): Promise<string>;
};

/** A number that is brought into its bounds instead of being refused. */
export function clamped({ min, max, fallback }: { min: number; max: number; fallback: number }): z.ZodType<number> {
  const clamp = (value: number) => Math.min(max, Math.max(min, Math.round(value)));
  return z.number().default(fallback).transform(clamp).describe(`${min} to ${max}; ${fallback} when absent`);
}

/** A path of the API with those parameters that are set. */
export function withQuery(path: string, values: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}

/** A value of a filter as it is: no commas that part it, no leading minus that negates it. */
export function literal(text: string | undefined): string | undefined {
  return text?.replaceAll(/[\\,]/g, (character) => `\\${character}`).replace(/^-/, "\\-");
}
