//! One printable page: no network, no script, everything that somebody else wrote made inert.

use std::fmt::Write as _;

use crate::reports::{
    data::State,
    forms::unbroken::{Piece, pieces},
    inert::inert,
    words::shown_number,
};

const STYLE: &str = include_str!("page.css");

/// What every page begins with, up to where its body starts: no network and no script, whatever stands in it.
#[must_use]
pub fn head(title: &str, style: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>\n{style}</style>\n</head>\n<body>\n",
        escaped(title)
    )
}

/// What every page ends with.
pub const FOOT: &str = "</body>\n</html>\n";

/// Anybody's text as HTML, for content and for quoted attributes alike.
#[must_use]
pub fn escaped(text: &str) -> String {
    markup(&inert(text))
}

/// Text that steers nothing already, as HTML.
#[must_use]
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    out
}

/// The same in an element, apart from the direction of the text around it.
#[must_use]
pub fn element(tag: &str, class: &str, text: &str) -> String {
    in_element(tag, class, &escaped(text))
}

fn in_element(tag: &str, class: &str, content: &str) -> String {
    format!("<{tag} class=\"{class}\"><bdi>{content}</bdi></{tag}>")
}

/// Anybody's text as content, in which no number is broken.
fn content(text: &str) -> String {
    laid_out(text, |out, words| out.push_str(&markup(words)))
}

fn laid_out(text: &str, words: impl Fn(&mut String, &str)) -> String {
    let text = inert(text);
    let mut out = String::with_capacity(text.len() + 32);
    for piece in pieces(&text) {
        match piece {
            Piece::Words(piece) => words(&mut out, piece),
            Piece::Unbroken(number) => {
                out.push_str("<span class=\"unbroken\">");
                out.push_str(&markup(number));
                out.push_str("</span>");
            }
        }
    }
    out
}

/// A name that a page may break after each part: `ai.agent.halted.v1`.
pub(crate) fn breakable(text: &str) -> String {
    laid_out(text, |out, words| {
        for c in words.chars() {
            out.push_str(&markup(c.encode_utf8(&mut [0; 4])));
            if matches!(c, '.' | '/' | '_' | '-' | ':' | '@') {
                out.push_str("<wbr>");
            }
        }
    })
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    pub(crate) class: &'a str,
}

impl<'a> Column<'a> {
    /// Of words.
    pub(crate) fn words(name: &'a str) -> Self {
        Self { name, class: "" }
    }

    /// Of numbers.
    pub(crate) fn numbers(name: &'a str) -> Self {
        let class = "number";
        Self { name, class }
    }
}

/// A page being written. What goes through [`Page::text`] is escaped; what goes through [`Page::raw`] is ours.
#[derive(Default)]
pub struct Page {
    body: String,
    /// What stands in the margin of each printed page.
    margin: String,
}

impl Page {
    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.body.push_str(markup);
        self
    }

    /// Anybody's text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.body.push_str(&content(text));
        self
    }

    /// Anybody's text in an element of ours, apart from the direction of the text around it.
    pub fn element(&mut self, tag: &str, class: &str, text: &str) -> &mut Self {
        self.body.push_str(&in_element(tag, class, &content(text)));
        self
    }

    /// A row of a list of terms: of words, or of something to copy.
    pub fn term(&mut self, term: &str, text: &str) -> &mut Self {
        let copied = text.split(' ').any(|word| word.len() > 40);
        self.raw("<div><dt>").text(term).raw("</dt>");
        let class = if copied { "mono" } else { "words" };
        self.raw(&in_element("dd", class, &breakable(text)))
            .raw("</div>\n")
    }

    /// The head of a table. Wider ones than the screen are scrolled, by the keyboard too.
    pub(crate) fn table(
        &mut self,
        class: &str,
        caption: &str,
        columns: &[Column<'_>],
    ) -> &mut Self {
        let caption = escaped(caption);
        let _ = write!(
            self.body,
            "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{caption}\"><table class=\"{class}\">\
             <caption>{caption}</caption><thead><tr>"
        );
        for Column { name, class } in columns {
            let name = escaped(name);
            let _ = write!(self.body, "<th scope=\"col\" class=\"{class}\">{name}</th>");
        }
        self.raw("</tr></thead><tbody>\n")
    }

    /// Its end.
    pub(crate) fn table_end(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>\n")
    }

    /// What each printed page says at its foot: beside its number, which document it is of.
    pub(crate) fn margin(&mut self, text: &str) {
        let plain =
            |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '/' | ':');
        self.margin = text.chars().filter(plain).collect();
    }

    /// What was written so far, to be put into a longer page.
    pub fn into_body(self) -> String {
        self.body
    }

    /// The whole document.
    pub fn document(self, title: &str) -> String {
        let style = format!(
            "{STYLE}@page {{ @bottom-left {{ content: \"{}\"; }} }}\n",
            self.margin
        );
        head(title, &style) + &self.body + FOOT
    }
}

