// Faults that are planted in a page that has none: each must be found, in that view, as that kind. What finds no planted
// fault proves nothing.

const inMain = (markup) => (page) => page.replace("</main>", `${markup}</main>`);
const style = (rules) => (page) => page.replace("</style>", `${rules}</style>`);
const unruled = (page) => page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");

export const FAULTS = [
  { kind: "page", view: "phone", what: "a row that is wider than a phone", plant: inMain('<p style="width: 400px">x</p>') },
  { kind: "page", view: "light", what: "a row that is wider than a desk", plant: inMain('<p style="width: 1400px">x</p>') },
  {
    kind: "overflow",
    view: "light",
    what: "a line that is cut at the edge of its box",
    plant: inMain('<p style="width: 6rem; overflow: hidden; white-space: nowrap">a line that is longer than its box</p>'),
  },
  {
    kind: "overflow",
    view: "phone",
    what: "a wide table that the keyboard can't scroll",
    plant: inMain('<div style="overflow-x: auto"><p style="width: 900px">x</p></div>'),
  },
  {
    kind: "overflow",
    view: "light",
    what: "a text that lies on another",
    plant: inMain('<p style="position: relative; top: 1.4rem">one line of text</p><p>another line of text</p>'),
  },
  {
    kind: "broken",
    view: "light",
    what: "a word on two lines",
    plant: inMain('<p style="width: 3rem; overflow-wrap: anywhere">decisions</p>'),
  },
  {
    kind: "broken",
    view: "dark",
    what: "a date on two lines",
    plant: inMain('<p style="width: 3rem">2026-<wbr>11-<wbr>29</p>'),
  },
  {
    kind: "broken",
    view: "phone",
    what: "an option of a command on two lines",
    plant: inMain('<p style="width: 5rem">not asked --known-head</p>'),
  },
  {
    kind: "broken",
    view: "A4",
    what: "a number and its unit on two lines",
    plant: inMain('<p style="width: 3.2rem">33.333 %</p>'),
  },
  { kind: "contrast", view: "light", what: "grey on white", plant: inMain('<p style="color: #8a8a8a">faint</p>') },
  {
    kind: "contrast",
    view: "dark",
    what: "ink that is for the light",
    plant: style("@media (prefers-color-scheme: dark) { .soft { color: #55626f; } }"),
  },
  { kind: "contrast", view: "A4", what: "faint ink", plant: style("@media print { .soft { color: #ccd3d9; } }") },
  { kind: "scheme", view: "dark", what: "a page that stays light", plant: style("body { background: #fff !important; }") },
  { kind: "scheme", view: "A4", what: "paper that is dark", plant: style("@media print { body { background: #111 !important; } }") },
  { kind: "axe", view: "light", what: "a picture that says nothing", plant: inMain('<img src="data:,">') },
  { kind: "axe", view: "phone", what: "a button without a name", plant: inMain('<span role="button" tabindex="0"></span>') },
  {
    kind: "script",
    view: "no script",
    what: "a page that a script writes",
    plant: (page) => inMain("<script>document.querySelector('h1').textContent = 'written'</script>")(unruled(page)),
  },
  {
    kind: "network",
    view: "network",
    what: "a picture from elsewhere",
    plant: (page) => inMain('<img alt="" src="http://127.0.0.1:9/a.png">')(unruled(page)),
  },
  { kind: "network", view: "network", what: "a page without its rule", plant: unruled },
  {
    kind: "paper",
    view: "A4",
    what: "what is folded, and stays so in print",
    plant: style("@media print { details::details-content { display: none !important; } }"),
  },
  { kind: "paper", view: "A4", what: "a text in the margin", plant: style("@page { margin: 5mm; }") },
  {
    kind: "overflow",
    view: "Letter",
    what: "a list that is cut at the end of the sheet",
    plant: inMain(`<div style="height: 1500px; contain: size; overflow: clip"><p style="padding-top: 1490px">the last ${"word ".repeat(90)}</p></div>`),
  },
];
