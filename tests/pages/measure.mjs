// What is measured in a page. Each function runs in the page, so it uses nothing of this file.

// Answers with `[kind, what]` of each fault.
export function measure({ width, contrastLeast, unbrokenMax, isPaper, isDark }) {
  const faults = [];
  const short = (text) => text.replace(/\s+/g, " ").trim().slice(0, 60);
  const name = (e) => {
    const classes = typeof e.className === "string" && e.className.trim() !== "" ? `.${e.className.trim().replace(/\s+/g, ".")}` : "";
    return `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}${classes}`;
  };
  const found = (kind, e, what) => faults.push([kind, `${name(e)}: ${what}: “${short(e.textContent)}”`]);
  // For screen readers only: captions that are clipped away.
  const isUnseen = (e) => getComputedStyle(e).clipPath !== "none";
  const isShown = (e) => e.checkVisibility({ contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true });

  function overflow() {
    const root = document.documentElement;
    if (root.scrollWidth > width || root.clientWidth !== width || innerWidth !== width) {
      faults.push(["page", `the page is ${Math.max(root.scrollWidth, innerWidth)} wide, its place ${width}`]);
    }
    const wider = [];
    for (const e of document.body.querySelectorAll("*")) {
      if (e.closest("svg") !== null || !isShown(e) || isUnseen(e)) continue;
      const style = getComputedStyle(e);
      if (style.display === "inline") continue;
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) {
        const scrolls = ["auto", "scroll"].includes(style.overflowX);
        if (!scrolls) wider.push(e);
        else if (isPaper) found("overflow", e, `${e.scrollWidth} wide in ${e.clientWidth}, and paper does not scroll`);
        else if (e.tabIndex < 0 || !e.getAttribute("aria-label")) found("overflow", e, "scrolls, but not by keyboard or without a name");
      }
      // What is clipped does not count as high: its children tell.
      const bottom = e.getBoundingClientRect().bottom;
      const isCut = e.scrollHeight > e.clientHeight + 1 || [...e.children].some((child) => child.getBoundingClientRect().bottom > bottom + 1);
      if (isCut && e.clientHeight > 0 && ["hidden", "clip"].includes(style.overflowY)) {
        found("overflow", e, `${e.scrollHeight} high, cut at ${e.clientHeight}`);
      }
    }
    // What overflows makes all around it overflow: the innermost is the one to look at.
    for (const e of wider.filter((e) => !wider.some((other) => other !== e && e.contains(other)))) {
      found("overflow", e, `${e.scrollWidth} wide in ${e.clientWidth}`);
    }
  }

  // The texts of each block in order: what a line is broken in. `<br>` and blocks end a text, `<wbr>` allows a break.
  function* blocks() {
    const open = [];
    let text = [];
    function* walk(node) {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) {
          if (child.data !== "") text.push(child);
        } else if (child.nodeType === Node.ELEMENT_NODE && child.tagName !== "svg" && isShown(child) && !isUnseen(child)) {
          if (child.tagName === "WBR") {
            text.push("break");
          } else if (getComputedStyle(child).display === "inline" && child.tagName !== "BR") {
            yield* walk(child);
          } else {
            if (text.length > 0) yield text;
            open.push(text);
            text = [];
            yield* walk(child);
            if (text.length > 0) yield text;
            open.pop();
            text = [];
          }
        }
      }
    }
    yield* walk(document.body);
    if (text.length > 0) yield text;
  }

  function lineOf(node, offset) {
    const range = document.createRange();
    range.setStart(node, offset);
    range.setEnd(node, offset + 1);
    const rects = range.getClientRects();
    return rects.length === 0 ? null : rects[rects.length - 1];
  }

  // Whether the second character stands on a later line than the first.
  const isLater = (one, other) => other.top > one.top + one.height / 2 && other.left < one.right;

  function broken() {
    for (const parts of blocks()) {
      const nodes = parts.filter((part) => part !== "break");
      if (nodes.length === 0) continue;
      const tops = nodes.flatMap((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return [...range.getClientRects()].map((rect) => Math.round(rect.top / 4));
      });
      if (new Set(tops).size < 2) continue;
      // Each character with its node, and where a break was allowed on purpose.
      const characters = [];
      let allowed = false;
      for (const part of parts) {
        if (part === "break") {
          allowed = true;
          continue;
        }
        for (let offset = 0; offset < part.data.length; offset++) {
          characters.push({ character: part.data[offset], node: part, offset, allowed });
          allowed = false;
        }
      }
      const text = characters.map(({ character }) => character).join("");
      const breaks = (from, to) => {
        const places = [];
        let last = null;
        for (let place = from; place < to; place++) {
          const { node, offset } = characters[place];
          const rect = lineOf(node, offset);
          if (rect === null || rect.width === 0) continue;
          if (last !== null && isLater(last, rect)) places.push(place);
          last = rect;
        }
        return places;
      };
      for (const { 0: word, index } of text.matchAll(/[^\s\u200b]+/g)) {
        for (const place of breaks(index, index + word.length)) {
          const { node, allowed } = characters[place];
          const e = node.parentElement;
          const shown = `${text.slice(index, place)} | ${text.slice(place, index + word.length)}`;
          const isWhole = /^[(§]*[+−-]?\d[\d.,:/()a-z%TZ+-]*[;,.:)]*$/.test(word) || /^[(]?--[a-z]/.test(word);
          if (isWhole && word.length <= unbrokenMax) {
            found("broken", e, `a number or an option on two lines, ${shown}`);
            continue;
          }
          // After a hyphen, a dash or a slash a line may end anyhow.
          if (allowed || /[-–—/\u00ad]/.test(text[place - 1])) continue;
          const run = word.split(/[-–—/]/).reduce((most, part) => Math.max(most, part.length), 0);
          const mayBreak = getComputedStyle(e).overflowWrap !== "normal";
          if (run <= unbrokenMax || !mayBreak) found("broken", e, `a word on two lines, ${shown}`);
        }
      }
      // A number and its unit belong together.
      for (const { 0: pair, index } of text.matchAll(/\d (?:%|(?:ns|µs|ms|s|min|h|d)(?![a-z]))/g)) {
        for (const place of breaks(index, index + pair.length)) {
          found("broken", characters[place].node.parentElement, `a number and its unit on two lines, ${text.slice(Math.max(0, index - 12), index + pair.length)}`);
        }
      }
    }
  }

  // Colours as `[red, green, blue, alpha]`, of 255 and of 1, as the browser paints them.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  function colour(text) {
    if (!colours.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      colours.set(text, [r, g, b, a / 255]);
    }
    return colours.get(text);
  }
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const grounds = new Map();
  function ground(e) {
    if (e === null) return colour("Canvas");
    if (!grounds.has(e)) grounds.set(e, over(colour(getComputedStyle(e).backgroundColor), ground(e.parentElement)));
    return grounds.get(e);
  }
  function opacity(e) {
    return e === null ? 1 : Number(getComputedStyle(e).opacity) * opacity(e.parentElement);
  }

  function contrast() {
    const seen = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (walker.currentNode.data.trim() === "" || seen.has(e) || !isShown(e) || isUnseen(e)) continue;
      seen.add(e);
      const below = ground(e);
      const [r, g, b, a] = colour(getComputedStyle(e).color);
      const ink = over([r, g, b, a * opacity(e)], below);
      const [light, dark] = [luminance(ink), luminance(below)].sort((one, other) => other - one);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < contrastLeast) found("contrast", e, `${ratio.toFixed(2)}, ${contrastLeast} is the least`);
    }
  }

  // No text lies on another.
  function covered() {
    const rects = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.data.trim() === "" || !isShown(node.parentElement) || node.parentElement.closest("caption") !== null) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) if (rect.width > 1) rects.push({ rect, node });
    }
    rects.sort((one, other) => one.rect.top - other.rect.top);
    for (let i = 0; i < rects.length; i++) {
      for (let j = i + 1; j < rects.length && rects[j].rect.top < rects[i].rect.bottom; j++) {
        const [a, b] = [rects[i].rect, rects[j].rect];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (rects[i].node !== rects[j].node && wide > 2 && high > Math.min(a.height, b.height) / 2) {
          found("overflow", rects[j].node.parentElement, `lies on “${short(rects[i].node.data)}”`);
        }
      }
    }
  }

  function scheme() {
    const bright = luminance(ground(document.body));
    if (isDark ? bright > 0.1 : bright < 0.8) faults.push(["scheme", `the page is ${isDark ? "not dark" : "not light"}: ${bright.toFixed(2)}`]);
  }

  scheme();
  overflow();
  broken();
  contrast();
  covered();
  return faults;
}

