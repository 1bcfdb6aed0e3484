//! Every page can be read by everybody: its structure, its links and its colours, for every framework, over ledgers of
//! every kind.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use indelible_compliance::reports::{
    FrontMatter, Report, State,
    forms::{html, text, verdict},
};

use crate::fixture::{forged, report_of, subject, with_closed_bodies};
use crate::full;
use crate::hostile::tags;
use crate::ledger::{Shown, Told, reports, subject_from};
use crate::verifications::{broken_verification, lawful_verification};

const STYLE: &str = include_str!("../../src/reports/forms/page.css");

/// Ledgers of every kind: without a record, with everything, with everything that speaks against a clause, with less to
/// see, with a clock that is wrong.
fn ledgers() -> Vec<(&'static str, Vec<Told>)> {
    let all = full::ledger();
    let spoilt = full::all_spoilt();
    let seen = |shown| spoilt.iter().map(|told| told.shown(shown)).collect();
    let skewed = spoilt.iter().cloned().map(|told| Told {
        behind: 700_000,
        ..told
    });
    vec![
        ("empty", Vec::new()),
        ("golden", all),
        ("sealed", seen(Shown::Sealed)),
        ("erased", seen(Shown::Erased)),
        ("skewed", skewed.collect()),
        ("spoilt", spoilt.clone()),
    ]
}

/// The value of an attribute in a tag.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn named<'p>(tags: &[&'p str], name: &str) -> Vec<&'p str> {
    let is_named = |tag: &str| {
        let rest = tag.trim_start_matches('<').strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '>']))
    };
    tags.iter().copied().filter(|tag| is_named(tag)).collect()
}

/// What is wrong with a page.
fn faults(page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let tags = tags(page);
    if attribute(named(&tags, "html")[0], "lang") != Some("en") {
        faults.push("no language".to_owned());
    }
    for landmark in ["main", "header", "footer", "h1", "title"] {
        let number = named(&tags, landmark).len();
        if number != 1 {
            faults.push(format!("{number} of {landmark}"));
        }
    }
    if !named(&tags, "script").is_empty() {
        faults.push("a script".to_owned());
    }
    let ids: Vec<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
    let unique: BTreeSet<_> = ids.iter().copied().collect();
    if unique.len() != ids.len() {
        faults.push("an id twice".to_owned());
    }
    for tag in &tags {
        let led = attribute(tag, "href").map(|href| href.trim_start_matches('#'));
        for id in [led, attribute(tag, "aria-labelledby")]
            .into_iter()
            .flatten()
        {
            if !unique.contains(id) {
                faults.push(format!("nothing is {id}: {tag}"));
            }
        }
    }
    let mut level = 0;
    for tag in &tags {
        let digit = tag.strip_prefix("<h").and_then(|rest| rest.chars().next());
        if let Some(next) = digit.and_then(|digit| digit.to_digit(10)) {
            if next > level + 1 {
                faults.push(format!("a heading of level {next} after one of {level}"));
            }
            level = next;
        }
    }
    for head in named(&tags, "th") {
        if !matches!(attribute(head, "scope"), Some("col" | "row")) {
            faults.push(format!("no scope: {head}"));
        }
    }
    for table in page.split("<table").skip(1) {
        let rest = table.split_once('>').map_or("", |(_, rest)| rest);
        let caption = rest
            .strip_prefix("<caption>")
            .map(|rest| rest.split('<').next());
        if caption.flatten().is_none_or(str::is_empty) {
            faults.push(format!("no caption: {}", &table[..table.len().min(60)]));
        }
    }
    for tag in named(&tags, "section")
        .into_iter()
        .chain(named(&tags, "figure"))
    {
        if attribute(tag, "aria-labelledby").is_none() {
            faults.push(format!("no name: {tag}"));
        }
    }
    for tag in &tags {
        let drawn = attribute(tag, "role") == Some("img") || attribute(tag, "tabindex").is_some();
        if drawn && attribute(tag, "aria-label").is_none_or(str::is_empty) {
            faults.push(format!("no label: {tag}"));
        }
    }
    faults
}

