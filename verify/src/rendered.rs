//! Other forms of a report, made again from what the bundle gives and compared: what differs is named.

mod envelope;

use std::path::{Path, PathBuf};

use indelible_compliance::reports::Report;
use indelible_compliance::reports::difference::{
    Difference, PARTS_TOLD_MAX, Part, difference, shortened,
};
use indelible_compliance::reports::forms::{csv, dsse, html, oscal, text};
use indelible_compliance::reports::inert::{inert, inert_lines};
use indelible_evidence::verify::Report as Verification;
use serde::Serialize;

use self::envelope::{Signed, judge};
use crate::failure::Failure;
use crate::identities::keys;
use crate::text_file::changes;
use crate::trusted::{read_trusted, unusable};

/// No form of a report of a sane size is larger, in bytes.
const FORM_BYTES_MAX: usize = 8 << 20;
/// How many characters before the first one that differs are shown.
const SHOWN_BEFORE: usize = 40;
/// The endings of files, and the form that each says; of two that fit, the first counts.
const ENDINGS: [(&str, Form); 7] = [
    (".oscal.json", Form::Oscal),
    (".intoto.json", Form::InToto),
    (".html", Form::Html),
    (".htm", Form::Html),
    (".csv", Form::Csv),
    (".txt", Form::Text),
    (".json", Form::Json),
];

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Text,
    Csv,
    Oscal,
    /// A statement, or one in an envelope.
    InToto,
    /// The report itself, which has an option of its own.
    Json,
}

/// A file that is said to be another form of a report.
#[derive(Debug)]
pub(crate) struct Rendered {
    path: PathBuf,
    form: Form,
    bytes: Vec<u8>,
}

/// What comparing one came to.
#[derive(Debug, Serialize)]
pub(crate) struct FormCompared {
    file: String,
    #[serde(rename = "identical")]
    pub(crate) same: bool,
    difference: Option<String>,
    differences: Vec<Part>,
    /// What happened to the file on its way, where that shows, with what undoes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    /// Of an envelope, whether an identity of the ledger signed its statement; none of all other forms.
    signed: Option<bool>,
    /// Of an envelope, what each of its signatures is worth.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<Signed>,
}

impl Rendered {
    /// Reads one. Its name says which form it is.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let form = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
        let form = match form {
            Some((_, Form::Json)) | None => {
                return Err(Failure::Usage(format!(
                    "{}: --rendered takes files that end in .html, .txt, .csv, .oscal.json or .intoto.json; the JSON form \
                     goes to --report",
                    path.display()
                )));
            }
            Some((_, form)) => *form,
        };
        Ok(Self {
            path: path.to_owned(),
            form,
            bytes: read_trusted(path, FORM_BYTES_MAX)?,
        })
    }

    /// Makes the same form of the report that the bundle gives, and compares.
    pub(crate) fn compare(
        &self,
        made: &Report,
        verification: &Verification,
    ) -> Result<FormCompared, Failure> {
        let failed = |error: serde_json::Error| Failure::Malformed(error.to_string());
        let mut signatures = Vec::new();
        let difference = match self.form {
            Form::Html => in_lines(&self.bytes, &html::html(made), heading),
            Form::Text => in_lines(&self.bytes, &text::text(made), |_| None),
            Form::Csv => in_lines(&self.bytes, &csv::criteria(made), |_| None),
            Form::Oscal => difference(&self.bytes, &oscal::oscal(made).map_err(failed)?),
            Form::InToto | Form::Json => {
                let statement = dsse::statement(made).map_err(failed)?;
                let payload = self.statement(verification, &mut signatures)?;
                difference(&payload, &statement)
            }
        };
        let identical = difference == Difference::Identical;
        let signed = (!signatures.is_empty()).then(|| signatures.iter().any(Signed::verifies));
        let told = match (identical, signed) {
            (true, Some(false)) => Some("no identity of the ledger signed it".to_owned()),
            (true, _) => None,
            (false, _) => Some(difference.to_string()),
        };
        Ok(FormCompared {
            file: self.path.display().to_string(),
            same: told.is_none(),
            difference: told,
            differences: match difference {
                Difference::In { parts, .. } => parts,
                _ => Vec::new(),
            },
            changed: match identical {
                true => Vec::new(),
                false => changes(&self.path, &self.bytes),
            },
            signed,
            signatures,
        })
    }

    /// The statement: of an envelope, what it holds.
    fn statement(
        &self,
        verification: &Verification,
        signatures: &mut Vec<Signed>,
    ) -> Result<Vec<u8>, Failure> {
        let is_envelope = serde_json::from_slice::<serde_json::Value>(&self.bytes)
            .is_ok_and(|value| value.get("payload").is_some());
        if !is_envelope {
            return Ok(self.bytes.clone());
        }
        let opened = dsse::open(&self.bytes).map_err(|error| unusable(&self.path, error))?;
        let keys = keys(verification)?;
        *signatures = judge(&opened, &keys);
        Ok(opened.payload)
    }
}

