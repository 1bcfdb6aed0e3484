//! Records as one page, for whoever has no terminal: no script, no network, and what somebody else wrote is text.

use std::io::{self, Write};

use indelible_compliance::{
    reports::{
        AnswerName, Verification, counted,
        forms::page::{FOOT, element, escaped, head as frame_head, markup},
        inert::{inert_lines, told_apart},
    },
    time::shortest,
};

use super::payload::{Content, readable};
use super::record::ShownRecord;
use super::shower::{Head, Shower};
use super::text::rows;

/// More records than this nobody reads on one page, and no phone shows them.
pub(super) const RECORDS_MAX: u64 = 5_000;
/// How much of a payload is shown.
const PAYLOAD_BYTES_MAX: usize = 4 << 10;
const STYLE: &str = include_str!("page.css");

/// Writes the page. The index of its records stands at its end, so that nothing but the index is in memory.
pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    index: String,
}

impl<'a> Page<'a> {
    pub(super) fn begin(out: &'a mut dyn Write, head: &Head<'_>) -> io::Result<Self> {
        let verification = head.verification;
        let origin = element("span", "mono", &verification.bundle.origin);
        let tone = match verification.result {
            AnswerName::Holds => "good",
            AnswerName::Unanswerable => "half",
            AnswerName::Broken => "bad",
        };
        write!(
            out,
            "{}<div class=\"first {tone}\" role=\"status\"><p>{}</p></div>\n\
             <header>\n<h1>Records of a ledger</h1>\n<p>{origin}</p>\n<p>{} <a href=\"#index\">Index of the records</a></p>\n\
             </header>\n<main>\n",
            frame_head(&format!("Records of {}", verification.bundle.origin), STYLE),
            element("span", "", &verification.headline),
            escaped(&head.counted),
        )?;
        out.write_all(panel(verification).as_bytes())?;
        Ok(Self {
            out,
            index: String::new(),
        })
    }
}

impl Shower for Page<'_> {
    fn record(&mut self, record: &ShownRecord) -> io::Result<()> {
        let sequence = record.sequence;
        let event = record.event.as_ref();
        let what = event.map_or(record.kind, |event| event.event_type.as_str());
        let actor = event.and_then(|event| event.attributes.text("actor"));
        let time = shortest(record.time);
        let mut article = format!(
            "<article id=\"record-{sequence}\">\n<div class=\"head\"><h2><a href=\"#record-{sequence}\">Record \
             {sequence}</a></h2>{}<span class=\"soft\">{time}</span></div>\n",
            element("span", "", what)
        );
        for finding in &record.findings {
            article += &element("p", "found", finding);
        }
        article += "<dl>\n";
        for (name, text) in rows(record) {
            article += &term(&name, &text);
        }
        article += "</dl>\n";
        if let Some(event) = event {
            article += &payload(event.payload.content());
        }
        article += "</article>\n";
        self.out.write_all(article.as_bytes())?;
        self.index += &format!(
            "<tr><td><a href=\"#record-{sequence}\">{sequence}</a></td><td>{time}</td><td>{}</td><td>{}</td></tr>\n",
            element("span", "", what),
            element("span", "", actor.unwrap_or_default())
        );
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        write!(
            self.out,
            "<section class=\"panel\" id=\"index\">\n<h2>Index of the records</h2>\n<table><caption>Index of the records</caption><thead><tr><th scope=\"col\">record</th>\
             <th scope=\"col\">recorded</th><th scope=\"col\">what</th><th scope=\"col\">who acted</th></tr></thead>\n<tbody>\n{}</tbody></table>\n</section>\n\
             </main>\n<footer>\n<p>Recorded times are by the operator’s clock, and times of events are on their \
             producers’ word. No page is a proof: whoever doubts it verifies the bundle with indelible-verify.</p>\n\
             </footer>\n{FOOT}",
            self.index
        )?;
        self.out.flush()
    }
}

/// What was verified.
fn panel(verification: &Verification) -> String {
    let bundle = &verification.bundle;
    let mut panel = "<section class=\"panel\">\n<h2>What was verified</h2>\n<dl>\n".to_owned();
    for (question, answer) in verification.verdict.each() {
        panel += &term(question.name(), verification.answer_words(question, answer));
    }
    if let Some(recorded) = &bundle.recorded {
        let told = format!(
            "from {} to {}, by the operator's clock",
            recorded.first, recorded.last
        );
        panel += &term("records of the bundle", &told);
    }
    panel += &term("checkpoint", &format!("size {}", bundle.size));
    panel += &term("pinned key", &verification.verifier_key);
    panel + "</dl>\n</section>\n"
}

fn payload(content: Option<Content<'_>>) -> String {
    let (text, left_out) = match content {
        None | Some(Content::Text("")) => return String::new(),
        Some(Content::Text(text)) => readable(text, PAYLOAD_BYTES_MAX),
        Some(Content::Base64(base64)) => {
            let (shown, left_out) = readable(&base64, PAYLOAD_BYTES_MAX);
            (format!("base64 {shown}"), left_out)
        }
    };
    let lines = inert_lines(&text);
    let lines: Vec<_> = lines.split('\n').map(markup).collect();
    let mut shown = format!("<pre><bdi>{}</bdi></pre>\n", lines.join("\n"));
    if left_out > 0 {
        shown += &format!(
            "<p class=\"soft\">{} not shown here; --format ndjson has the rest.</p>\n",
            counted(left_out as u64, "more byte is", "more bytes are")
        );
    }
    shown
}

fn term(name: &str, text: &str) -> String {
    let is_copied = text.split(' ').any(|word| word.len() > 40);
    let class = if is_copied { "mono" } else { "" };
    format!(
        "<div><dt>{}</dt>{}</div>\n",
        escaped(&told_apart(name)),
        element("dd", class, &told_apart(text))
    )
}
