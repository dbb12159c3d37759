/** How far a first import is, in words. Pure. */
import type { ImportProgress } from "../../src/domain/frame.ts";
import { bytes, duration, exact, plural } from "../kit/format.ts";

/** 40 MB of 1.2 GB · 212 of 1,500 files · 12 MB/s · 2 min left; each only when known. */
export function howFar(progress: ImportProgress): string {
  const { done_bytes, bytes: all, rate, eta_s, agents = [], sources } = progress;
  const finished = agents.reduce((sum, agent) => sum + agent.finished, 0);
  const parts = [
    `${bytes(done_bytes)} of ${bytes(all)}`,
    agents.length > 0 ? `${exact(finished)} of ${plural(sources, "file")}` : "",
    rate > 0 ? `${bytes(rate)}/s` : "",
    eta_s === null ? "" : `${duration(Math.max(1, eta_s) * 1000)} left`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}
