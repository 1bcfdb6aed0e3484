// Lays a page out in every view, and answers with what is wrong in each.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { axeSays, fold, measure, scripts, texts } from "./measure.mjs";
import { onPaper } from "./paper.mjs";

const CONTRAST_LEAST = 4.5;
// Names and digests that are longer may be broken: they fit on no phone.
const UNBROKEN_CHARS_MAX = 22;
const PICTURE_PIXELS_MAX = 12_000;

const A4 = { width: 8.27, height: 11.69 };
const LETTER = { width: 8.5, height: 11 };

// A desk, a phone, and what lies between the margins of A4 and Letter, 96 pixels to the inch. Whoever prints may have a
// dark desk.
const VIEWS = [
  { name: "light", width: 1280, height: 900, hasAxe: true },
  { name: "dark", width: 1280, height: 900, scheme: "dark", hasAxe: true },
  { name: "phone", width: 360, height: 740, phone: true, hasAxe: true },
  { name: "phone, dark", width: 360, height: 740, phone: true, scheme: "dark" },
  { name: "A4", width: 695, height: 1001, media: "print", scheme: "dark", paper: A4 },
  { name: "Letter", width: 718, height: 935, media: "print", paper: LETTER },
];
export const CHECKS = [...VIEWS.map(({ name }) => name), "no script", "network"];

// Answers with the faults of each check, and the sheets of paper that the page takes.
export async function look(tab, { file, axe, checks = CHECKS, pictures = null }) {
  const url = pathToFileURL(file).href;
  const found = new Map(checks.map((check) => [check, []]));
  const sheets = {};
  await tab.send("Emulation.setScriptExecutionDisabled", { value: false });
  await tab.view(VIEWS[0]);
  await tab.open(url);
  const first = await tab.picture(PICTURE_PIXELS_MAX);
  found.get("no script")?.push(...(await tab.run(scripts)).map((what) => ["script", what]));
  await tab.run(`() => {${axe}\n}`);
  for (const view of VIEWS.filter(({ name }) => checks.includes(name))) {
    const faults = found.get(view.name);
    await tab.view(view);
    if (pictures !== null && view.media !== "print") keep(pictures, file, view.name, "png", await tab.picture(PICTURE_PIXELS_MAX));
    await tab.run(fold, true);
    const isPaper = view.paper !== undefined;
    const isDark = view.scheme === "dark" && !isPaper;
    const asked = { width: view.width, contrastLeast: CONTRAST_LEAST, unbrokenMax: UNBROKEN_CHARS_MAX, isPaper, isDark };
    faults.push(...(await tab.run(measure, asked)));
    if (view.hasAxe) {
      const said = await tab.run(axeSays);
      const grave = said.filter(({ impact }) => ["serious", "critical"].includes(impact));
      faults.push(...grave.map(({ impact, what }) => ["axe", `${impact}, ${what}`]));
    }
    await tab.run(fold, false);
    if (isPaper) {
      const pdf = await tab.paper(view.paper);
      const printed = onPaper(pdf, await tab.run(texts));
      sheets[view.name] = printed.sheets;
      faults.push(...printed.faults);
      if (pictures !== null) keep(pictures, file, view.name, "pdf", pdf);
    }
  }
  const asked = tab.asked;
  await withoutScript(tab, { url, first, faults: found.get("no script") });
  await network(tab, { asked: [...new Set([...asked, ...tab.asked])], faults: found.get("network") });
  return { found, sheets };
}

async function withoutScript(tab, { url, first, faults }) {
  if (faults === undefined) return;
  await tab.view(VIEWS[0]);
  await tab.send("Emulation.setScriptExecutionDisabled", { value: true });
  await tab.open(url);
  const second = await tab.picture(PICTURE_PIXELS_MAX);
  await tab.send("Emulation.setScriptExecutionDisabled", { value: false });
  if (!first.equals(second)) faults.push(["script", "it looks otherwise where scripts are off"]);
}

async function network(tab, { asked, faults }) {
  if (faults === undefined) return;
  faults.push(...asked.map((what) => ["network", `asked for ${what}`]));
  const rule = await tab.run(() => document.querySelector("meta[http-equiv='Content-Security-Policy']")?.content ?? "");
  if (!rule.startsWith("default-src 'none'")) faults.push(["network", `the page's rule is “${rule}”, and not that nothing is fetched`]);
}

function keep(folder, file, view, ending, bytes) {
  mkdirSync(folder, { recursive: true });
  const name = file.split("/").pop().replace(/\.html$/, "");
  writeFileSync(join(folder, `${name}.${view.replace(", ", "-")}.${ending}`), bytes);
}
