import { Navigate, Route, Router, type RouteSectionProps } from "@solidjs/router";
import {
  createEffect,
  createSignal,
  ErrorBoundary,
  For,
  onCleanup,
  onMount,
  Show,
  Suspense,
  untrack,
  type JSX,
} from "solid-js";
import { SignIn } from "./access/SignIn.tsx";
import { signedOut } from "./access/state.ts";
import { asFault } from "./api.ts";
import { HealthDot, OfflineLine, watchVersion } from "./frame/Health.tsx";
import { Help } from "./frame/Help.tsx";
import { Bar, Rail } from "./frame/Nav.tsx";
import { pageReady, usePage } from "./frame/page.ts";
import { PAGES, preloadPages } from "./frame/pages.ts";
import { isTyping, Search } from "./frame/Search.tsx";
import { Empty } from "./kit/Empty.tsx";
import { ErrorBox } from "./kit/ErrorBox.tsx";
import { Icon } from "./kit/Icon.tsx";
import { Toasts } from "./kit/Toast.tsx";

/** The whole app: the frame, and in it the page that the address names. */
export function App(): JSX.Element {
  return (
    <Router root={Frame}>
      <Route path="/" component={() => <Navigate href={`/timeline${location.search}`} />} />
      <For each={PAGES}>{(page) => <Route path={page.path} component={page.component} />}</For>
      <Route path="*" component={Missing} />
    </Router>
  );
}

function Frame(props: RouteSectionProps): JSX.Element {
  const [help, setHelp] = createSignal(false);
  const shortcut = (event: KeyboardEvent) => {
    if (event.key === "?" && !isTyping(event.target)) setHelp(true);
  };
  onMount(() => document.addEventListener("keydown", shortcut));
  createEffect(() => pageReady() && untrack(preloadPages));
  onCleanup(() => document.removeEventListener("keydown", shortcut));
  watchVersion();
  return (
    <Show when={!signedOut()} fallback={<Stranger />}>
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}
      >
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/timeline" aria-label="Longhouse">
          <Icon name="house" />
          <span>Longhouse</span>
        </a>
        <Search />
        <HealthDot />
      </header>
      <Rail onHelp={() => setHelp(true)} />
      <main id="main" tabindex="-1" data-ready={pageReady() ? "true" : undefined}>
        <OfflineLine />
        <ErrorBoundary fallback={(error: unknown, reset) => <Broken error={error} reset={reset} />}>
          <Suspense>{props.children}</Suspense>
        </ErrorBoundary>
      </main>
      <Bar />
      <Help open={help()} onClose={() => setHelp(false)} />
      <Toasts />
    </Show>
  );
}

function Stranger(): JSX.Element {
  return (
    <main id="main" class="bare" data-ready={pageReady() ? "true" : undefined}>
      <SignIn />
    </main>
  );
}

function Broken(props: { readonly error: unknown; readonly reset: () => void }): JSX.Element {
  usePage(
    () => "Error",
    () => true,
  );
  return (
    <div class="pad">
      <ErrorBox fault={asFault(props.error)} onRetry={() => props.reset()} />
    </div>
  );
}

function Missing(): JSX.Element {
  usePage(
    () => "Not found",
    () => true,
  );
  return (
    <Empty title="There is no such page" text="The address may be mistyped, or from another version.">
      <a class="button plain" href="/timeline">
        Go to the timeline
      </a>
    </Empty>
  );
}
