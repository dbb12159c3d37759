import type { JSX } from "solid-js";
import { dayKey } from "../kit/format.ts";
import { Menu, type Option } from "../kit/Menu.tsx";
import type { Filters } from "./filters.ts";

const SPANS: readonly { readonly label: string; readonly days: number }[] = [
  { label: "Today", days: 0 },
  { label: "Last 7 days", days: 6 },
  { label: "Last 30 days", days: 29 },
];

const daysAgo = (days: number): string => {
  const at = new Date();
  at.setDate(at.getDate() - days);
  return dayKey(at.getTime());
};

/** From which day to which. */
export function TimeChoice(props: {
  readonly filters: Filters;
  readonly onPick: (filters: Filters) => void;
}): JSX.Element {
  const span = () => SPANS.find((one) => props.filters.until === "" && props.filters.since === daysAgo(one.days));
  const label = () => {
    const since = props.filters.since;
    const until = props.filters.until;
    if (since === "" && until === "") return "Any time";
    return (
      span()?.label ?? (until === "" ? `Since ${since}` : since === "" ? `Until ${until}` : `${since} to ${until}`)
    );
  };
  const options = (): Option[] => [
    { value: "", label: "Any time", on: props.filters.since === "" && props.filters.until === "" },
    ...SPANS.map((one) => ({ value: daysAgo(one.days), label: one.label, on: span() === one })),
  ];
  const set = (part: "since" | "until") => (event: { readonly currentTarget: HTMLInputElement }) =>
    props.onPick({ ...props.filters, [part]: event.currentTarget.value });
  return (
    <Menu
      label={label()}
      active={label() !== "Any time"}
      options={options()}
      onPick={(since) => props.onPick({ ...props.filters, since, until: "" })}
    >
      <div class="dates">
        <label>
          From <input type="date" value={props.filters.since} max={daysAgo(0)} onChange={set("since")} />
        </label>
        <label>
          To <input type="date" value={props.filters.until} max={daysAgo(0)} onChange={set("until")} />
        </label>
      </div>
    </Menu>
  );
}
