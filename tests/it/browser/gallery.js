// What is wrong with the page that is open, as sentences; asked by gallery.rs in a window of WIDTH px.
(async () => {
  const wrong = new Set();
  const one = (element) => {
    const id = element.id && !/\d/.test(element.id) ? `#${element.id}` : "";
    return element.localName + id + [...element.classList].map((name) => `.${name}`).join("");
  };
  const place = (element) => {
    const path = [];
    for (let at = element; at && at !== document.body && path.length < 4; at = at.parentElement) path.unshift(one(at));
    return path.join(" > ");
  };
  const style = (element) => getComputedStyle(element);
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".sr, svg, .skip");
  const scrolls = (element) => {
    for (let at = element; at; at = at.parentElement) if (/auto|scroll/.test(style(at).overflowX)) return true;
    return false;
  };

  const fits = (when) => {
    if (document.documentElement.scrollWidth <= WIDTH) return;
    const wide = [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > WIDTH + 1 && isSeen(element) && !scrolls(element));
    wrong.add(`scrolls sideways ${when}: ${wide.slice(-1).map(place)}`);
  };
  fits("as it opens");
  // What is folded away is part of the page.
  const folded = [...document.querySelectorAll("details:not([open])")].filter((fold) => location.pathname === "/account" || !fold.matches(".menu"));
  for (const fold of folded) fold.open = true;
  fits("with every fold open");

  // Text that a box hides, and text that leaves its box.
  const hides = (value) => value === "hidden" || value === "clip";
  const leaves = [];
  // A bar that lies over the page may shorten what stands whole in the page.
  const plain = (element) => element.textContent.replace(/\s+/g, " ").trim();
  const standsWhole = (element) => style(element).webkitLineClamp !== "none"
    && [...document.querySelectorAll("main li, main p, main h2, main summary, main div")]
      .some((other) => !other.contains(element) && !other.closest(".bar") && plain(other).includes(plain(element)));
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.clientWidth || !element.textContent.trim() || !isSeen(element)) continue;
    if (/^(textarea|select|option|input)$/.test(element.localName)) continue;
    const { overflowX, overflowY } = style(element);
    const wide = element.scrollWidth > element.clientWidth + 1;
    const high = element.scrollHeight > element.clientHeight + 2;
    if (((hides(overflowX) && wide) || (hides(overflowY) && high)) && !standsWhole(element)) wrong.add(`text is cut: ${place(element)}`);
    if (overflowX === "visible" && wide && style(element).display !== "inline") leaves.push(element);
  }
  for (const element of leaves) {
    if (!leaves.some((other) => other !== element && element.contains(other))) wrong.add(`text leaves its box: ${place(element)}`);
  }

  // A pill whose words stand a letter or two below each other.
  for (const pill of document.querySelectorAll(".badge, .chip, .btn, td .cell > span")) {
    if (!isSeen(pill)) continue;
    // The boxes of its words: not of symbols, nor of words that are for screen readers alone and stand elsewhere.
    let text = "";
    const lines = new Set();
    const words = document.createTreeWalker(pill, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      if (words.currentNode.parentElement.closest(".sr")) continue;
      text += words.currentNode.data.trim();
      const range = document.createRange();
      range.selectNodeContents(words.currentNode);
      for (const box of range.getClientRects()) if (box.width > 1) lines.add(Math.round(box.top / 8));
    }
    if (text.length < 4) continue;
    if (lines.size > 2 && text.length / lines.size < 3.5) wrong.add(`a pill is wrapped letter by letter: ${place(pill)}`);
  }

  const zone = document.querySelector("#page-zone")?.textContent ?? "UTC";
  if (zone.split("UTC").length !== 2) wrong.add(`the zone of times is not said once: ${zone}`);

  // What the bar at the bottom or an open menu lies over can be pressed once one scrolls or closes the menu.
  const over = document.querySelectorAll(".bar, .menu-panel");
  for (const element of over) element.style.setProperty("position", "static");
  const result = await axe.run(document, {
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    resultTypes: ["violations"],
    iframes: false,
    rules: RULES,
  });
  for (const violation of result.violations) {
    for (const node of violation.nodes) {
      const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ").slice(0, 260);
      const element = document.querySelector(node.target[0]);
      wrong.add(`axe ${violation.id}: ${element ? place(element) : node.target[0]}: ${why}`);
    }
  }
  for (const element of over) element.style.removeProperty("position");
  for (const fold of folded) fold.open = false;
  return [...wrong];
})()
