/** Runs before the first paint, as a file of its own since the page allows no inline script: a chosen theme must not flash. */
const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
