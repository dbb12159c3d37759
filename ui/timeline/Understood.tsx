import { For, Show, type JSX } from "solid-js";
import type { Understood as Piece } from "../../src/domain/session.ts";
import { Chip } from "../kit/Chip.tsx";
import { isSign, without } from "./search.ts";
import type { View } from "./view.ts";

/** How the query was understood, piece by piece; each piece can be taken out. */
export function Understood(props: { readonly view: View; readonly onQuery: (query: string) => void }): JSX.Element {
  const answer = () => props.view.answer();
  const chips = () => {
    const pieces = answer()?.understood ?? [];
    // One plain word says what the search box says.
    return pieces.length === 1 && pieces[0]!.as === "word" && !pieces[0]!.negated ? [] : pieces;
  };
  const aside = () => {
    if (props.view.list().entries.length === 0) return "";
    if (answer()?.tier === "spelling") return "Nothing has exactly these words; this is what is spelt alike.";
    return answer()?.tier === "any" ? "Nothing has all of these words; these have some of them." : "";
  };
  return (
    <Show when={chips().length > 0 || aside() !== ""}>
      <div class="understood">
        <For each={chips()}>
          {(piece) => (
            <Show when={!isSign(piece)} fallback={<span>{signOf(piece)}</span>}>
              <Chip
                tone={toneOf(piece)}
                label={`Remove ${piece.text}`}
                onRemove={() => props.onQuery(without(props.view.filters.q, piece))}
              >
                <Show when={piece.as === "ignored"} fallback={<span title={meaning(piece)}>{described(piece)}</span>}>
                  <s>{piece.text}</s> <span>not used</span>
                </Show>
              </Chip>
            </Show>
          )}
        </For>
        <Show when={aside()}>
          <p>{aside()}</p>
        </Show>
      </div>
    </Show>
  );
}

const toneOf = ({ as, negated }: Piece) => (as === "ignored" ? "off" : as === "word" && !negated ? "plain" : "accent");

const signOf = ({ as, text, negated }: Piece): string =>
  as === "or" || as === "and" ? as : negated ? "without (" : text;

/** The moment that a date was read as, in the person's own time. */
const meaning = ({ means }: Piece): string | undefined => (means ? new Date(means).toLocaleString() : undefined);

function described(piece: Piece): string {
  const text = piece.text.replace(/^-/, "");
  const colon = text.indexOf(":");
  const plain = piece.field && colon >= 0 ? text.slice(colon + 1) : text;
  const words = piece.field ? `${piece.field}: ${plain}` : piece.as === "phrase" ? `phrase ${plain}` : plain;
  return piece.negated ? `without ${words}` : words;
}
