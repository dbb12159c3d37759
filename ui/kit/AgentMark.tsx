import type { JSX } from "solid-js";
import { agentOf } from "./agents.ts";

/** The small square that tells agents apart: a letter on the agent's tone, with its name for those who cannot see it. */
export function AgentMark(props: { readonly provider: string }): JSX.Element {
  const agent = () => agentOf(props.provider);
  return (
    <span class="agent" data-tone={agent().tone} role="img" aria-label={agent().label} title={agent().label}>
      {agent().mark}
    </span>
  );
}
