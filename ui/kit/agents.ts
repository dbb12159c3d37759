/** What the build knows of the agents (build.ts reads it from the provider list), so that no name stands in the app. */
export type Agent = {
  readonly name: string;
  readonly label: string;
  readonly mark: string;
  readonly tone: number;
  /** What it may do without asking, for one to choose from; null = it cannot be run. */
  readonly modes: readonly { readonly value: string; readonly label: string }[] | null;
};

/** Set by build.ts; absent in tests. */
declare const BUILD_AGENTS: readonly Omit<Agent, "tone">[] | undefined;

const TONES = 6;
const known: readonly Omit<Agent, "tone">[] = typeof BUILD_AGENTS === "undefined" ? [] : BUILD_AGENTS;
const agents = new Map<string, Agent>(known.map((agent, index) => [agent.name, { ...agent, tone: index % TONES }]));

/** Provider names of this build, in their order. */
export const PROVIDERS_KNOWN: readonly string[] = known.map((agent) => agent.name);

/** An agent by its provider name; one that this build does not know gets its name and first letter. */
export function agentOf(provider: string): Agent {
  return agents.get(provider) ?? unknown(provider);
}

function unknown(name: string): Agent {
  const label = name === "" ? "Unknown" : name[0]!.toUpperCase() + name.slice(1);
  let sum = 0;
  for (const char of name) sum += char.codePointAt(0)!;
  return { name, label, mark: label[0]!, tone: sum % TONES, modes: null };
}