/// Writes a page to the folder that `INDELIBLE_PAGES` names, if it names one: `scripts/look-at-reports` lays these pages
/// out in a browser, beside the golden ones.
fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("INDELIBLE_PAGES") {
        let path = PathBuf::from(folder).join(format!("{name}.html"));
        std::fs::write(&path, page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn every_page_of_every_framework_can_be_read_by_everybody() {
    for (kind, ledger) in ledgers() {
        for report in reports(&subject_from(0, &ledger)) {
            let of = format!("{}-{kind}", report.framework.id);
            let page = html::html(&report);
            keep(&of, &page);
            assert_eq!(faults(&page), Vec::<String>::new(), "{of}");
        }
    }
    for subject in [subject(), with_closed_bodies(), forged()] {
        let page = html::html(&report_of(&subject));
        assert_eq!(faults(&page), Vec::<String>::new());
    }
}

#[test]
fn every_page_of_a_verification_can_be_read_by_everybody() {
    for verification in [lawful_verification(), broken_verification()] {
        let page = verdict::html(&verification);
        assert_eq!(faults(&page), Vec::<String>::new());
    }
}

/// What comes before the clauses in both forms.
pub(crate) fn first_screens(report: &Report) -> [String; 2] {
    let page = html::html(report);
    let text = text::text(report);
    let page = page.split("<h2>Clauses</h2>").next().expect("some");
    let text = text.split("pinned key").next().expect("some");
    // Lines are wrapped, and numbers lead somewhere.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut bare = String::new();
    for part in page.split('<').skip(1) {
        bare.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    let bare = bare.replace("&#39;", "'").replace("&quot;", "\"");
    [words(&bare), words(text)]
}

#[test]
fn the_first_screen_says_what_is_not_met_with_the_records() {
    let report = reports(&subject_from(0, &full::all_spoilt()))
        .into_iter()
        .find(|report| report.framework.id == "eu-ai-act")
        .expect("there is one");
    for screen in first_screens(&report) {
        let lower = screen.to_lowercase();
        let not_met = lower.find("not met: ").expect("what is not met");
        let limits = lower.find("what limits this report").expect("limits");
        assert!(not_met < limits, "{screen}");
        assert!(!lower.contains("not met: 0"), "{screen}");
        assert!(
            screen.contains("while it was halted") || screen.contains("while they were halted"),
            "{screen}"
        );
        assert!(screen.contains("shows it: ") || screen.contains("show it: "));
    }
}

/// How many lines a small terminal shows.
const TERMINAL_LINES: usize = 24;

#[test]
fn the_first_screen_has_the_sum_and_who_made_it_for_whom() {
    let mut report = reports(&subject_from(0, &full::all_spoilt())).remove(0);
    let said = |text: &str| Some(text.to_owned());
    report.front_matter = Some(FrontMatter {
        operator: said("Example Bank"),
        system: said("Loans"),
        period: said("Q3"),
        made_by: said("Compliance"),
        made_for: said("The board"),
    });
    let mut criteria = BTreeMap::<_, BTreeSet<_>>::new();
    for criterion in report.clauses.iter().flat_map(|clause| &clause.criteria) {
        let of = (&criterion.measure, &criterion.says, &criterion.words);
        let outcome = criterion.outcome.words();
        criteria.entry(outcome).or_default().insert(of);
    }
    let not_met = criteria["not met"].len();
    let clauses: usize = State::ALL
        .map(|state| report.summary.of(state) as usize)
        .iter()
        .sum();
    assert!(not_met > 0 && clauses == report.clauses.len());
    let sums = [
        format!("Criteria: {not_met} not met, "),
        format!(
            "Clauses: {} evidenced, {} partly evidenced, {} not evidenced, {} not assessable.",
            report.summary.evidenced,
            report.summary.partly_evidenced,
            report.summary.not_evidenced,
            report.summary.not_assessable
        ),
    ];
    let text = text::text(&report);
    let first: Vec<_> = text.lines().take(TERMINAL_LINES).collect();
    let [page, _] = first_screens(&report);
    for (screen, until) in [(first.join(" "), "NOT MET"), (page, "Not met")] {
        let before = screen.split(until).next().expect("some");
        for said in sums
            .iter()
            .map(String::as_str)
            .chain(["Example Bank", "The board"])
        {
            assert!(before.contains(said), "{said}: {screen}");
        }
    }
}

/// Words that say one of a thing as if it were several, each with what stands before.
fn disagreements(form: &str) -> Vec<String> {
    let form = form.replace("&#39;", "'").replace('\u{2019}', "'");
    let words: Vec<_> = form
        .split(|c: char| c.is_whitespace() || "<>".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let is_several = |noun: &str| {
        let noun = noun.trim_matches(|c: char| !c.is_alphabetic());
        [
            "records", "events", "criteria", "clauses", "rows", "budgets", "days", "findings",
            "are", "were", "don't",
        ]
        .contains(&noun)
    };
    let pairs = words.windows(12).filter(|words| words[0] == "1");
    pairs
        .filter(|words| {
            let one_event = matches!(words[1], "event" | "record");
            is_several(words[1]) || one_event && words[3..].contains(&"don't")
        })
        .map(|words| words.join(" "))
        .collect()
}

#[test]
fn one_is_never_said_as_if_it_were_several() {
    let wrong = "1 event that it rests on can't be read, or don't say what decides, and so on";
    assert_eq!(disagreements(wrong).len(), 1);
    assert_eq!(
        disagreements("1 records in all this time and no more than that so far").len(),
        1
    );
    let full = full::all_spoilt();
    for told in full.iter().step_by(full.len().div_ceil(40)) {
        for shown in [Shown::Open, Shown::Sealed, Shown::Misfit] {
            for report in reports(&subject_from(0, &[told.shown(shown)])) {
                for form in [text::text(&report), html::html(&report)] {
                    assert_eq!(disagreements(&form), Vec::<String>::new());
                }
            }
        }
    }
}

#[test]
fn the_first_screen_over_broken_evidence_says_nothing_else() {
    for screen in first_screens(&report_of(&forged())) {
        let lower = screen.to_lowercase();
        assert!(lower.contains("nothing is assessed"), "{screen}");
        assert!(!lower.contains("not met: "), "{screen}");
        assert!(!lower.contains("not decided: "), "{screen}");
    }
}

#[test]
fn a_report_over_nothing_misses_nothing_and_says_so() {
    for report in reports(&subject_from(0, &[])) {
        for screen in first_screens(&report) {
            assert!(screen.to_lowercase().contains("nothing is assessed"));
        }
    }
}

/// The custom properties of each scheme: light, dark, print.
fn schemes() -> Vec<Vec<(&'static str, &'static str)>> {
    let blocks = STYLE.split(":root {").skip(1);
    let of = |block: &'static str| {
        let block = block.split('}').next().unwrap_or_default();
        let pairs = block.split(';').filter_map(|line| line.split_once(": "));
        pairs
            .filter_map(|(name, value)| Some((name.trim().strip_prefix("--")?, value.trim())))
            .collect()
    };
    blocks.map(of).collect()
}

/// How bright a colour is, from 0 to 1.
fn luminance(colour: &str) -> f64 {
    let digits = colour.trim_start_matches('#');
    let channel = |place: usize| {
        let digits = match digits.len() {
            3 => digits[place..=place].repeat(2),
            _ => digits[2 * place..2 * place + 2].to_owned(),
        };
        let value = f64::from(u8::from_str_radix(&digits, 16).expect("a colour")) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The custom properties that declarations of these names use.
fn used(declarations: &[&str]) -> BTreeSet<&'static str> {
    let rules = STYLE.split(['{', '}', ';', '\n']).map(str::trim);
    let values = rules.filter_map(|rule| {
        let (name, value) = rule.split_once(':')?;
        declarations.contains(&name).then_some(value)
    });
    values
        .flat_map(|value| value.split("var(--").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .collect()
}

#[test]
fn every_colour_of_text_stands_out_from_every_ground() {
    let schemes = schemes();
    assert_eq!(schemes.len(), 3, "light, dark and print");
    // What text may stand on. The ground of a broken report's first line has white on it, below; marks have no text.
    let grounds: BTreeSet<_> = used(&["background"])
        .into_iter()
        .filter(|name| !["good", "half", "bad", "open"].contains(name))
        .collect();
    let inks = used(&["color"]);
    assert!(grounds.contains("card") && grounds.contains("paper") && inks.contains("soft"));
    for scheme in schemes {
        let of = |name: &str| {
            let found = scheme.iter().find(|(property, _)| *property == name);
            found.unwrap_or_else(|| panic!("no --{name}")).1
        };
        for ink in &inks {
            for ground in &grounds {
                let contrast = contrast(of(ink), of(ground));
                assert!(contrast >= 4.5, "{ink} on {ground}: {contrast:.2}");
            }
        }
    }
    for ground in ["#b3261e", "#7d1f1a"] {
        assert!(STYLE.contains(ground) && contrast("#ffffff", ground) >= 4.5);
    }
}
