import { For, type JSX } from "solid-js";
import type { Insights } from "../../src/domain/insights.ts";
import { plural } from "../kit/format.ts";
import { level, mostOf } from "./words.ts";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const two = (hour: number) => String(hour).padStart(2, "0");

/** When prompts are written: a row a weekday, a column an hour. */
export function Hours(props: { readonly hours: Insights["hours"] }): JSX.Element {
  const most = () => mostOf(props.hours.flat());
  const label = (day: number, hour: number, count: number) =>
    `${WEEKDAYS[day]} ${two(hour)}:00 to ${two(hour + 1)}:00: ${plural(count, "prompt")}`;
  return (
    <section aria-label="Prompts by weekday and hour">
      <h2>When you ask</h2>
      <table class="hours">
        <thead>
          <tr>
            <td />
            <For each={Array.from({ length: 24 }, (_, hour) => hour)}>
              {(hour) => (
                <th scope="col">
                  <span class={hour % 6 === 0 ? undefined : "unseen"}>{two(hour)}</span>
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.hours}>
            {(row, day) => (
              <tr>
                <th scope="row">{WEEKDAYS[day()]!.slice(0, 3)}</th>
                <For each={row}>
                  {(count, hour) => (
                    <td data-level={level(count, most())} title={label(day(), hour(), count)}>
                      <span class="unseen">{count}</span>
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
