/** The look that was chosen, before the first paint; and whether this browser was last asked to sign in (ui/access/state.ts). */
const { dataset } = document.documentElement;
const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") dataset["theme"] = theme;
if (localStorage.getItem("density") === "comfortable") dataset["density"] = "comfortable";
if (localStorage.getItem("rail") === "slim") dataset["rail"] = "slim";
if (localStorage.getItem("stranger") !== null) dataset["stranger"] = "";
