// What stands on paper: read back from the PDF by poppler's pdftotext.

import { execFileSync } from "node:child_process";

const POINTS_PER_MM = 72 / 25.4;
// As `@page` in the style sheet has it.
const MARGIN_MM = 13;
// Letters overhang their boxes a little.
const OVERHANG_POINTS = 1.5;
const READ_BYTES_MAX = 256 * 1024 * 1024;

// Only what is the same however a line was broken or a letter drawn.
const bare = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s\u00ad\u200b]+/g, "");

const read = (pdf, ...options) =>
  execFileSync("pdftotext", [...options, "-enc", "UTF-8", "-", "-"], {
    input: pdf,
    encoding: "utf8",
    maxBuffer: READ_BYTES_MAX,
    stdio: ["pipe", "pipe", "ignore"],
  });

// Answers with the number of sheets and `[kind, what]` of each fault.
export function onPaper(pdf, texts) {
  const faults = [];
  const pages = read(pdf, "-raw").split("\f").slice(0, -1).map(bare);
  if (pages.length === 0) return { sheets: 0, faults: [["paper", "there is no sheet"]] };
  pages.forEach((page, index) => {
    const number = `page ${index + 1} of ${pages.length}`;
    if (!page.includes(bare(number))) faults.push(["paper", `sheet ${index + 1} does not say “${number}”`]);
  });
  const whole = pages.join("");
  for (const text of texts) {
    if (whole.includes(bare(text))) continue;
    // It may go on on the next sheet, under a head that is repeated.
    const missing = text.split(/\s+/).filter((word) => word !== "" && !whole.includes(bare(word)));
    if (missing.length > 0) faults.push(["paper", `not printed: “${missing.join(" ")}” of “${text.trim().slice(0, 60)}”`]);
  }
  let sheet = 0;
  let width = 0;
  let height = 0;
  for (const [, page, word] of read(pdf, "-bbox").matchAll(/<page ([^>]*)>|<word ([^<]*)<\/word>/g)) {
    const number = (of, name) => Number(of.match(new RegExp(`${name}="([0-9.-]+)"`))[1]);
    if (page !== undefined) {
      sheet += 1;
      width = number(page, "width");
      height = number(page, "height");
      continue;
    }
    const least = MARGIN_MM * POINTS_PER_MM - OVERHANG_POINTS;
    const isIn = number(word, "xMin") >= least && number(word, "xMax") <= width - least && number(word, "yMin") >= 0 && number(word, "yMax") <= height;
    if (!isIn) faults.push(["paper", `in the margin of sheet ${sheet}: “${word.split(">")[1]}”`]);
  }
  return { sheets: pages.length, faults };
}
