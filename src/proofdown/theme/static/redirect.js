// Redirect page: if the fragment is a listed anchor, go to its new location; else
// go to the new page with the same fragment. If there is no new page, show the list.
(() => {
  const { target } = document.querySelector("main").dataset;
  let anchor = location.hash.slice(1);
  try {
    anchor = decodeURIComponent(anchor);
  } catch {
    // Not a valid escape, so compare the raw fragment.
  }
  for (const link of anchor ? document.querySelectorAll("a[data-anchor]") : []) {
    // `replace` keeps this page out of the history, or the back button would return to it.
    if (link.dataset.anchor === anchor) return location.replace(link.href);
  }
  if (target !== undefined) location.replace(target.split("#")[1] ? target : target + location.hash);
})();
