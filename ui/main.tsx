// First: it says the order of the layers, which the pages' own styles follow.
import "./style/tokens.css";
import { render } from "solid-js/web";
import { watchAccess } from "./access/state.ts";
import { App } from "./App.tsx";
import "./style/base.css";
import "./style/frame.css";
import "./style/overlays.css";
import "./style/palette.css";
import "./style/parts.css";
import "./style/menu.css";
import "./style/facts.css";
import "./style/timeline.css";
import "./style/filters.css";
import "./style/rows.css";
import "./style/acts.css";
import "./style/hits.css";
import "./style/facets.css";

// Pages put their own scroll back, at the moment their rows are there.
history.scrollRestoration = "manual";
watchAccess();
// What index.html shows until now: the same frame, empty.
document.getElementById("shell")?.remove();
render(() => <App />, document.body);
