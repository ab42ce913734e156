// Everything works without this file: it only keeps pages fresh, copies text and shows local times.
const root = document.documentElement;
const texts = root.dataset;

// ---- local times ----
// As the server writes them, in every language: 2026-11-22 18:04:02.
const two = (n) => String(Math.floor(n)).padStart(2, "0");
const dayOf = (at) => `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const minuteOf = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const shortTime = (at) => `${minuteOf(at)}:${two(at.getSeconds())}`;
const tickTimes = { day: dayOf, minute: minuteOf, second: shortTime };
// Unless another zone was chosen, times are those of the browser: its zone is named where the page names it.
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isUtc = /^(Etc\/)?UTC$/.test(ownZone);
function offsetOf(at) {
  const minutes = -at.getTimezoneOffset();
  return isUtc ? "UTC" : `UTC${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
const longTime = (at) => `${at.getFullYear()}-${dayOf(at)} ${shortTime(at)} ${offsetOf(at)}`;
for (const el of document.querySelectorAll("[data-zone-told], [data-zone-here]")) {
  if ("zoneTold" in el.dataset) el.textContent = isUtc ? "UTC" : `${ownZone}, ${offsetOf(new Date())}`;
  else el.textContent += ` · ${ownZone}`;
}
// Days that are asked for are those of this zone: the server computes them.
document.cookie = `nodedown_own_zone=${isUtc ? "UTC" : ownZone}; Path=/; Max-Age=31536000; SameSite=Lax`;
for (const el of document.querySelectorAll("[data-own-zone]")) {
  if ("value" in el) el.value = isUtc ? "UTC" : ownZone;
  else if (!isUtc) el.textContent = el.textContent.replace("UTC", ownZone);
}
const said = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC(?![-+\w])/g;
function localTimes(scope) {
  for (const el of scope.querySelectorAll("time[datetime]:not([data-done])")) {
    const at = new Date(el.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    el.title = `${longTime(at)} · ${at.toISOString()}`;
    el.textContent = el.dataset.form === "short" ? shortTime(at) : longTime(at);
    el.dataset.done = "";
  }
  // Inside a sentence a moment is text, and names its zone: UTC. What a node wrote is left as it wrote it.
  if (!isUtc && document.querySelector("[data-zone-told]")) {
    const nodes = document.createTreeWalker(scope, NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (node.parentElement.closest("time, pre, code, textarea, script, .log")) continue;
      const own = node.data.replace(said, (_, day, time) => longTime(new Date(`${day}T${time}Z`)).slice(0, 19));
      if (own !== node.data) node.data = own;
    }
  }
  for (const el of scope.querySelectorAll("text[data-tick]")) {
    const at = new Date(Number(el.dataset.tick));
    el.textContent = tickTimes[el.dataset.form](at);
    delete el.dataset.tick;
  }
}

// A moment is typed in the zone that the page shows: the server is told which that is.
for (const field of document.querySelectorAll("input[data-moment]")) {
  const at = new Date(Number(field.dataset.moment));
  const ahead = -at.getTimezoneOffset();
  const two = (n) => String(n).padStart(2, "0");
  field.form.elements.offset_min.value = ahead;
  field.value = field.defaultValue = new Date(at.valueOf() + ahead * 60_000).toISOString().slice(0, 19).replace("T", " ");
  const zone = field.form.querySelector("[data-zone]");
  if (zone && ahead) zone.textContent = `UTC${ahead < 0 ? "-" : "+"}${two(Math.floor(Math.abs(ahead) / 60))}:${two(Math.abs(ahead) % 60)}`;
}

// ---- running clocks: an elapsed time counts on between two refreshes ----
// The server's time, told with every page: a replay's runs at its own pace, and a notebook that slept wakes up late.
let drift = 0;
function setTime(told) {
  if (told) drift = Number(told) - Date.now();
}
setTime(texts.now);
// In the words of the page: days and hours, hours and minutes, minutes and seconds, or seconds.
function elapsed(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [d, h, m, s] = [Math.floor(all / 86400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  const form = (texts.spans ?? "").split("|")[d > 0 ? 0 : h > 0 ? 1 : m > 0 ? 2 : 3] ?? "";
  return form.replace("#d", d).replace("#h", h).replace("#m", m).replace("#s", s);
}
// What did not change is left alone: what somebody has selected stays selected.
function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}
function tick() {
  const now = Date.now() + drift;
  for (const el of document.querySelectorAll("[data-age] [data-since]")) {
    const age = el.closest("[data-age]");
    age.classList.toggle("old", now - Number(el.dataset.since) > Number(age.dataset.age));
  }
  for (const el of document.querySelectorAll("[data-since]")) write(el, elapsed(now - Number(el.dataset.since)));
  for (const el of document.querySelectorAll("[data-until]")) write(el, elapsed(Number(el.dataset.until) - now));
}

// ---- copy ----
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  const source = button.dataset.copy.startsWith("#") ? document.querySelector(button.dataset.copy) : null;
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  const label = button.querySelector("[data-label-text]") ?? button;
  const before = label.textContent;
  label.textContent = (await copy(text)) ? texts.copied : texts.notCopied;
  setTimeout(() => { label.textContent = before; }, 1600);
});

// What opened a panel: there one is again when it closes.
const openers = new Map();
// ---- a form is sent once ----
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 8000);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
  if (event.key === "Escape") for (const open of document.querySelectorAll("details.menu[open], details.more[open]")) {
    open.open = false;
    const opener = openers.get(open);
    openers.delete(open);
    (opener?.isConnected ? opener : open.querySelector("summary")).focus();
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
});
// A menu lies over the page: it does not stay there when the keyboard goes on.
document.addEventListener("focusout", (event) => {
  const open = event.target.closest("details.menu[open], details.more[open]");
  if (open && event.relatedTarget && !open.contains(event.relatedTarget)) open.open = false;
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-autosubmit]") && form) form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const panel = opener && document.getElementById(opener.dataset.open);
  if (!panel) return;
  event.preventDefault();
  panel.open = true;
  openers.set(panel, opener);
  panel.scrollIntoView({ block: "nearest" });
  const wanted = opener.dataset.focus && document.getElementById(opener.dataset.focus);
  (wanted || panel.querySelector("textarea, select, input:not([type=hidden])"))?.focus();
});

