// Search, loaded on first use. Results are ranked exactly as in `proofdown/site/search/ranking.py`, in
// whole numbers. Content of pages is inserted as text, never as HTML.
(() => {
  const words = /* words */ {};
  const own = new URL(document.currentScript.src);
  const home = new URL("..", own);
  const folder = new URL("search/", home);
  const policy = window.trustedTypes?.createPolicy("proofdown-search", {
    createScriptURL: (name) => {
      const url = new URL(name, folder);
      if (url.href.startsWith(folder.href)) return url.href;
      throw new TypeError(`not a part of the index: ${name}`);
    },
  });

  // The index, loaded file by file. A section's key is page × PAGE + section.

  const ASCII = /^[\0-\x7f]*$/;
  const KEY = 3, PAGE = 65536, FEW_PARTS = 4, REST = 120;
  let about;
  const received = new Map();
  const asked = new Map();
  const terms = new Map(); // first characters → term → section → weight
  const cards = new Map(); // section → address, title, anchor, heading, text

  const fetchScript = (name) => {
    if (!asked.has(name)) {
      asked.set(
        name,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          // `index.js?…` registers itself as `index.js`.
          script.onload = () => resolve(received.get(name.split("?")[0]));
          script.onerror = () => {
            asked.delete(name); // so that the next use tries again
            reject(new Error(name));
          };
          script.src = policy ? policy.createScriptURL(name) : new URL(name, folder).href;
          document.head.append(script);
        }),
      );
    }
    return asked.get(name);
  };
  const readIndex = async (fresh) => {
    if (fresh) for (const known of [received, asked, terms, cards]) known.clear();
    about = await fetchScript(fresh ? `index.js?${fresh}` : "index.js");
  };
  const readWords = async (name) => {
    const text = await fetchScript(name);
    if (!text || !received.get(name)) return; // parsed before, or meanwhile for another word
    for (const line of text.split("\n")) {
      const [page, ...found] = line.split(" ");
      const key = start(found[0].split("=")[0], KEY); // the same for all terms of a line
      if (!terms.has(key)) terms.set(key, new Map());
      const ofKey = terms.get(key);
      for (const item of found) {
        const cut = item.indexOf("=");
        const term = item.slice(0, cut);
        if (!ofKey.has(term)) ofKey.set(term, new Map());
        const postings = ofKey.get(term);
        for (const place of item.slice(cut + 1).split(",")) {
          const [section, weight] = place.split(":");
          postings.set(page * PAGE + +section, +weight);
        }
      }
    }
    // The text is parsed, so free its memory.
    received.set(name, "");
    asked.set(name, Promise.resolve(""));
  };
  const placeOf = ({ page, section }) => page * PAGE + section;
  const readCard = async (hit) => {
    if (cards.has(placeOf(hit))) return;
    const [page, first, name] = about.texts.findLast(([page, section]) => page * PAGE + section <= placeOf(hit));
    const found = await fetchScript(name);
    if (cards.has(placeOf(hit))) return; // meanwhile read for another hit
    found.forEach(([address, title, sections], piece) => {
      const start = (page + piece) * PAGE + (piece ? 0 : first); // only the first page of a file may start in the middle
      sections.forEach((section, number) => cards.set(start + number, [address, title, ...section]));
    });
  };
  const readCards = (pages) => Promise.all(pages.flat().map(readCard));
  const start = (text, length) => (ASCII.test(text) ? text.slice(0, length) : [...text].slice(0, length).join(""));
  const namesFrom = (parts, key, isAlone) => {
    const last = parts.findLastIndex(([first]) => first <= key);
    return parts
      .filter(([first], i) => i === last || (!isAlone && first > key && first.startsWith(key)))
      .map(([, name]) => name);
  };
  const partsFrom = (key, isAlone) => {
    const isLetter = [...key].length === 1;
    const letters = isLetter ? namesFrom(about.letters, key, true) : [];
    return isLetter && isAlone ? letters : letters.concat(namesFrom(about.words, key, isAlone));
  };
  const termsFrom = async (text, isAlone = false) => {
    const key = start(text, KEY);
    await Promise.all(partsFrom(key, isAlone).map(readWords));
    return [...terms].flatMap(([first, found]) => (isAlone ? first === key : first.startsWith(key)) ? [...found] : []);
  };

  // Words of a text, by the same rules as `proofdown/site/search/terms.py`.

  const TOKEN = /(?:(?<![\p{L}\p{N}])--?)?[\p{L}\p{N}]+(?:[-_.:/@+#'’]{1,3}[\p{L}\p{N}]+)*/gu;
  const WORD = /[\p{L}\p{N}]+/gu;
  const UNSPACED = /([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)/;
  const fold = (text) => {
    const plain = ASCII.test(text) ? text : text.normalize("NFKD").replace(/\p{M}+/gu, "");
    return plain.toLowerCase().replace(/['’]s(?![\p{L}\p{N}])/gu, "");
  };
  const pairs = (run) => (run.length > 1 ? [...run].slice(1).map((_, i) => run.slice(i, i + 2)) : [run]);
  const partsOf = (token) =>
    (token.match(WORD) ?? []).flatMap((word) =>
      word.split(UNSPACED).flatMap((run, i) => (i % 2 ? pairs(run) : run ? [run] : [])),
    );
  const stem = (word) => {
    for (const step of about.endings) {
      const found = step.find(([ending, , least]) => word.endsWith(ending) && word.length - ending.length >= least);
      if (found) word = word.slice(0, word.length - found[0].length) + found[1];
    }
    return word.length > 3 && word.at(-1) === word.at(-2) ? word.slice(0, -1) : word;
  };
  const slipsToPrefix = (word, term, most) => {
    let before = [];
    let row = Array.from({ length: term.length + 1 }, (_, j) => j);
    for (let i = 1; i <= word.length; i++) {
      const above = row;
      row = [i];
      for (let j = 1; j <= term.length; j++) {
        let cost = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (word[i - 1] === term[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && word[i - 1] === term[j - 2] && word[i - 2] === term[j - 1]) {
          cost = Math.min(cost, before[j - 2] + 1);
        }
        row.push(cost);
      }
      if (Math.min(...row) > most) return most + 1;
      before = above;
    }
    return Math.min(...row);
  };

  // Ranking, by the same rules as `proofdown/site/search/ranking.py`.

  const EXACT = 16, SAME_STEM = 13, BEGINS = 10, BEGINS_WITH_STEM = 8, SLIP = 6, LONGEST_QUERY = 12, FAINTEST = 12, SLIPS = 4;

  const add = (group, term, postings, factor) => {
    group.terms.add(term);
    for (const [place, weight] of postings) {
      group.places.set(place, Math.max(group.places.get(place) ?? 0, factor * weight));
    }
  };
  const newGroup = () => ({ places: new Map(), terms: new Set() });
  const direct = async (word, isLast) => {
    const group = newGroup();
    const isEnglish = about.endings.length > 0;
    const ownStem = isEnglish ? stem(word) : word;
    const mayGoOn = word.length >= 4 || (isLast && (word.length >= 2 || !ASCII.test(word)));
    // A word of up to two letters that is not a prefix matches only the term itself.
    for (const [term, postings] of await termsFrom(word, !mayGoOn && word.length < KEY)) {
      let factor = 0;
      if (term === word) factor = EXACT;
      else if (isEnglish && stem(term) === ownStem) factor = SAME_STEM;
      else if (mayGoOn && term.startsWith(word)) {
        factor = Math.max(5, BEGINS - Math.floor((term.length - word.length) / 2));
      } else if (ownStem.length >= 4 && term.startsWith(ownStem)) factor = BEGINS_WITH_STEM;
      if (factor) add(group, term, postings, factor);
    }
    return group;
  };
  const slipped = async (word) => {
    const most = word.length >= 8 ? 2 : word.length >= SLIPS ? 1 : 0;
    const group = newGroup();
    if (!most) return group;
    const near = [];
    const lists = await Promise.all(namesFrom(about.terms, word[0]).map(fetchScript));
    for (const term of lists.flatMap((list) => list.split(" "))) {
      if (term[0] !== word[0] || term.length < word.length - most) continue;
      const slips = slipsToPrefix(word, term, most);
      if (slips <= most) near.push([term, Math.floor(SLIP / slips)]);
    }
    // Load the postings of the few near terms only.
    const parts = near.flatMap(([term]) => partsFrom(start(term, KEY), true));
    await Promise.all([...new Set(parts)].map(readWords));
    for (const [term, factor] of near) add(group, term, terms.get(start(term, KEY)).get(term), factor);
    return group;
  };
  const groupsOf = async (query) => {
    const tokens = (fold(query).match(TOKEN) ?? []).slice(0, LONGEST_QUERY);
    const found = [];
    for (const [number, token] of tokens.entries()) {
      const isLast = number === tokens.length - 1;
      const parts = partsOf(token);
      if (parts.length !== 1 || parts[0] !== token) {
        const whole = await direct(token, isLast);
        if (whole.places.size) {
          found.push(whole);
          continue;
        }
      }
      for (const [place, word] of parts.entries()) {
        const group = await direct(word, isLast && place === parts.length - 1);
        found.push(group.places.size ? group : await slipped(word));
      }
    }
    return found.filter((group) => group.places.size);
  };
  const rank = async (query) => {
    const groups = await groupsOf(query);
    const scores = new Map();
    const covered = new Map();
    const sections = Math.min(about.sections, 65535);
    let whole = 0;
    for (const { places } of groups) {
      // `int.bit_length` in Python.
      const rarity = 32 - Math.clz32(Math.floor(sections ** 2 / places.size ** 2));
      whole += rarity;
      for (const [place, worth] of places) {
        scores.set(place, (scores.get(place) ?? 0) + worth * rarity);
        covered.set(place, (covered.get(place) ?? 0) + rarity);
      }
    }
    const hits = [...scores].map(([place, score]) => {
      const section = place % PAGE;
      return { page: (place - section) / PAGE, section, score: Math.floor((score * covered.get(place) ** 2) / whole ** 2) };
    });
    hits.sort((a, b) => b.score - a.score || a.page - b.page || a.section - b.section);
    const found = hits.filter((hit) => hit.score * FAINTEST >= hits[0].score);
    const worth = new Map();
    const seen = new Map();
    for (const { page, score } of found) {
      const before = seen.get(page) ?? 0;
      if (before < 3) worth.set(page, (worth.get(page) ?? 0) + (before ? Math.floor(score / 4) : score));
      seen.set(page, before + 1);
    }
    found.sort(
      (a, b) => worth.get(b.page) - worth.get(a.page) || a.page - b.page || b.score - a.score || a.section - b.section,
    );
    return { hits: found, marked: new Set(groups.flatMap((group) => [...group.terms])) };
  };

  // Snippets: the part of a section with the most words of the query, which are marked.

  const SHOWN = 170;
  const rangesOf = (text, marked) => {
    const found = [];
    const look = (at, piece, rest) => {
      if (marked.has(fold(piece))) found.push([at, at + piece.length, fold(piece)]);
      else rest?.();
    };
    for (const token of text.matchAll(/-{0,2}[\p{L}\p{N}\p{M}]+(?:[-_.:/@+#'’]{1,3}[\p{L}\p{N}\p{M}]+)*/gu)) {
      look(token.index, token[0], () => {
        for (const word of token[0].matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
          const at = token.index + word.index;
          look(at, word[0], () => {
            if (!UNSPACED.test(word[0])) return;
            for (let i = 0; i + 2 <= word[0].length; i++) look(at + i, word[0].slice(i, i + 2));
          });
        }
      });
    }
    return found;
  };
  const stretchOf = (text, ranges) => {
    let best = [0, 0];
    ranges.forEach(([from], i) => {
      const near = ranges.slice(i, i + 20).filter(([, to]) => to <= from + SHOWN);
      const worth = new Set(near.map(([, , term]) => term)).size;
      if (worth > best[1]) best = [from, worth];
    });
    let from = Math.max(0, best[0] - 30);
    if (from) from = text.indexOf(" ", from - 1) + 1 || from;
    let to = Math.min(text.length, from + SHOWN);
    if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from + SHOWN / 2);
    return [from, to];
  };
  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const withMarks = (text, ranges, from = 0, to = text.length) => {
    const pieces = [];
    let at = from;
    for (const [start, end] of ranges) {
      if (start < at || end > to) continue;
      pieces.push(text.slice(at, start), element("mark", {}, text.slice(start, end)));
      at = end;
    }
    pieces.push(text.slice(at, to));
    return pieces;
  };
  const snippet = (text, marked) => {
    const ranges = rangesOf(text, marked);
    const [from, to] = stretchOf(text, ranges);
    const pieces = withMarks(text, ranges, from, to);
    return [from ? "… " : "", ...pieces, to < text.length ? " …" : ""];
  };

  // Browsers compile regular expressions on first use, so use them before the first letter is typed.
  const warmUp = () => {
    for (let times = 0; times < 3; times++) snippet("a-b é's 一二", new Set([pairs("ab")[0], stem("ab")]));
  };

  // The dialog.

  const PAGES = 6;
  const SECTIONS = 3;
  const input = element("input", {
    type: "text", inputmode: "search", role: "combobox", "aria-expanded": "false", "aria-controls": "search-results",
    "aria-autocomplete": "list", "aria-label": words.search_site, placeholder: words.search_hint,
    autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "go", maxlength: "200",
  });
  const list = element("div", { id: "search-results", role: "listbox", "aria-label": words.search_results });
  const note = element("p", { class: "search-note", role: "status" });
  const more = element("button", { type: "button", class: "search-more", hidden: "" }, words.search_more);
  const close = element("button", { type: "button", class: "search-close" }, words.close);
  const head = element("div", { class: "search-head" }, input, close);
  const box = element("dialog", { class: "search", "aria-label": words.search }, head, note, list, more);
  let options = [];
  let chosen = -1;
  let run = 0;
  let shown = PAGES;

  const choose = (number) => {
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = options.length ? (number + options.length) % options.length : -1;
    const option = options[chosen];
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
  };
  const optionFor = (hit, marked, number) => {
    const [address, title, anchor, heading, text] = cards.get(placeOf(hit));
    const href = new URL(encodeURI(address) + (anchor ? `#${encodeURIComponent(anchor)}` : ""), home);
    // For the address of a folder, browsers list the files in it, because no server adds `index.html`.
    if (home.protocol === "file:" && (!address || address.endsWith("/"))) href.pathname += "index.html";
    const name = hit.section ? heading : title;
    const strong = element("strong", {}, ...withMarks(name, rangesOf(name, marked)));
    const words = element("span", {}, ...snippet(text, marked));
    const option = element("a", { id: `search-${number}`, role: "option", "aria-selected": "false", tabindex: "-1" }, strong, words);
    option.href = href.href;
    if (hit.section) option.className = "search-part";
    return option;
  };
  const show = (pages, marked, choice) => {
    options = [];
    const groups = pages.map((hits, place) => {
      const [, title] = cards.get(placeOf(hits[0]));
      const label = element("div", { class: "search-page", id: `search-page-${place}` }, title);
      const found = hits.map((hit, i) => optionFor(hit, marked, options.length + i));
      options.push(...found);
      if (!hits[0].section) label.classList.add("visually-hidden");
      return element("div", { role: "group", "aria-labelledby": label.id }, label, ...found);
    });
    if (!choice) list.scrollTop = 0;
    list.replaceChildren(...groups);
    input.setAttribute("aria-expanded", String(options.length > 0));
    choose(choice);
  };
  const count = (text, number) => text.replace("{count}", number);
  const clear = (text) => {
    show([], new Set(), 0);
    note.textContent = text;
    more.hidden = true;
  };
  // While the reader types, fetch what the next letters may need, if that is only a few files.
  const few = (parts) => (parts.length <= FEW_PARTS ? parts : []);
  const fetchAhead = (names) =>
    names.forEach((name) => (name.startsWith("w") ? readWords : fetchScript)(name).catch(() => {}));
  const ahead = (query) => {
    const text = fold(query);
    const word = text.match(WORD)?.at(-1) ?? "";
    const dashes = text.match(/(?<!\S)--?[^\s-]*$/) ? ["-"] : []; // the reader has begun an option
    const parts = [...dashes, ...word.slice(0, 1)].flatMap((letter) => few(partsFrom(letter)));
    if (word.length + 1 >= SLIPS) parts.push(...few(namesFrom(about.terms, word[0])));
    fetchAhead(parts);
  };
  const look = async (mine) => {
    const query = input.value.trim();
    if (!about) await readIndex();
    if (!query) {
      fetchAhead(few(about.letters.map(([, name]) => name)));
      setTimeout(warmUp);
      return mine === run && clear("");
    }
    const { hits, marked } = await rank(query);
    const byPage = new Map();
    for (const hit of hits) {
      if (!byPage.has(hit.page)) byPage.set(hit.page, []);
      byPage.get(hit.page).push(hit);
    }
    const pages = [...byPage.values()];
    if (mine !== run) return;
    if (!pages.length) {
      ahead(query);
      return clear(words.search_nothing.replace("{query}", query));
    }
    const first = pages.slice(0, shown).map((hits) => hits.slice(0, SECTIONS));
    // Show the best page as soon as it is loaded, and load the others when the reader stops typing.
    await readCards(first.slice(0, 1));
    if (mine !== run) return;
    const lacking = first.findIndex((hits) => !hits.every((hit) => cards.has(placeOf(hit))));
    show(lacking < 0 ? first : first.slice(0, lacking), marked, 0);
    note.textContent = pages.length === 1 ? words.search_one : count(words.search_many, pages.length);
    more.hidden = pages.length <= shown;
    ahead(query);
    if (lacking < 0) return;
    await new Promise((resolve) => setTimeout(resolve, REST));
    if (mine !== run) return;
    await readCards(first);
    if (mine === run) show(first, marked, chosen);
  };
  const search = async () => {
    const mine = ++run;
    try {
      await look(mine);
    } catch {
      // The site may have been published again since the index was read, so read it again, once.
      try {
        await readIndex(Date.now());
        await look(mine);
      } catch {
        if (mine === run) clear(words.search_failed);
      }
    }
  };
  input.addEventListener("input", () => {
    shown = PAGES;
    search();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter confirms what an input method composed
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      choose(chosen + step);
      options[chosen]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") options[chosen]?.click();
    else return;
    event.preventDefault();
  });
  more.addEventListener("click", () => {
    shown += PAGES;
    search();
    input.focus();
  });
  close.addEventListener("click", () => box.close());
  box.addEventListener("click", (event) => {
    if (event.target === box || event.target.closest("a")) box.close();
  });

  const style = element("link", { rel: "stylesheet", href: document.querySelector("[data-search-style]").dataset.searchStyle });
  const styled = new Promise((resolve) => (style.onload = style.onerror = resolve));
  document.head.append(style);
  document.body.append(box);
  const open = async () => {
    await styled;
    if (!box.open) box.showModal();
    input.focus();
    input.select();
    search();
  };

  window.proofdownSearch = {
    index: (value) => received.set("index.js", value),
    part: (name, value) => received.set(name, value),
    rank: async (query) => {
      if (!about) await readIndex();
      return (await rank(query)).hits;
    },
    open,
  };
})();
