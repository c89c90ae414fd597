// Runs in every page of the preview: receives changes over a websocket and shows them. It sends no
// messages, and inserts nothing that it receives as HTML.
import { Panel } from "./panel.js";

const parameters = new URL(import.meta.url).searchParams;
const panel = new Panel();
const PAUSES = [100, 300, 1000, 2000]; // milliseconds between attempts to reconnect
const PATIENCE = 1000;
const LONGEST_FRAME = 50;
const SCROLL = "proofdown-preview-scroll";
let tries = 0;
let wasConnected = false;
let isLeaving = false;

// The default of 250 entries is too few for `isUsed` on a page with many images.
performance.setResourceTimingBufferSize(5000);

function remember(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is blocked: rely on the browser's own scroll restoration.
  }
}

function take(key) {
  try {
    const value = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return value;
  } catch {
    return null;
  }
}

// Restores the scroll position, even if the URL has a fragment that the browser scrolls to instead.
const before = take(SCROLL);
if (before?.page === location.pathname) {
  const back = () => scrollTo({ left: before.x, top: before.y, behavior: "instant" });
  const isMoved = () => Math.abs(scrollY - before.y) > 1 || Math.abs(scrollX - before.x) > 1;
  back();
  addEventListener("load", () => isMoved() && back(), { once: true });
}

// A hidden tab reloads only when it becomes visible: with a hundred open tabs, the visible one would
// have to wait for the others.
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

// Shows the new text before the page is reloaded with its scripts and styles, which takes a browser
// several times as long. With `responseType = "document"` no script of the new page runs.
function showText() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const show = () => {
      const [now, next] = [document, request.response].map((page) => page?.querySelectorAll("main") ?? []);
      if (request.status !== 200 || now.length !== 1 || next.length !== 1) return resolve();
      now[0].replaceChildren(...next[0].childNodes);
      // Resolves after the next paint. Browsers pause animation frames of covered windows.
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

// Replaces changed style sheets. The old one is removed once the new one has loaded, because without
// any the page would flicker.
function swapStyles(changed) {
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
  }
}

// Returns whether the page has loaded a file, perhaps through a style sheet.
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
    token: parameters.get("token"),
    seen: parameters.get("seen"),
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
    parameters.set("seen", message.number);
    panel.show(message.problems, message.base);
    if (message.command === "reload") change(message);
  });
  socket.addEventListener("close", () => {
    if (isLeaving) return;
    panel.connected(!wasConnected);
    setTimeout(reconnect, PAUSES[Math.min(tries++, PAUSES.length - 1)]);
  });
}

// Reloads the page if the preview was restarted, because only new pages have the new run's token.
async function reconnect() {
  try {
    await fetch(location.href, { method: "HEAD", cache: "no-store" });
  } catch {
    return setTimeout(reconnect, PAUSES[Math.min(tries++, PAUSES.length - 1)]);
  }
  if (wasConnected && tries > 1) reload();
  else connect();
}

addEventListener("pagehide", () => (isLeaving = true));
connect();