// ---- single keys: never one that decides or deletes; switched off on the account page ----
const keys = {
  "?": () => { location.href = texts.keys; },
  j: () => document.querySelector(".rail li:has([aria-current]) + li a")?.click(),
  k: () => document.querySelector(".rail li:has(+ li [aria-current]) a")?.click(),
  r: () => document.querySelector("form[action$='/check-runs'] button")?.click(),
  n: () => {
    const note = document.getElementById("note-text");
    if (!note) return;
    note.closest("details").open = true;
    note.focus();
  },
  c: () => document.querySelector("[data-copy]")?.click(),
  "/": () => {
    const field = document.querySelector("[type=search]");
    if (field) field.focus();
    else {
      const records = document.querySelector("nav.nav a[href$='/incidents']");
      if (records) location.href = `${records.href}#q`;
    }
  },
};
document.addEventListener("keydown", (event) => {
  if (!texts.keys || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// ---- live blocks: on a change the same page is fetched, and blocks that differ are put in place ----
let liveState = "";
function say(state) {
  liveState = state || liveState;
  const pill = document.querySelector("[data-live-pill]");
  if (!pill || !liveState) return;
  pill.dataset.state = liveState;
  // That all is well is said by the age of what is shown, which counts on.
  pill.textContent = liveState === "on" ? "" : texts.liveOff;
}
// A block with its markup as the server sent it, which the scripts change afterwards.
const shownHtml = new WeakMap();
const htmlOf = (block) => block.innerHTML.replace(/name="nonce" value="[^"]*"/g, "");
for (const block of document.querySelectorAll("[data-live]")) shownHtml.set(block, htmlOf(block));
// What is being pressed is not replaced under the finger: the press would come to nothing.
let pressed = null;
let withheld = false;
addEventListener("pointerdown", (event) => { pressed = event.target; });
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => setTimeout(() => {
    pressed = null;
    if (withheld) later();
    withheld = false;
  }));
}
// A field is found again by its form and name, what has the focus by what it is called.
const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
const fieldsOf = (scope) => [...scope.querySelectorAll("select, textarea, input:not([type=hidden])")];
const nameOf = (field) => [field.form?.getAttribute("action"), field.name, isTick(field) ? field.value : ""].join(" ");
function isChanged(field) {
  if (field.matches("select")) return field.selectedOptions[0] !== (field.querySelector("option[selected]") ?? field.options[0]);
  return isTick(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}
function busy(block, next) {
  if (pressed && block.contains(pressed)) {
    withheld = true;
    return true;
  }
  const active = document.activeElement;
  if (block.contains(active) && active.matches("input, textarea, select")) return true;
  // What was filled in and has no place in what would come is not thrown away.
  const places = fieldsOf(next);
  return fieldsOf(block).filter(isChanged).some((field) => {
    const same = places.find((other) => nameOf(other) === nameOf(field));
    return !same || field.type === "file" || (field.matches("select") && ![...same.options].some((one) => one.value === field.value));
  });
}
const filledIn = (block) => fieldsOf(block).filter(isChanged).map((field) => [nameOf(field), field.value, field.checked]);
function fillIn(block, filled) {
  const fields = fieldsOf(block);
  for (const [name, value, checked] of filled) {
    const field = fields.find((one) => nameOf(one) === name);
    if (isTick(field)) field.checked = checked;
    else field.value = value;
  }
}
const calledAs = (el) => [el.getAttribute("href"), el.name, el.form?.getAttribute("action"), el.textContent.trim()].join(" ");
function focusIn(block) {
  const el = document.activeElement;
  if (!block.contains(el)) return null;
  const called = calledAs(el);
  const alike = (scope) => [...scope.querySelectorAll(el.tagName)].filter((one) => calledAs(one) === called);
  const nth = alike(block).indexOf(el);
  // Where it is gone, the block has it: the page does not begin anew for somebody who reads with the keyboard.
  return () => {
    const next = (el.id && document.getElementById(el.id)) || alike(block)[nth] || block;
    if (next === block) block.tabIndex = -1;
    next.focus({ preventScroll: true });
  };
}
function keepOpen(from, to) {
  const titleOf = (details) => details.querySelector("summary")?.textContent.trim();
  const alike = (scope, title) => [...scope.querySelectorAll("details:not([id])")].filter((one) => titleOf(one) === title);
  for (const now of from.querySelectorAll("details")) {
    const title = titleOf(now);
    const next = now.id ? to.querySelector(`#${CSS.escape(now.id)}`) : alike(to, title)[alike(from, title).indexOf(now)];
    if (next) next.open = now.open;
  }
}
let fetching = false;
const keepsRoom = new Set(["hero", "step-head"]);
let again = false;
async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(location.href.split("#")[0], { headers: { Accept: "text/html" }, cache: "no-store", credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error("not fresh");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    setTime(fresh.documentElement.dataset.now);
    for (const block of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(block.id);
      if (!next) continue;
      const html = htmlOf(next);
      if (shownHtml.get(block) === html || busy(block, next)) continue;
      keepOpen(block, next);
      // What stands at the top grows, and never gives its room back while somebody reads below it.
      if (keepsRoom.has(block.id)) block.style.minHeight = `${block.offsetHeight}px`;
      const [filled, focusAgain, wasEmpty] = [filledIn(block), focusIn(block), !block.childElementCount];
      block.replaceChildren(...document.importNode(next, true).childNodes);
      block.className = next.className;
      // What arrives above the page while somebody reads stands over its end: nothing moves away.
      if ("arrives" in block.dataset) block.toggleAttribute("data-arrived", wasEmpty && block.childElementCount > 0 || block.hasAttribute("data-arrived"));
      shownHtml.set(block, html);
      fillIn(block, filled);
      focusAgain?.();
      localTimes(block);
    }
    tick();
    say("");
  } catch {
    say("off");
  } finally {
    fetching = false;
    if (again) { again = false; later(); }
  }
}
// A tick is sent without leaving the page: nothing jumps, and the keyboard stays where it is.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !event.submitter || !form.matches(".ticks form")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  body.append(event.submitter.name, event.submitter.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) throw new Error("not taken");
    again = fetching;
    await refresh();
    delete form.dataset.sent;
  } catch {
    // Sent as without a script, so that the page says what is wrong; what was taken is not taken twice.
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: event.submitter.name, value: event.submitter.value });
    form.append(field);
    form.submit();
  }
});
let timer = 0;
function later() {
  if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, 250);
}
// A screen that nobody is logged in to has no stream: it asks again and again, and says when no answer comes.
const every = Number(document.body.dataset.poll);
if (every) setInterval(refresh, every * 1000);
let stream = null;
function connect() {
  const url = document.body.dataset.stream;
  if (!url || stream) return;
  stream = new EventSource(url);
  stream.addEventListener("changed", later);
  stream.addEventListener("hello", () => { say("on"); later(); });
  stream.onerror = () => {
    say("off");
    if (stream.readyState === EventSource.CLOSED) { stream = null; setTimeout(connect, 3000); }
  };
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { stream?.close(); stream = null; } else { connect(); later(); }
});

// What happened stays on the screen, as one line, when the page is scrolled past it.
const hero = document.getElementById("hero");
if (hero) {
  // Turned to its side, a phone needs another room; a bar of the browser that hides does not.
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) for (const id of keepsRoom) document.getElementById(id)?.style.removeProperty("min-height");
    width = innerWidth;
  });
  new IntersectionObserver(([now]) => root.classList.toggle("hero-away", !now.isIntersecting && now.boundingClientRect.top < 0)).observe(hero);
}

localTimes(document);
tick();
setInterval(tick, 1000);
// How a cluster stands now is asked for again while somebody looks at it; asking takes a new look at the cluster.
if (document.querySelector("[data-age]")) setInterval(() => { if (!document.hidden) later(); }, 15_000);
if (!document.hidden) connect();
// What a link leads to is open.
for (const fold of document.querySelectorAll(":target > details")) fold.open = true;
if (location.hash.startsWith("#L")) document.querySelector(location.hash.split("-")[0])?.classList.add("focus");