impl FormCompared {
    /// For people.
    pub(crate) fn text(&self) -> String {
        let signed = match self.signed {
            Some(true) => ", and signed by an identity of the ledger",
            _ => "",
        };
        let mut told = match &self.difference {
            None => format!("{}: identical{signed}\n", inert(&self.file)),
            Some(difference) => format!("{}: {}\n", inert(&self.file), inert_lines(difference)),
        };
        for change in &self.changed {
            told += &format!(
                "  it was changed on its way, which says nothing about the evidence: {}\n",
                inert(change)
            );
        }
        for (place, signature) in self.signatures.iter().enumerate() {
            told += &format!("  signature {}: {}\n", place + 1, inert(&signature.words()));
        }
        told
    }
}

/// Compares texts line by line. `heading` gives what a line belongs to from what stands before its end.
fn in_lines(file: &[u8], made: &str, heading: impl Fn(&str) -> Option<String>) -> Difference {
    if file == made.as_bytes() {
        return Difference::Identical;
    }
    let Ok(file) = std::str::from_utf8(file) else {
        let pairs = file.iter().zip(made.as_bytes());
        let offset = pairs.take_while(|(one, other)| one == other).count();
        return Difference::AtByte { offset };
    };
    let (lines, wanted): (Vec<_>, Vec<_>) =
        (file.split('\n').collect(), made.split('\n').collect());
    let same_length = lines.len() == wanted.len();
    let mut end = 0;
    let mut parts = Vec::new();
    let mut omitted = 0;
    for place in 0..lines.len().max(wanted.len()) {
        let (line, want) = (lines.get(place), wanted.get(place));
        end += want.map_or(0, |want| want.len() + 1);
        if line == want {
            continue;
        }
        if parts.len() == PARTS_TOLD_MAX || !same_length && !parts.is_empty() {
            omitted += 1;
            continue;
        }
        let (first, second) = around(line.copied(), want.copied());
        let before = made.get(..end.min(made.len())).unwrap_or(made);
        parts.push(Part {
            pointer: format!("line {}", place + 1),
            belongs_to: heading(before).unwrap_or_default(),
            first,
            second,
        });
    }
    Difference::In { parts, omitted }
}

/// Two lines, from shortly before where they part.
fn around(line: Option<&str>, want: Option<&str>) -> (Option<String>, Option<String>) {
    let (one, other) = (line.unwrap_or_default(), want.unwrap_or_default());
    let pairs = one.chars().zip(other.chars());
    let same = pairs.take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(SHOWN_BEFORE);
    let shown = |text: &str| shortened(&text.chars().skip(from).collect::<String>());
    (line.map(shown), want.map(shown))
}

/// The last heading of a page before this: a clause, or a section.
fn heading(before: &str) -> Option<String> {
    let begins = ["<h2", "<h3"].iter().filter_map(|tag| before.rfind(tag));
    let from = before.get(begins.max()?..)?;
    let end = ["</h2>", "</h3>"].iter().filter_map(|tag| from.find(tag));
    let inner = from.get(..end.min()?)?;
    let mut within_tag = false;
    let mut text = String::new();
    for c in inner.chars() {
        match c {
            '<' => within_tag = true,
            '>' => {
                within_tag = false;
                text.push(' ');
            }
            c if !within_tag => text.push(c),
            _ => {}
        }
    }
    let words: Vec<_> = text.split_whitespace().collect();
    Some(format!("under \"{}\"", shortened(&words.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_differs_is_told_with_its_heading() {
        let page = "<h2>Clauses</h2>\n<h3 id=\"h1\"><span>12(1)</span> Events</h3>\n<p>not evidenced</p>\n";
        let altered = page.replace("not evidenced", "evidenced");
        let Difference::In { parts, omitted: 0 } = in_lines(altered.as_bytes(), page, heading)
        else {
            panic!("it differs");
        };
        let wanted = Part {
            pointer: "line 3".to_owned(),
            belongs_to: "under \"12(1) Events\"".to_owned(),
            first: Some("<p>evidenced</p>".to_owned()),
            second: Some("<p>not evidenced</p>".to_owned()),
        };
        assert_eq!(parts, [wanted]);
        assert_eq!(
            in_lines(page.as_bytes(), page, heading),
            Difference::Identical
        );
    }

    #[test]
    fn a_line_that_is_gone_is_told_once() {
        let text = "a\nb\nc\nd\n";
        let Difference::In { parts, omitted } = in_lines(b"a\nc\nd\n", text, |_| None) else {
            panic!("it differs");
        };
        assert_eq!((parts.len(), omitted), (1, 3));
        assert_eq!(parts[0].second.as_deref(), Some("b"));
    }
}
