/** How much happened where in a session: what a thin map beside its outline shows. */

/** One stretch of a session's events, in its order. */
export type Stretch = {
  /** The first event of it. */
  readonly event_id: string;
  readonly at: string | null;
  readonly events: number;
  readonly prompts: number;
  readonly tools: number;
  /** Calls that change files. */
  readonly changes: number;
  readonly errors: number;
};

/** GET /api/agents/sessions/{id}/activity: at most as many stretches as were asked for, none empty. */
export type Activity = { readonly stretches: readonly Stretch[] };
