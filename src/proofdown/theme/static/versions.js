// Menu of versions, from the `versions.json` that mike writes into the folder above this version, or
// from the site's own. Without such a file, there is no menu.
(() => {
  const words = /* words */ {};
  const place = document.querySelector("[data-versions]");
  const home = new URL(place.dataset.versions, location.href);
  const read = async (folder) => {
    const answer = await fetch(new URL("versions.json", folder));
    const found = answer.ok ? await answer.json() : [];
    return Array.isArray(found) ? found.filter((one) => typeof one?.version === "string") : [];
  };
  const offer = (versions, top) => {
    const parts = home.pathname.split("/");
    const own = decodeURIComponent(parts[parts.length - 2] ?? "");
    // This page may be read below an alias such as `latest`.
    const is = (one) => one.version === own || (Array.isArray(one.aliases) && one.aliases.includes(own));
    const select = document.createElement("select");
    select.setAttribute("aria-label", words.versions);
    for (const one of versions.filter((one) => is(one) || !one.properties?.hidden)) {
      const option = new Option(String(one.title ?? one.version), one.version, is(one), is(one));
      select.append(option);
    }
    if (!versions.some(is)) select.prepend(new Option(words.versions, "", true, true));
    select.addEventListener("change", async () => {
      const version = versions.find((one) => one.version === select.value);
      if (!version) return;
      // Go to the same page of that version if it exists, or else to the home page.
      const start = new URL(`${encodeURIComponent(version.version)}/`, top);
      const same = new URL(location.href.slice(home.href.length).split("#")[0], start);
      const answer = await fetch(same, { method: "HEAD" }).catch(() => ({ ok: false }));
      location.assign(answer.ok ? same : start);
    });
    place.append(select);
  };
  (async () => {
    for (const folder of [new URL("..", home), home]) {
      const versions = await read(folder).catch(() => []);
      if (versions.length) return offer(versions, folder);
    }
  })();
})();
