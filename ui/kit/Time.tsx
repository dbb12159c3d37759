import { Show, type JSX } from "solid-js";
import { useNow } from "./clock.ts";
import { clock, date, dayKey, moment, relative } from "./format.ts";

type TimeProps = {
  /** ISO 8601; null shows nothing. */
  readonly at: string | null;
  /** `relative` (5 min ago) keeps itself up to date; `clock` 10:42; `date` 12 Nov, today the clock. */
  readonly as?: "relative" | "clock" | "date";
  readonly class?: string;
};

/** A time in short, the exact one on hover. */
export function Time(props: TimeProps): JSX.Element {
  const now = useNow(60_000);
  const text = (at: string) => {
    if (props.as === "clock") return clock(at);
    if (props.as !== "date") return relative(at, now());
    return dayKey(at) === dayKey(now()) ? clock(at) : date(at, now());
  };
  return (
    <Show when={props.at}>
      {(at) => (
        <time class={props.class} dateTime={at()} title={moment(at())}>
          {text(at())}
        </time>
      )}
    </Show>
  );
}
