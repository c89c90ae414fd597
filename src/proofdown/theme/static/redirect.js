// A moved page: a fragment whose new place is known goes there; anything else
// goes to the new page, with its fragment. With neither, the list stays.
(() => {
  const { target } = document.querySelector("main").dataset;
  let anchor = location.hash.slice(1);
  try {
    anchor = decodeURIComponent(anchor);
  } catch {
    // Not a valid escape: compared as it stands.
  }
  for (const link of anchor ? document.querySelectorAll("a[data-anchor]") : []) {
    if (link.dataset.anchor === anchor) return location.replace(link.href);
  }
  if (target !== undefined) location.replace(target.split("#")[1] ? target : target + location.hash);
})();
