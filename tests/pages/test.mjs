// Lays out pages in Chromium and measures them: `node test.mjs --browser PROGRAM --axe FILE [--pictures DIR] PAGE.html...`
//
// `scripts/look-at-reports` finds the programs and starts it. First it plants faults, and fails if one is not found. The
// last line counts: `N passed, N failed`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { Browser } from "./browser.mjs";
import { FAULTS } from "./faults.mjs";
import { look } from "./look.mjs";

const SHOWN_MAX = 12;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { browser: { type: "string" }, axe: { type: "string" }, pictures: { type: "string" } },
});
const axe = readFileSync(values.axe, "utf8");
const work = mkdtempSync(join(tmpdir(), "pages-"));
let passed = 0;
let failed = 0;

function count(name, faults) {
  if (faults.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  console.log(`${name}:`);
  for (const [kind, what] of faults.slice(0, SHOWN_MAX)) console.log(`    ${kind}: ${what}`);
  if (faults.length > SHOWN_MAX) console.log(`    and ${faults.length - SHOWN_MAX} more`);
}

// Plants each fault in a page. What is wrong with the page anyhow counts for none of them.
async function planted(tab) {
  const page = readFileSync(new URL("../../compliance/tests/golden/whole.html", import.meta.url), "utf8");
  const file = join(work, "planted.html");
  writeFileSync(file, page);
  const { found: before } = await look(tab, { file, axe });
  for (const { kind, view, what, plant } of FAULTS) {
    const worse = plant(page);
    if (worse === page) throw new Error(`not planted: ${what}`);
    writeFileSync(file, worse);
    const { found } = await look(tab, { file, axe, checks: [view] });
    const known = new Set(before.get(view).map(String));
    const kinds = found.get(view).filter((fault) => !known.has(String(fault))).map(([kind]) => kind);
    count(`planted, ${view}: ${what}`, kinds.includes(kind) ? [] : [["not found", `as “${kind}”; found: ${kinds.join(", ") || "nothing"}`]]);
  }
}

const browser = await Browser.start(values.browser);
try {
  console.log(`${browser.version}, ${FAULTS.length} planted faults, ${positionals.length} pages`);
  const tab = await browser.tab();
  await planted(tab);
  for (const page of positionals) {
    const { found, sheets } = await look(tab, { file: page, axe, pictures: values.pictures ?? null });
    for (const [check, faults] of found) count(`${basename(page)}, ${check}`, faults);
    console.log(`${basename(page)}: ${sheets.A4} sheets of A4, ${sheets.Letter} of Letter`);
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && positionals.length > 0 ? 0 : 1;
