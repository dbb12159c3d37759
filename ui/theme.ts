/** Runs before the first paint, as a file of its own since the page allows no inline script: a chosen look must not flash. */
const { dataset } = document.documentElement;
const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") dataset["theme"] = theme;
if (localStorage.getItem("density") === "comfortable") dataset["density"] = "comfortable";
if (localStorage.getItem("rail") === "slim") dataset["rail"] = "slim";
