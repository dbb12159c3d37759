/** The sample sessions: put in and taken out by one click each. */
import { call } from "./call.ts";
import { getStatus } from "./server.ts";
import { deleteSession, listSessions } from "./sessions.ts";

/** The device that samples stand under; no real machine has its name. */
const DEVICE = "samples";
/** How often, and how long apart, it is looked whether more of them come. */
const LOOKS = 20;
const REST_MS = 150;

/** They appear one by one: who takes them out again at once must not leave those that were still to come. */
let adding: Promise<unknown> = Promise.resolve();

/** Puts the samples in: what there were of them goes first. */
export function addSamples(): Promise<void> {
  const added = call<void>("/api/settings/samples", { method: "POST" });
  adding = added.catch(() => {});
  return added;
}

/** Ids of the samples, wherever in the archive they stand; sub-agents go with their parents. */
export async function sampleIds(): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await listSessions({ limit: 100, device_id: DEVICE, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.sessions.filter((session) => session.demo).map((session) => session.id));
    cursor = page.next;
  }
  return ids;
}

/** Deletes every sample and tells of each; looks again while bytes wait to be read, since some of theirs may be among them. */
export async function removeSamples(told: (id: string) => void = () => {}): Promise<void> {
  await adding;
  for (let looks = 0; looks < LOOKS; looks++) {
    // Asked before the list: what is read after it is in the list.
    const waits = (await getStatus()).derive.behind_bytes > 0;
    for (const id of await sampleIds()) {
      await deleteSession(id);
      told(id);
    }
    if (!waits) return;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
  }
}
