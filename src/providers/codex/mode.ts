/** How much Codex may do, and where the images of a turn stand. */
import type { Permission, Turn } from "../../domain/turn.ts";

/** Our word for its sandbox, and when it asks. */
export type Sandbox = { readonly sandbox: string; readonly approval: string };

const MODES: Readonly<Record<Permission, Sandbox>> = {
  ask: { sandbox: "workspace-write", approval: "untrusted" },
  edits: { sandbox: "workspace-write", approval: "on-request" },
  plan: { sandbox: "read-only", approval: "on-request" },
  all: { sandbox: "danger-full-access", approval: "never" },
};

/** What the person's word means; a word of the agent's own is the name of a sandbox. */
export function sandboxOf({ permission }: Turn): Sandbox {
  if (typeof permission === "string") return MODES[permission];
  return { sandbox: permission.own, approval: permission.own === "danger-full-access" ? "never" : "on-request" };
}

/** Where an image of the turn stands in its folder. */
export const fileOf = ({ mediaType }: Turn["images"][number], n: number): string =>
  `image-${n}.${mediaType.replace(/^image\//, "").replace(/[^a-z0-9]/g, "")}`;
