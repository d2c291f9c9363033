// Runs before the first paint, so that a chosen theme does not flash.
const chosenTheme = (() => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage is blocked
  }
})();
if (chosenTheme === "light" || chosenTheme === "dark") {
  document.documentElement.dataset.theme = chosenTheme;
}
