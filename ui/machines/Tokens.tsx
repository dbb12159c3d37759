import { createSignal, For, onMount, Show, type JSX } from "solid-js";
import type { ListedToken } from "../../src/domain/device-code.ts";
import { revokeToken } from "../api/access.ts";
import { asFault } from "../api/call.ts";
import { inShort } from "../connect/words.ts";
import { Button } from "../kit/Button.tsx";
import { plural } from "../kit/format.ts";
import { Time } from "../kit/Time.tsx";
import { toast } from "../kit/Toast.tsx";

type TokensProps = { readonly tokens: readonly ListedToken[]; readonly onChanged: () => void };

/** The tokens that are good, each with the way to end it; those that were ended fold away. */
export function Tokens(props: TokensProps): JSX.Element {
  const [asked, setAsked] = createSignal<string | null>(null);
  const good = () => props.tokens.filter((token) => token.revoked_at === null);
  const ended = () => props.tokens.filter((token) => token.revoked_at !== null);
  const revoke = async (token: ListedToken) => {
    try {
      await revokeToken(token.id);
      toast({ text: `The token of ${token.device_id} is revoked.` });
    } catch (error) {
      const { message, hint } = asFault(error);
      toast({ text: message, ...(hint === undefined ? {} : { hint }), tone: "bad" });
    } finally {
      setAsked(null);
      props.onChanged();
    }
  };
  return (
    <>
      <h2>{plural(good().length, "token")}</h2>
      <ul class="tokens" data-testid="tokens">
        <For each={good()}>
          {(token) => (
            <li>
              <Token token={token} />
              <Show
                when={asked() === token.id}
                fallback={
                  <Button aria-label={`Revoke the token of ${token.device_id}`} onClick={() => setAsked(token.id)}>
                    Revoke
                  </Button>
                }
              >
                <Confirm token={token} onYes={() => void revoke(token)} onNo={() => setAsked(null)} />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={ended().length > 0}>
        <details>
          <summary>{plural(ended().length, "revoked token")}</summary>
          <ul class="tokens">
            <For each={ended()}>
              {(token) => (
                <li>
                  <Token token={token} />
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
    </>
  );
}

function Token(props: { readonly token: ListedToken }): JSX.Element {
  return (
    <div>
      <bdi class="name">{props.token.device_id}</bdi>
      <span class="facts">
        <span>{inShort(props.token.scope)}</span>
        <span>
          made <Time at={props.token.created_at} />
        </span>
        <Show
          when={props.token.revoked_at}
          fallback={
            <Show when={props.token.last_used_at} fallback={<span>never used</span>}>
              <span>
                used <Time at={props.token.last_used_at} />
              </span>
            </Show>
          }
        >
          <span>
            revoked <Time at={props.token.revoked_at} />
          </span>
        </Show>
      </span>
    </div>
  );
}

type ConfirmProps = { readonly token: ListedToken; readonly onYes: () => void; readonly onNo: () => void };

function Confirm(props: ConfirmProps): JSX.Element {
  let first!: HTMLDivElement;
  // The button that was pressed is gone: the keyboard goes on with the question.
  onMount(() => first.querySelector("button")?.focus());
  return (
    <div class="confirm" ref={first} onKeyDown={(event) => event.key === "Escape" && props.onNo()}>
      <p>
        <bdi>{props.token.device_id}</bdi> is shut out at once. What it has sent stays.{" "}
        <Show when={props.token.scope === "full"}>
          If this is the server's own machine, its commands work again after the server's next start.
        </Show>
      </p>
      <Button look="danger" onClick={() => props.onYes()}>
        Revoke
      </Button>
      <Button onClick={() => props.onNo()}>Keep</Button>
    </div>
  );
}
