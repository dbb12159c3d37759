import type { JSX } from "solid-js";
import { encode } from "uqr";

/** A text as a picture for a phone's camera: dark on light in both themes, or cameras do not see it. */
export function Qr(props: { readonly text: string; readonly label: string }): JSX.Element {
  const code = () => encode(props.text, { border: 3 });
  const path = () =>
    code()
      .data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
      .join("");
  return (
    <figure class="qr">
      <svg
        viewBox={`0 0 ${code().size} ${code().size}`}
        role="img"
        aria-label={props.label}
        shape-rendering="crispEdges"
      >
        <rect width="100%" height="100%" fill="#fff" />
        <path d={path()} fill="#000" />
      </svg>
      <figcaption class="num">{props.text}</figcaption>
    </figure>
  );
}