/// What something looks like: a colour and a sign, so nothing depends on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// In part.
    Half,
    /// Not as it should be.
    Bad,
    /// Nothing can be said.
    Open,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Half => "half",
            Self::Bad => "bad",
            Self::Open => "open",
        }
    }

    /// Its sign, for eyes only: words stand beside it.
    pub(crate) fn icon(self) -> String {
        let shape = match self {
            Self::Good => "<path d=\"M5.6 10.4l3 3 5.8-6.4\" class=\"stroke\"/>",
            Self::Half => {
                "<path d=\"M10 3.6a6.4 6.4 0 0 1 0 12.8z\" class=\"fill\"/><circle cx=\"10\" cy=\"10\" r=\"6.4\" class=\"thin\"/>"
            }
            Self::Bad => "<path d=\"M6.6 6.6l6.8 6.8M13.4 6.6l-6.8 6.8\" class=\"stroke\"/>",
            Self::Open => "<path d=\"M6 10h8\" class=\"stroke\"/>",
        };
        format!(
            "<svg class=\"icon {}\" viewBox=\"0 0 20 20\" width=\"20\" height=\"20\" aria-hidden=\"true\"><circle cx=\"10\" cy=\"10\" r=\"10\" class=\"disc\"/>{shape}</svg>",
            self.class()
        )
    }
}

impl From<State> for Tone {
    fn from(state: State) -> Self {
        match state {
            State::Evidenced => Self::Good,
            State::PartlyEvidenced => Self::Half,
            State::NotEvidenced => Self::Bad,
            State::NotAssessable => Self::Open,
        }
    }
}

/// A part of a bar.
pub(crate) struct Slice<'a> {
    pub(crate) class: &'a str,
    pub(crate) label: &'a str,
    pub(crate) count: u64,
}

/// A bar of slices, each as wide as its count asks for and at least visible, with a legend under it.
pub(crate) fn stacked_bar(title: &str, slices: &[Slice<'_>]) -> String {
    const WIDTH: u128 = 1_000;
    const LEAST: u128 = 6;
    const GAP: u128 = 3;
    let shown: Vec<_> = slices.iter().filter(|slice| slice.count > 0).collect();
    let total: u128 = shown.iter().map(|slice| u128::from(slice.count)).sum();
    let spare = WIDTH - LEAST * shown.len() as u128;
    let mut bar = format!(
        "<svg class=\"bar\" viewBox=\"0 0 1000 22\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        escaped(title)
    );
    let mut left = 0u128;
    let mut seen = 0u128;
    for (index, slice) in shown.iter().enumerate() {
        seen += u128::from(slice.count);
        let right = spare * seen / total + LEAST * (index as u128 + 1);
        let gap = if index + 1 < shown.len() { GAP } else { 0 };
        let _ = write!(
            bar,
            "<rect x=\"{left}\" y=\"0\" width=\"{}\" height=\"22\" class=\"{}\"/>",
            right - left - gap,
            slice.class
        );
        left = right;
    }
    bar.push_str("</svg>\n<ul class=\"legend\">");
    for slice in slices {
        let _ = write!(
            bar,
            "<li><span class=\"key {}\"></span><b>{}</b> {}</li>",
            slice.class,
            shown_number(slice.count),
            escaped(slice.label)
        );
    }
    bar.push_str("</ul>\n");
    bar
}

/// A share on a scale from none to all, with a mark where the threshold is; both in millionths.
pub(crate) fn meter(millionths: u64, threshold: Option<u64>, tone: Tone) -> String {
    let place = |millionths: u64| millionths.min(1_000_000) / 5_000;
    let mark = threshold.map(|threshold| {
        let x = place(threshold).clamp(1, 199);
        format!("<path d=\"M{x} 0v12\" class=\"mark\"/>")
    });
    format!(
        "<svg class=\"meter\" viewBox=\"0 0 200 12\" width=\"200\" height=\"12\" aria-hidden=\"true\"><rect x=\"0\" y=\"3\" width=\"200\" height=\"6\" rx=\"3\" class=\"track\"/><rect x=\"0\" y=\"3\" width=\"{}\" height=\"6\" rx=\"3\" class=\"{}\"/>{}</svg>",
        place(millionths).max(u64::from(millionths > 0) * 2),
        tone.class(),
        mark.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(
            escaped("<script>alert('&\"`')</script>"),
            "&lt;script&gt;alert(&#39;&amp;&quot;&#96;&#39;)&lt;/script&gt;"
        );
    }

    #[test]
    fn slices_fill_the_bar_and_none_vanishes() {
        let slice = |count| Slice {
            class: "good",
            label: "x",
            count,
        };
        let bar = stacked_bar("t", &[slice(1), slice(0), slice(999_999_999_999)]);
        assert_eq!(bar.matches("<rect").count(), 2, "{bar}");
        assert!(
            bar.contains("x=\"0\" y=\"0\" width=\"3\"") && bar.contains("width=\"994\""),
            "{bar}"
        );
        assert_eq!(stacked_bar("t", &[slice(0)]).matches("<rect").count(), 0);
    }
}
