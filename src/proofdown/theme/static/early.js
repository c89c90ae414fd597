// Runs before the first paint: the reader's own theme, if one was chosen, and
// a class that shows what only works with scripts.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("proofdown-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is blocked: the system's theme is used.
  }
})();
