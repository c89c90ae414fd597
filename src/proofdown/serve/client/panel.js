// A panel over the page that shows the site's problems. It lives in a shadow tree, so its styles and
// those of the page do not affect each other. All text is inserted as text, never as HTML.

const HIDDEN = "proofdown-preview-hidden";

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Splits a message at its backticks; every second part is code.
function inline(text) {
  return text.split("`").map((part, number) => (number % 2 ? make("code", { textContent: part }) : part));
}

function count(number, what) {
  return number ? `${number} ${what}${number === 1 ? "" : "s"}` : "";
}

function counted({ errors, warnings, notes }) {
  const parts = [count(errors, "error"), count(warnings, "warning"), count(notes, "note")];
  return parts.filter(Boolean).join(", ");
}

export class Panel {
  #host = make("proofdown-preview");
  #list = make("ol", { className: "problems" });
  #title = make("p", { className: "title" });
  #hide = make("button", { type: "button", className: "hide", textContent: "Hide" });
  #section = make("section", { className: "panel", id: "panel", hidden: true });
  #pill = make("button", { type: "button", className: "pill", hidden: true });
  #status = make("p", { className: "status" });
  #lost = make("p", { className: "lost", hidden: true, textContent: "The preview has ended" });
  #errors = "";

  constructor() {
    const style = make("link", { rel: "stylesheet", href: new URL("panel.css", import.meta.url).href });
    // Hidden until its styles have loaded, because without them it would shift the page's content.
    this.#host.style.display = "none";
    style.addEventListener("load", () => this.#host.style.removeProperty("display"));
    this.#section.setAttribute("aria-label", "Problems of the site");
    this.#list.tabIndex = 0;
    this.#list.setAttribute("aria-label", "Problems");
    this.#status.setAttribute("role", "status");
    this.#pill.setAttribute("aria-controls", "panel");
    this.#hide.addEventListener("click", () => this.#fold(true));
    this.#pill.addEventListener("click", () => {
      this.#fold(false);
      this.#hide.focus();
    });
    this.#section.append(make("div", { className: "head" }, this.#title, this.#hide), this.#list);
    const root = this.#host.attachShadow({ mode: "open" });
    const corner = make("div", { className: "corner" }, this.#lost, this.#pill);
    root.append(style, this.#section, corner, this.#status);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !this.#section.hidden) this.#fold(true);
    });
    this.#followTheme();
    document.body.append(this.#host);
  }

  // Shows the current problems. A panel that was hidden stays hidden until there is a new error.
  show(problems, base) {
    this.#host.dataset.state = "ready";
    const text = counted(problems);
    // Without lines and columns, which change with every edit above an error.
    const errors = JSON.stringify(
      problems.shown.filter((p) => p.severity === "error").map((p) => [p.code, p.message, p.location.split(":")[0]]),
    );
    this.#errors = errors;
    this.#title.textContent = text;
    this.#pill.textContent = text;
    this.#pill.className = `pill ${problems.errors ? "error" : "warning"}`;
    this.#pill.hidden = !text;
    if (text !== this.#status.textContent) this.#status.textContent = text;
    const here = ({ address }) => address !== null && base + address === location.pathname;
    const first = [...problems.shown.filter(here), ...problems.shown.filter((p) => !here(p))];
    this.#list.replaceChildren(...first.map((p) => this.#item(p, base, here(p))));
    const left = problems.errors + problems.warnings + problems.notes - problems.shown.length;
    if (left) this.#list.append(make("li", { className: "more", textContent: `${left} more in the terminal` }));
    this.#set(!problems.errors || this.#hidden() === errors);
  }

  connected(isConnected) {
    this.#host.dataset.state = isConnected ? "connected" : "lost";
    this.#lost.hidden = isConnected;
  }

  #hidden() {
    try {
      return sessionStorage.getItem(HIDDEN);
    } catch {
      return null;
    }
  }

  #fold(isFolded) {
    const hadFocus = this.#section.contains(this.#host.shadowRoot.activeElement);
    this.#set(isFolded);
    if (isFolded && hadFocus) this.#pill.focus();
    try {
      sessionStorage.setItem(HIDDEN, isFolded ? this.#errors : "");
    } catch {
      // Storage is blocked: the panel opens again with the next build.
    }
  }

  #set(isFolded) {
    this.#section.hidden = isFolded || this.#pill.hidden;
    this.#pill.setAttribute("aria-expanded", String(!this.#section.hidden));
  }

  #item(problem, base, isHere) {
    const source = make("span", { className: "location", textContent: problem.location });
    const level = make("span", { className: `level ${problem.severity}`, textContent: problem.severity });
    const code = make("code", { className: "rule", textContent: problem.code });
    const head = make("p", { className: "where" }, level, " ", source, " ", problem.code && code);
    const item = make("li", {}, head, make("p", { className: "message" }, ...inline(problem.message)));
    if (problem.before || problem.marked || problem.after) item.append(this.#snippet(problem));
    if (problem.help) item.append(make("p", { className: "help" }, "Help: ", ...inline(problem.help)));
    for (const { message, location: at } of problem.notes) {
      const where = at ? ` (${at})` : "";
      item.append(make("p", { className: "help" }, "Note: ", ...inline(message), where));
    }
    if (isHere) item.append(make("p", { className: "page", textContent: "On this page" }));
    else if (problem.address !== null) {
      const link = make("a", { href: base + problem.address, textContent: "Go to the page" });
      item.append(make("p", { className: "page" }, link));
    }
    return item;
  }

  #snippet({ line, before, marked, after, severity }) {
    const number = make("span", { className: "line", textContent: line ? `${line} ` : "" });
    const mark = marked && make("mark", { className: severity, textContent: marked });
    const text = make("pre", { className: "snippet", tabIndex: 0 }, number, before, mark, after);
    text.setAttribute("role", "group");
    text.setAttribute("aria-label", `Line ${line}`);
    return text;
  }

  // Uses the page's color scheme: the one that its reader chose, or the system's.
  #followTheme() {
    const root = document.documentElement;
    const follow = () => (this.#host.dataset.theme = root.dataset.theme || "system");
    new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });
    follow();
  }
}
