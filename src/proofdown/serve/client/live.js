// Put into every page of the preview: listens to what changed and shows it. It never sends a word
// over its socket, and nothing that it is told is read as markup.
import { Panel } from "./panel.js";

const asked = new URL(import.meta.url).searchParams;
const panel = new Panel();
const PAUSES = [100, 300, 1000, 2000];
const PATIENCE = 1000;
const LONGEST_FRAME = 50;
const SCROLL = "proofdown-preview-scroll";
let tries = 0;
let wasConnected = false;
let isLeaving = false;

performance.setResourceTimingBufferSize(5000);

function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is blocked: the browser's own memory of the scroll position has to do.
  }
}

function recall(key) {
  try {
    const value = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return value;
  } catch {
    return null;
  }
}

// Back to where the reader was, also where the browser would rather go to the fragment.
const before = recall(SCROLL);
if (before?.page === location.pathname) {
  const back = () => scrollTo({ left: before.x, top: before.y, behavior: "instant" });
  const isMoved = () => Math.abs(scrollY - before.y) > 1 || Math.abs(scrollX - before.x) > 1;
  back();
  addEventListener("load", () => isMoved() && back(), { once: true });
}

// A tab that nobody looks at waits until somebody does, or a hundred of them would keep the one that
// is looked at from being loaded.
async function reload() {
  if (document.visibilityState === "hidden") {
    document.addEventListener("visibilitychange", reload, { once: true });
    return;
  }
  if (isLeaving) return;
  isLeaving = true;
  await showText();
  remember(SCROLL, { page: location.pathname, x: scrollX, y: scrollY });
  location.reload();
}

// Shows the new text before the page is loaded anew with its scripts and styles, which takes a
// browser several times as long. A document that is requested as one runs none of its scripts.
function showText() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const show = () => {
      const [now, next] = [document, request.response].map((page) => page?.querySelectorAll("main") ?? []);
      if (request.status !== 200 || now.length !== 1 || next.length !== 1) return resolve();
      now[0].replaceChildren(...next[0].childNodes);
      setTimeout(resolve, LONGEST_FRAME);
      requestAnimationFrame(() => setTimeout(resolve));
    };
    request.open("GET", location.href);
    request.responseType = "document";
    request.timeout = PATIENCE;
    request.addEventListener("load", show);
    for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, resolve);
    request.send();
  });
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray percent sign in the author's HTML
  }
}

const pathOf = (url) => decoded(new URL(url, location.href).pathname);

// Puts changed stylesheets in the place of the old ones; the old one goes when the new one is there,
// so that nothing flickers. Returns the paths that were swapped.
function swapStyles(changed) {
  const swapped = new Set();
  for (const link of document.querySelectorAll('link[rel~="stylesheet"]')) {
    const path = pathOf(link.href);
    if (!changed.has(path)) continue;
    const next = link.cloneNode();
    const url = new URL(link.href);
    url.searchParams.set("v", `preview-${changed.get(path)}`);
    next.href = url.href;
    const settle = () => link.remove();
    next.addEventListener("load", settle, { once: true });
    next.addEventListener("error", settle, { once: true });
    link.after(next);
    swapped.add(path);
  }
  return swapped;
}

// What the page has loaded, stylesheets' own pictures and fonts included.
function isUsed(path) {
  return performance.getEntriesByType("resource").some((entry) => {
    const url = new URL(entry.name);
    return url.origin === location.origin && decoded(url.pathname) === path;
  });
}

function change({ files, base }) {
  const changed = new Map(Object.entries(files).map(([path, since]) => [decoded(base) + path, since]));
  const styles = new Set([...document.querySelectorAll('link[rel~="stylesheet"]')].map((l) => pathOf(l.href)));
  const others = [...changed.keys()].filter((path) => !styles.has(path));
  if (others.some(isUsed)) return reload();
  swapStyles(changed);
}

function connect() {
  const query = new URLSearchParams({
    token: asked.get("token"),
    seen: asked.get("seen"),
    page: location.pathname,
  });
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/_proofdown/live?${query}`);
  socket.addEventListener("open", () => {
    tries = 0;
    wasConnected = true;
    panel.connected(true);
  });
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.page) return reload();
    asked.set("seen", message.number);
    panel.show(message.problems, message.base);
    if (message.command === "reload") change(message);
  });
  socket.addEventListener("close", () => {
    if (isLeaving) return;
    panel.connected(!wasConnected);
    setTimeout(again, PAUSES[Math.min(tries++, PAUSES.length - 1)]);
  });
}

// A preview that was started anew has another token, which only a page of its own knows.
async function again() {
  try {
    await fetch(location.href, { method: "HEAD", cache: "no-store" });
  } catch {
    return setTimeout(again, PAUSES[Math.min(tries++, PAUSES.length - 1)]);
  }
  if (wasConnected && tries > 1) reload();
  else connect();
}

addEventListener("pagehide", () => (isLeaving = true));
connect();
