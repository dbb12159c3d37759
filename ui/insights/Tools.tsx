import { createSignal, For, Show, type JSX } from "solid-js";
import type { ToolUse } from "../../src/domain/insights.ts";
import { exact, plural, short } from "../kit/format.ts";
import { toTool } from "./links.ts";
import type { Range } from "./range.ts";
import { percent } from "./words.ts";

/** Rows shown before "all". */
const FEW = 8;

type ToolsProps = { readonly tools: readonly ToolUse[]; readonly range: Range };

/** Tools, how often they were called and how often that failed. */
export function Tools(props: ToolsProps): JSX.Element {
  const [all, setAll] = createSignal(false);
  const most = () => props.tools[0]?.calls ?? 1;
  const rows = () => (all() ? props.tools : props.tools.slice(0, FEW));
  return (
    <section aria-labelledby="tools" data-testid="tools">
      <h2 id="tools">Tools</h2>
      <Show when={props.tools.length > 0} fallback={<p class="said">No tool was called.</p>}>
        <div class="scroller" tabindex="0" role="region" aria-labelledby="tools">
          <table class="bars">
            <thead>
              <tr>
                <th scope="col">
                  <span class="unseen">Tool</span>
                </th>
                <th scope="col">Calls</th>
                <th scope="col">Sessions</th>
                <th scope="col">Failed</th>
              </tr>
            </thead>
            <tbody>
              <For each={rows()}>{(tool) => <Row tool={tool} most={most()} range={props.range} />}</For>
            </tbody>
          </table>
        </div>
      </Show>
      <Show when={props.tools.length > FEW}>
        <button type="button" class="unfold" aria-expanded={all()} onClick={() => setAll(!all())}>
          {all() ? "Show fewer" : `Show all ${plural(props.tools.length, "tool")}`}
        </button>
      </Show>
    </section>
  );
}

type RowProps = { readonly tool: ToolUse; readonly most: number; readonly range: Range };

function Row(props: RowProps): JSX.Element {
  const name = () => <bdi class="cut">{props.tool.name ?? "Unnamed tool"}</bdi>;
  return (
    <tr>
      <th scope="row">
        <i class="bar-of" style={{ "inline-size": `${((100 * props.tool.calls) / props.most).toFixed(2)}%` }} />
        <span class="named">
          <Show when={toTool(props.range, props.tool.name)} fallback={name()}>
            {(to) => <a href={to()}>{name()}</a>}
          </Show>
        </span>
      </th>
      <td title={exact(props.tool.calls)}>{short(props.tool.calls)}</td>
      <td>{short(props.tool.sessions)}</td>
      <td title={`${exact(props.tool.failed)} of ${exact(props.tool.calls)}`} classList={{ err: isBad(props.tool) }}>
        {percent(props.tool.failed, props.tool.calls)}
      </td>
    </tr>
  );
}

/** One in ten fails, and not by chance of a few calls. */
const isBad = ({ calls, failed }: ToolUse): boolean => calls >= 10 && failed / calls >= 0.1;
