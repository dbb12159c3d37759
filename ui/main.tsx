// First: it says the order of the layers, which the pages' own styles follow.
import "./style/tokens.css";
import { render } from "solid-js/web";
import { watchAccess } from "./access/state.ts";
import { App } from "./App.tsx";
import "./style/base.css";
import "./style/frame.css";
import "./style/palette.css";
import "./style/parts.css";
import "./style/timeline.css";

// Pages put their own scroll back, at the moment their rows are there.
history.scrollRestoration = "manual";
watchAccess();
render(() => <App />, document.body);
