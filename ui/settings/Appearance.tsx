import { For, type JSX } from "solid-js";
import { DENSITIES, density, setDensity, setTheme, theme, THEMES } from "../frame/theme.ts";

/** Theme and density of this browser. */
export function Appearance(): JSX.Element {
  return (
    <>
      <Choice name="Theme" values={THEMES} value={theme()} onPick={setTheme} />
      <Choice name="Density" values={DENSITIES} value={density()} onPick={setDensity} />
    </>
  );
}

type ChoiceProps<T extends string> = {
  readonly name: string;
  readonly values: readonly T[];
  readonly value: T;
  readonly onPick: (value: T) => void;
};

function Choice<T extends string>(props: ChoiceProps<T>): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{props.name}</legend>
      <div>
        <For each={props.values}>
          {(value) => (
            <label>
              <input
                type="radio"
                name={props.name}
                checked={props.value === value}
                onChange={() => props.onPick(value)}
              />
              <span>{value[0]!.toUpperCase() + value.slice(1)}</span>
            </label>
          )}
        </For>
      </div>
    </fieldset>
  );
}
