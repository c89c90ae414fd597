// All of this is optional: without scripts, the page can still be read, folded,
// scrolled and navigated. No HTML is parsed from strings (Trusted Types).
(() => {
  const words = /* words */ {};
  const own = document.currentScript.src;
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  const status = document.createElement("div");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);

  const recall = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const remember = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch {
      // Storage is blocked, so the choice lasts until the reader leaves the page.
    }
  };

  // Theme: the button cycles through system, light and dark.
  const themes = ["system", "light", "dark"];
  const themeSwitch = one("[data-theme-switch]");
  if (themeSwitch) {
    const name = () => {
      const names = { system: words.theme_system, light: words.theme_light, dark: words.theme_dark };
      const label = `${words.theme}: ${names[root.dataset.theme || "system"]}`;
      themeSwitch.setAttribute("aria-label", label);
      themeSwitch.title = label;
      return label;
    };
    name();
    themeSwitch.addEventListener("click", () => {
      const next = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % 3];
      if (next === "system") delete root.dataset.theme;
      else root.dataset.theme = next;
      remember("proofdown-theme", next === "system" ? "" : next);
      status.textContent = name();
    });
  }

  // Search: its script, its style and the index are loaded on first use.
  const searchButton = one("[data-search]");
  if (searchButton) {
    const policy = window.trustedTypes?.createPolicy("proofdown", {
      createScriptURL: (name) => {
        const url = new URL(name, document.baseURI).href;
        if (url.startsWith(new URL("search.js", own).href)) return url;
        throw new TypeError(`not the search script: ${name}`);
      },
    });
    let asked;
    const load = () => {
      asked ??= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.onload = resolve;
        script.onerror = () => {
          asked = undefined; // so that the next use tries again
          reject(new Error("search.js"));
        };
        const { search } = searchButton.dataset;
        script.src = policy ? policy.createScriptURL(search) : search;
        document.head.append(script);
      });
      return asked;
    };
    const open = () => load().then(() => window.proofdownSearch.open(), () => (status.textContent = words.search_failed));
    searchButton.addEventListener("pointerenter", () => load().catch(() => {}), { once: true });
    searchButton.addEventListener("click", open);
    addEventListener("keydown", (event) => {
      const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping;
      // Chrome's autofill dispatches `keydown` events without a `key`.
      const isK = event.key?.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
      if (!isSlash && !isK) return;
      event.preventDefault();
      open();
    });
  }

  // Menu: scroll to the current page at load and when the drawer opens.
  const menu = one("#page-menu");
  if (menu) {
    const current = menu.querySelector("[aria-current]");
    const reveal = () => {
      if (!current) return;
      const box = menu.getBoundingClientRect();
      const at = current.getBoundingClientRect();
      if (at.top < box.top + 48 || at.bottom > box.bottom - 48) {
        menu.scrollTop += at.top - box.top - box.height / 3;
      }
    };
    reveal();
    menu.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      menu.querySelector(".menu-close")?.focus({ preventScroll: true });
      reveal();
    });
  }

  // Table of contents: mark the section being read, and show its title in the bar.
  const toc = one(".toc");
  if (toc) {
    const summary = toc.querySelector("summary");
    const here = toc.querySelector("[data-toc-here]");
    const wide = matchMedia("(min-width: 72em)");
    // Beside the text, the list is always open, so its summary is nothing to focus.
    const fold = () => {
      toc.open = wide.matches;
      summary.tabIndex = wide.matches ? -1 : 0;
    };
    fold();
    wide.addEventListener("change", fold);
    // While the list covers the text, keep the pointer and the Tab key out of the text.
    const under = all(".text > :not(h1, :has(h1)), .breadcrumbs, .page-foot");
    const cover = () => {
      for (const part of under) part.inert = toc.open && !wide.matches;
    };
    const shut = () => {
      if (!wide.matches) toc.open = false;
      cover();
    };
    toc.addEventListener("toggle", cover);
    document.addEventListener("click", (event) => {
      if (toc.open && (!toc.contains(event.target) || event.target.closest(".toc a"))) shut();
    });
    toc.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || wide.matches) return;
      shut();
      summary.focus();
    });

    const sections = all("a", toc).flatMap((link) => {
      const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      return heading ? [{ link, heading }] : [];
    });
    let marked;
    let waiting = false;
    const mark = () => {
      waiting = false;
      // The last sections may be too short to scroll up to the line.
      const atEnd = innerHeight + scrollY >= root.scrollHeight - 2 && scrollY > 0;
      const line = atEnd ? innerHeight : 160;
      const read = sections.findLast(({ heading }) => heading.getBoundingClientRect().top < line);
      if (read === marked) return;
      marked?.link.removeAttribute("aria-current");
      marked = read;
      here.textContent = read ? read.link.textContent : "";
      if (!read) return;
      read.link.setAttribute("aria-current", "true");
      const box = toc.parentElement;
      const { offsetTop, offsetHeight } = read.link;
      if (wide.matches && box.scrollHeight > box.clientHeight) {
        if (offsetTop < box.scrollTop + 40 || offsetTop + offsetHeight > box.scrollTop + box.clientHeight - 40) {
          box.scrollTop = offsetTop - box.clientHeight / 3;
        }
      }
    };
    const soon = () => {
      if (!waiting) waiting = requestAnimationFrame(mark);
    };
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    mark();
  }

  // Copy: only what the reader has to type, without prompts and output.
  const typed = (code) => {
    const copy = code.cloneNode(true);
    const prompts = all(".gp", copy);
    if (!prompts.length) return copy.textContent.trimEnd();
    for (const token of [...prompts, ...all(".go, .gt", copy)]) token.remove();
    return copy.textContent.replace(/\n\s*(?=\n)/g, "").trim();
  };
  const write = async (text) => {
    // Browsers have no `navigator.clipboard` on pages served over plain HTTP.
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "visually-hidden";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    if (!done) throw new Error("not copied");
  };
  // `fetch` cannot read `file:` URLs.
  const markdown = one("[data-markdown]");
  if (markdown && location.protocol !== "file:") {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.copy_markdown;
    button.addEventListener("click", async () => {
      let said = words.copied;
      try {
        const answer = await fetch(markdown.href);
        if (!answer.ok) throw new Error(String(answer.status));
        await write(await answer.text());
      } catch {
        said = words.not_copied;
      }
      button.textContent = status.textContent = said;
      setTimeout(() => (button.textContent = words.copy_markdown), 2000);
    });
    markdown.after(button);
  }
  for (const block of all(".highlight")) {
    const code = block.querySelector("pre > code");
    if (!code) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    block.dataset.language ??= /(?:^| )language-(\S+)/.exec(block.className)?.[1] ?? "";
    const title = block.querySelector(".filename")?.textContent;
    button.setAttribute("aria-label", title ? words.copy_named.replace("{title}", title) : words.copy);
    button.title = words.copy;
    let timer;
    button.addEventListener("click", async () => {
      let said = words.copied;
      try {
        await write(typed(code));
        button.classList.add("done");
      } catch {
        said = words.not_copied;
      }
      // Screen readers announce a status only if its text changes.
      status.textContent = "";
      requestAnimationFrame(() => (status.textContent = said));
      button.title = said;
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.classList.remove("done");
        button.title = words.copy;
      }, 2000);
    });
    block.append(button);
  }

  // Tabs: choosing a tab chooses the one of the same name in all sets, on every page.
  const nameOf = (input) => one(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim();
  const inputs = all(".tabbed-set > input");
  const choose = (name, except) => {
    for (const input of inputs) {
      if (input.parentElement !== except && nameOf(input) === name) input.checked = true;
    }
  };
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const before = input.parentElement.getBoundingClientRect().top;
      choose(nameOf(input), input.parentElement);
      // Sets above may change their height: keep the clicked tab at its position.
      scrollBy({ top: input.parentElement.getBoundingClientRect().top - before, behavior: "instant" });
      remember("proofdown-tab", nameOf(input));
    });
  }
  const tab = inputs.length && recall("proofdown-tab");
  if (tab) choose(tab);

  // Only boxes that scroll sideways are stops of the Tab key.
  const scrollers = all("pre[tabindex], .table, .drawing-scroll");
  if (scrollers.length) {
    const observer = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
        // Without its `tabindex`, a focused box would lose the focus.
        else if (target !== document.activeElement) target.removeAttribute("tabindex");
      }
    });
    for (const scroller of scrollers) observer.observe(scroller);
  }
})();
