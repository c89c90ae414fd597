// Runs before the first paint, so that nothing flickers: sets the theme that the
// reader chose, and the class `js`, which styles what works only with scripts.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("proofdown-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is blocked, so use the system's theme.
  }
})();
