// The problems of the site, laid over the page. Its styles are its own, and the page's do not reach
// it. All text comes in as text.

const HIDDEN = "proofdown-preview-hidden";

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// Names between backticks are code, as in the terminal's own words.
function words(text) {
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
    // Unstyled, it would push itself into the page.
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

  // Shows what is wrong now, or nothing. What was folded away stays so until there is a new error.
  show(problems, base) {
    this.#host.dataset.state = "told";
    const text = counted(problems);
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
    if (left) this.#list.append(make("li", { className: "more", textContent: `${left} more, on the terminal` }));
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
    const place = make("span", { className: "place", textContent: problem.location });
    const level = make("span", { className: `level ${problem.severity}`, textContent: problem.severity });
    const code = make("code", { className: "rule", textContent: problem.code });
    const head = make("p", { className: "where" }, level, " ", place, " ", problem.code && code);
    const item = make("li", {}, head, make("p", { className: "message" }, ...words(problem.message)));
    if (problem.before || problem.marked || problem.after) item.append(this.#excerpt(problem));
    if (problem.help) item.append(make("p", { className: "help" }, "Help: ", ...words(problem.help)));
    for (const { message, location: at } of problem.notes) {
      const where = at ? ` (${at})` : "";
      item.append(make("p", { className: "help" }, "Note: ", ...words(message), where));
    }
    if (isHere) item.append(make("p", { className: "page", textContent: "On this page" }));
    else if (problem.address !== null) {
      const link = make("a", { href: base + problem.address, textContent: "Go to the page" });
      item.append(make("p", { className: "page" }, link));
    }
    return item;
  }

  #excerpt({ line, before, marked, after, severity }) {
    const number = make("span", { className: "line", textContent: line ? `${line} ` : "" });
    const mark = marked && make("mark", { className: severity, textContent: marked });
    const text = make("pre", { className: "excerpt", tabIndex: 0 }, number, before, mark, after);
    text.setAttribute("role", "group");
    text.setAttribute("aria-label", `Line ${line}`);
    return text;
  }

  // Light or dark as the page is: what its reader chose, else the system's.
  #followTheme() {
    const root = document.documentElement;
    const follow = () => (this.#host.dataset.theme = root.dataset.theme || "system");
    new MutationObserver(follow).observe(root, { attributeFilter: ["data-theme"] });
    follow();
  }
}
