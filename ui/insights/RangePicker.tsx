import { For, type JSX } from "solid-js";
import { dayKey } from "../kit/format.ts";
import { named, RANGES, type Range, type RangeName } from "./range.ts";

const LABEL: Readonly<Record<RangeName, string>> = {
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  "1y": "1 year",
  all: "All time",
};

type PickerProps = { readonly range: Range; readonly onPick: (range: Range) => void };

/** Which days are added up: some by name, or two dates. */
export function RangePicker(props: PickerProps): JSX.Element {
  const today = () => dayKey(Date.now());
  const set = (part: "since" | "until") => (event: { readonly currentTarget: HTMLInputElement }) => {
    const { since, until } = props.range;
    props.onPick({ name: null, since, until, [part]: event.currentTarget.value });
  };
  return (
    <div class="picker" role="group" aria-label="Days">
      <div class="segments">
        <For each={RANGES}>
          {(name) => (
            <button
              type="button"
              aria-pressed={props.range.name === name}
              onClick={() => props.onPick(named(name, Date.now()))}
            >
              {LABEL[name]}
            </button>
          )}
        </For>
      </div>
      <div class="dates">
        <label>
          From
          <input type="date" value={props.range.since} max={today()} onChange={set("since")} />
        </label>
        <label>
          To
          <input type="date" value={props.range.until} max={today()} onChange={set("until")} />
        </label>
      </div>
    </div>
  );
}
