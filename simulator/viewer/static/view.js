// Two conveniences; without them every page works. Keys go where the page's own links go, and the page of a run that
// goes on is asked for again when there is more of it. What comes is parsed, never run.
"use strict";

const typing = (at) => at instanceof Element && at.closest("input, select, textarea, [contenteditable]");
const scrolls = (at) => at instanceof Element && [...document.querySelectorAll(".scroll")].some((box) => box.contains(at) && box.scrollWidth > box.clientWidth);
const linkOf = (key) => document.querySelector(`a[data-key="${key}"]:not([aria-disabled])`);

function go(link) {
  if (link) link.click();
  return Boolean(link);
}

function step(by) {
  const rows = [...document.querySelectorAll("a[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

const keys = {
  j: () => go(linkOf("next")) || step(1),
  k: () => go(linkOf("prev")) || step(-1),
  ArrowRight: () => go(linkOf("right")) || go(linkOf("next")),
  ArrowLeft: () => go(linkOf("left")) || go(linkOf("prev")),
  o: () => go(linkOf("other")),
  u: () => go(linkOf("up")),
  e: () => go(linkOf("export")),
  "/": () => {
    const field = document.getElementById("find");
    if (field) field.focus();
    return Boolean(field);
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target)) return;
  if (event.key.startsWith("Arrow") && scrolls(event.target)) return; // there the arrows have something else to do
  const act = keys[event.key];
  if (act && act()) event.preventDefault();
});

// A page that took long was begun before its title was known.
const titled = document.getElementById("main")?.dataset.title;
if (titled && titled !== document.title) document.title = titled;
if (titled && !CSS.supports("selector(:has(a))")) document.querySelector(".waiting")?.remove();

// A run that goes on -------------------------------------------------------------------------------------------------

const EVERY_MS = 2000;
const watched = document.getElementById("main")?.dataset ?? {};

function say(text, status) {
  const pulse = document.getElementById("pulse");
  if (!pulse || pulse.textContent === text) return;
  pulse.textContent = text;
  pulse.className = `pulse ${status.replaceAll(" ", "-")}`;
}

// Puts what changed in place; whoever stands in it keeps focus and place.
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const news = fresh.getElementById(part.id);
    if (!news || news.innerHTML === part.innerHTML) continue;
    const inside = part.contains(document.activeElement) ? document.activeElement : null;
    const href = inside && inside.getAttribute("href");
    const [left, top] = [part.scrollLeft, part.scrollTop];
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.replaceChildren(...[...news.childNodes].map((node) => document.importNode(node, true)));
    part.querySelectorAll("details").forEach((one, nth) => { one.open = open[nth] ?? one.open; });
    part.scrollTo(left, top);
    if (href) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === href)?.focus({ preventScroll: true });
  }
}

async function watch() {
  try {
    const answer = await fetch(watched.now, { cache: "no-store" });
    const now = await answer.json();
    if (now.mark !== watched.mark) {
      await refresh();
      watched.mark = now.mark;
    }
    if (now.told) say(now.told, now.status);
    if (!now.again) return;
  } catch {
    say("the viewer was stopped", "interrupted");
  }
  setTimeout(watch, EVERY_MS);
}

if (watched.now) setTimeout(watch, EVERY_MS);
