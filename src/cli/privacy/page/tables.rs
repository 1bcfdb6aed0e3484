//! Tables of the page for a person.

use indelible_compliance::reports::forms::page::Page;

/// What stands behind the last row.
pub(super) const END_OF_TABLE: &str = "</tbody>\n</table></div>\n";

/// What is wider than the screen is scrolled, by the keyboard too.
pub(super) fn table_head(page: &mut Page, caption: &str, head: &[&str]) {
    page.raw(&format!(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{caption}\"><table>\n\
         <caption>{caption}</caption><thead><tr>"
    ));
    for name in head {
        page.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
}

/// One row.
pub(super) fn table_row<'a>(page: &mut Page, cells: impl Iterator<Item = &'a str>) {
    page.raw("<tr>");
    for cell in cells {
        page.element("td", "words", cell);
    }
    page.raw("</tr>\n");
}
