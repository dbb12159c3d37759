import { Navigate, Route, Router, useLocation, type RouteSectionProps } from "@solidjs/router";
import { createEffect, createSignal, ErrorBoundary, For, on, Show, Suspense, untrack, type JSX } from "solid-js";
import { SignIn } from "./access/SignIn.tsx";
import { signedOut } from "./access/state.ts";
import { asFault } from "./api/call.ts";
import { HealthDot, OfflineLine, watchVersion } from "./frame/Health.tsx";
import { Help } from "./frame/Help.tsx";
import { Bar, More, Rail } from "./frame/Nav.tsx";
import { Notices } from "./frame/Notices.tsx";
import { watchOfflineShell } from "./frame/offline.ts";
import { pageReady, usePage } from "./frame/page.ts";
import { PAGES, preloadPages, startPage } from "./frame/pages.ts";
import { Palette } from "./frame/Palette.tsx";
import { Search } from "./frame/Search.tsx";
import { sharedUrl } from "./frame/share.ts";
import { useShortcuts } from "./frame/shortcuts.ts";
import { watchWaiting } from "./frame/waiting.ts";
import { Empty } from "./kit/Empty.tsx";
import { ErrorBox } from "./kit/ErrorBox.tsx";
import { Icon } from "./kit/Icon.tsx";
import { Toasts } from "./kit/Toast.tsx";

/** The whole app: the frame, and in it the page that the address names. */
export function App(): JSX.Element {
  return (
    <Router root={Frame}>
      <Route path="/" component={() => <Navigate href={`/timeline${location.search}`} />} />
      <Route path="/share" component={() => <Navigate href={sharedUrl(location.search)} />} />
      <For each={PAGES}>{(page) => <Route path={page.path} component={page.component} />}</For>
      <Route path="*" component={Missing} />
    </Router>
  );
}

type Open = "help" | "palette" | "more";

function Frame(props: RouteSectionProps): JSX.Element {
  const [open, setOpen] = createSignal<Open | null>(null);
  const close = (which: Open) => void (open() === which && setOpen(null));
  const toggle = (which: Open) => setOpen(open() === which ? null : which);
  useShortcuts({ help: () => setOpen("help"), palette: () => toggle("palette") });
  startPage(location);
  createEffect(() => pageReady() && untrack(preloadPages));
  watchVersion();
  watchOfflineShell();
  watchWaiting();
  useLostFocus();
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
        <Notices />
        <HealthDot />
      </header>
      <Rail onHelp={() => setOpen("help")} />
      <main id="main" tabindex="-1" data-ready={pageReady() ? "true" : undefined}>
        <OfflineLine />
        <ErrorBoundary fallback={(error: unknown, reset) => <Broken error={error} reset={reset} />}>
          <Suspense>{props.children}</Suspense>
        </ErrorBoundary>
      </main>
      <Bar onMore={() => setOpen("more")} />
      <More
        open={open() === "more"}
        onClose={() => close("more")}
        onPalette={() => setOpen("palette")}
        onHelp={() => setOpen("help")}
      />
      <Palette open={open() === "palette"} onClose={() => close("palette")} onHelp={() => setOpen("help")} />
      <Help open={open() === "help"} onClose={() => close("help")} />
      <Toasts />
    </Show>
  );
}

/** The link that was followed may be gone with its page: the keyboard then goes on at the content, not at the top line. */
function useLostFocus(): void {
  const location = useLocation();
  createEffect(
    on(
      () => location.pathname,
      () =>
        requestAnimationFrame(() => {
          if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
        }),
      { defer: true },
    ),
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
