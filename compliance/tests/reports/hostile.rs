//! Words of strangers do nothing in any form.

use indelible_compliance::projections::measure::Value;
use indelible_compliance::projections::table::{Cell, Table};
use indelible_compliance::reports::{
    FrontMatter, Report,
    forms::{csv, html, oscal, text},
};
use indelible_evidence::verdict::FindingCode;

use crate::fixture::{broken, report_of, subject};

const HOSTILE: [&str; 10] = [
    "</style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "<!-- --><svg onload=alert(1)>",
    "</title></bdi></td><iframe src=//evil>",
    "&lt;script&gt; &#60;b&#62;",
    "\u{202e}dessalb\u{2066}\u{200f}",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m",
    "=HYPERLINK(\"http://evil\")",
    "a\r\nb\0c\u{2028}d",
];

/// A report with these words wherever words of strangers can stand.
fn hostile(words: &str) -> Report {
    let mut subject = subject();
    subject.verdict.custody = broken(FindingCode::StatementInvalid, 4, words, 2);
    for measure in subject.measures.0.values_mut() {
        measure.value = Value::NotComputable(words.to_owned());
    }
    subject.tables = vec![Table {
        name: "decisions.by_model",
        columns: &["model", "decisions"],
        rows: vec![vec![Cell::Text(words.to_owned()), Cell::Number(5)]],
    }];
    for record in &mut subject.named {
        record.what = words.to_owned();
        record.event_time = Some(words.to_owned());
        record.actor = Some(words.to_owned());
        record.correlation_id = Some(words.to_owned());
        record.outcome = Some(words.to_owned());
    }
    let mut report = report_of(&subject);
    let said = || Some(words.to_owned());
    report.front_matter = Some(FrontMatter {
        operator: said(),
        system: said(),
        period: said(),
        made_by: said(),
        made_for: said(),
    });
    report
}

/// The tags of a page, with their attributes.
pub(crate) fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').expect("a tag ends") + start;
        tags.push(&rest[start..=end]);
        rest = &rest[end + 1..];
    }
    tags
}

#[test]
fn no_words_add_a_tag_to_the_page() {
    let harmless = html::html(&hostile("harmless"));
    // Places to break in, and words without one, differ with the words.
    let kept = |page: &str| -> Vec<String> {
        let tags = tags(page).into_iter().filter(|tag| *tag != "<wbr>");
        tags.map(|tag| tag.replace("class=\"long\"", "class=\"\""))
            .collect()
    };
    let wanted = kept(&harmless);
    for words in HOSTILE {
        let page = html::html(&hostile(words));
        assert_eq!(kept(&page), wanted, "{words:?}");
        assert!(
            !page.contains("alert(1)>") && !page.contains("<script"),
            "{words:?}"
        );
        for tag in tags(&page) {
            assert!(!tag.contains("alert") && !tag.contains("evil"), "{tag}");
        }
    }
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let page = html::html(&report_of(&subject()));
    for forbidden in [
        "http:",
        "https:",
        "<script",
        "<link",
        "<iframe",
        "<img",
        "url(",
        "@import",
        " on",
        "src=",
        "javascript:",
    ] {
        for (place, _) in page.match_indices(forbidden) {
            // " on" is an attribute only within a tag.
            let before = &page[..place];
            let in_tag = before.rfind('<') > before.rfind('>');
            let around = &page[place.saturating_sub(20)..(place + 20).min(page.len())];
            assert!(forbidden == " on" && !in_tag, "{forbidden}: {around}");
        }
    }
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""));
}

#[test]
fn nothing_steers_a_terminal_or_turns_text() {
    for words in HOSTILE {
        let report = hostile(words);
        for form in [text::text(&report), html::html(&report)] {
            let steering = |c: char| {
                (c.is_control() && c != '\n')
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert_eq!(form.chars().find(|c| steering(*c)), None, "{words:?}");
        }
    }
}

/// Reads CSV as RFC 4180 has it.
fn read_csv(csv: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().expect("a row");
        let cell = row.last_mut().expect("a cell");
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted && chars.next() == Some('\n') => rows.push(vec![String::new()]),
            c => cell.push(c),
        }
    }
    assert_eq!(
        rows.pop(),
        Some(vec![String::new()]),
        "the last line is ended"
    );
    rows
}

#[test]
fn rows_come_back_as_they_were_and_none_is_a_formula() {
    for words in HOSTILE {
        let report = hostile(words);
        let rows = read_csv(&csv::table(&report.tables[0]));
        assert_eq!(rows.len(), 2);
        let cell = &rows[1][0];
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{cell}"
        );
        assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), words);
        let rows = read_csv(&csv::criteria(&report));
        assert!(
            rows.iter().all(|row| row.len() == rows[0].len()),
            "{rows:?}"
        );
    }
}

#[test]
fn json_holds_them_as_they_are() {
    for words in HOSTILE {
        let report = hostile(words);
        let read = Report::from_json(&report.to_json().expect("JSON")).expect("a report");
        assert_eq!(read, report);
        let oscal: serde_json::Value =
            serde_json::from_slice(&oscal::oscal(&report).expect("OSCAL")).expect("JSON");
        let results = &oscal["assessment-results"]["results"][0];
        let assessed = 6 - report.summary.not_assessable;
        let findings = results["findings"].as_array().map_or(0, Vec::len);
        assert_eq!(findings as u64, assessed);
    }
}