// Opens what is folded, as a reader would, or folds it again.
export function fold(isOpen) {
  for (const e of document.querySelectorAll("details")) e.open = isOpen;
}

// All that the page says, each text by itself: what paper must have, folded or not.
export function texts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const all = [];
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (e.closest("caption, script, style") === null && walker.currentNode.data.trim() !== "") all.push(walker.currentNode.data);
  }
  return all;
}

// What nothing needs: scripts, in whatever form.
export function scripts() {
  const found = [];
  for (const e of document.querySelectorAll("*")) {
    if (e.tagName.toLowerCase() === "script") found.push(e.outerHTML.slice(0, 60));
    for (const { name, value } of e.attributes) {
      if (/^on/i.test(name) || /^\s*javascript:/i.test(value)) found.push(`${name}="${value.slice(0, 40)}"`);
    }
  }
  return found;
}

// What axe says, of every rule that is on by itself, and of the size of what is pressed.
export async function axeSays() {
  const { violations } = await globalThis.axe.run(document, {
    resultTypes: ["violations"],
    rules: { "target-size": { enabled: true } },
  });
  return violations.map(({ id, impact, help, nodes }) => ({
    impact,
    what: `${id}: ${help} (${nodes.length}): ${nodes[0].html.slice(0, 120)}`,
  }));
}
