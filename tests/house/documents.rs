//! The pages: what they name is there, and they are as long and as complete as they say.

use std::{collections::BTreeSet, path::Path};

use crate::{ROOT, files_below, read, sources_below};

/// Pages that name files and folders in code spans, each of which must be there.
const PAGES_THAT_NAME_FILES: &[&str] = &[
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/glossary.md",
];
/// Lines of docs/architecture.md.
const ARCHITECTURE_LINES_MAX: usize = 250;
/// What a file that a recipe has yet to make is called.
const PLACEHOLDER: &str = "NAME";

/// All pages.
fn pages() -> Vec<String> {
    let mut pages = files_below("docs");
    pages.retain(|path| path.ends_with(".md"));
    let others = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "deploy/README.md",
    ];
    pages.extend(others.map(str::to_owned));
    pages
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let parts = page.split("\n```").step_by(2);
    parts.collect::<Vec<_>>().join("\n")
}

/// The code spans of a page.
fn spans(page: &str) -> Vec<String> {
    let prose = prose(page);
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether a code span is the path of a file or a folder.
fn is_path(span: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let ends = [".rs", ".md", ".toml", ".proto", ".yaml", ".txt", ".lock"];
    !span.contains(PLACEHOLDER)
        && span.chars().all(is_plain)
        && !span.starts_with('/')
        && (span.contains('/') || ends.iter().any(|end| span.ends_with(end)))
}

#[test]
fn files_that_pages_name_are_there() {
    let mut gone = Vec::new();
    for page in PAGES_THAT_NAME_FILES {
        for span in spans(&read(page)).iter().filter(|span| is_path(span)) {
            if !Path::new(ROOT).join(span).exists() {
                gone.push(format!("{page} names {span}"));
            }
        }
    }
    assert!(gone.is_empty(), "{gone:#?}");
}

/// The place that a heading has in links: as the common renderers make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

/// The targets of a page's links, those to the web left out.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let targets = prose.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let folder = Path::new(&page).parent().unwrap();
        for link in links(&read(&page)) {
            let (path, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                Path::new(ROOT).join(&page)
            } else {
                Path::new(ROOT).join(folder).join(path)
            };
            let is_there = target.exists();
            let has_place = place.is_empty()
                || std::fs::read_to_string(&target)
                    .is_ok_and(|text| anchors(&text).contains(place));
            if !is_there || !has_place {
                broken.push(format!("{page} links to {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_architecture_is_read_in_one_sitting() {
    let lines = read("docs/architecture.md").lines().count();
    assert!(lines <= ARCHITECTURE_LINES_MAX, "{lines} lines");
}

/// Each thread that is started with a name is in the picture, and the picture has no others.
#[test]
fn the_architecture_shows_every_thread() {
    let mut started = BTreeSet::new();
    for folder in ["bucket/src", "ledger/src", "keystore/src", "server/src"] {
        for path in sources_below(folder) {
            let source = read(&path);
            for start in ["spawn(\"", "Loop::new(\"", ".name(\"", ".thread_name(\""] {
                let names = source.split(start).skip(1);
                started.extend(names.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
            }
        }
    }
    assert!(started.len() > 10, "{started:?}");
    let page = read("docs/architecture.md");
    let (_, table) = page
        .split_once("| thread | ")
        .expect("docs/architecture.md has the table of threads");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let shown: BTreeSet<_> = rows
        .map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(shown, started);
}

#[test]
fn the_life_of_an_event_has_eight_steps() {
    let page = read("docs/architecture.md");
    let (_, life) = page.split_once("## The life of an event").unwrap();
    let life = life.split("\n## ").next().unwrap();
    let steps: Vec<_> = life
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert_eq!(steps.len(), 8);
    for step in steps {
        let names_a_file = step.split('`').any(|span| span.ends_with(".rs"));
        assert!(names_a_file, "no file in: {step}");
    }
}

#[test]
fn targets_that_pages_name_are_in_the_makefile() {
    let makefile = read("Makefile");
    for page in ["CONTRIBUTING.md", "README.md"] {
        for span in spans(&read(page)) {
            let Some(target) = span.strip_prefix("make ") else {
                continue;
            };
            let target = target.split(' ').next().unwrap();
            let is_there = makefile
                .lines()
                .any(|line| line.starts_with(&format!("{target}:")));
            assert!(is_there, "{page} names {span}");
        }
    }
}

#[test]
fn the_index_of_decisions_has_every_part() {
    let page = read("docs/decisions.md");
    let index = page.split("\n## ").next().unwrap();
    for heading in page.lines().filter_map(|line| line.strip_prefix("## ")) {
        let link = format!("[{heading}](#{})", anchor(heading));
        assert!(index.contains(&link), "the index lacks {link}");
    }
}

#[test]
fn the_glossary_is_in_order() {
    let page = read("docs/glossary.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("**"));
    let terms: Vec<_> = rows
        .filter_map(|row| row.split("**").next())
        .map(str::to_lowercase)
        .collect();
    assert!(terms.len() > 30, "{}", terms.len());
    assert!(terms.is_sorted(), "{terms:#?}");
}

#[test]
fn pages_for_newcomers_are_linked_from_the_first() {
    let readme = read("README.md");
    for page in [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/architecture.md",
        "docs/decisions.md",
        "docs/glossary.md",
        "docs/threat-model.md",
    ] {
        assert!(
            readme.contains(&format!("]({page}")),
            "README.md does not link {page}"
        );
    }
}

#[test]
fn the_way_to_report_is_private_and_the_changes_have_a_place() {
    let security = read("SECURITY.md");
    assert!(security.contains("](docs/threat-model.md)"));
    assert!(!security.contains('@'), "an address that nobody reads");
    let changes = read("CHANGELOG.md");
    let first = changes.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## [Unreleased]"));
}

/// The tables of docs/store.md: the first cell's code spans, and the last one's.
fn rows_of_the_store() -> Vec<(Vec<String>, Vec<String>)> {
    let page = read("docs/store.md");
    let spans_of = |cell: &str| -> Vec<String> {
        let spans = cell.split('`').skip(1).step_by(2);
        spans.map(str::to_owned).collect()
    };
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.trim_matches('|').split(" | ").collect::<Vec<_>>());
    cells
        .filter(|cells| {
            let last = cells[cells.len() - 1].trim();
            last != "shown by" && !last.starts_with("---")
        })
        .map(|cells| (spans_of(cells[0]), spans_of(cells[cells.len() - 1])))
        .collect()
}

#[test]
fn tests_that_the_page_of_the_store_names_are_there() {
    let mut functions = BTreeSet::new();
    for folder in [
        "tests",
        "bucket",
        "ledger",
        "backup",
        "store",
        "server",
        "keystore",
        "compliance",
        "evidence",
        "verify",
    ] {
        for path in sources_below(folder) {
            let source = read(&path);
            let names = source.split("fn ").skip(1);
            functions.extend(names.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
    let rows = rows_of_the_store();
    assert!(rows.len() > 30, "{}", rows.len());
    let mut missing = Vec::new();
    for (kinds, tests) in rows {
        if tests.is_empty() {
            missing.push(format!("{kinds:?} is shown by no test"));
        }
        let gone = tests.into_iter().filter(|test| !functions.contains(test));
        missing.extend(gone.map(|test| format!("{kinds:?} names {test}, which is not there")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The bytes that tell kinds of keys apart, as the source of the store declares them.
#[test]
fn the_page_of_the_store_has_every_kind_of_key() {
    let source = read("store/src/rocks/keys.rs");
    let (source, _) = source.split_once("#[cfg(test)]").unwrap();
    let mut kinds = BTreeSet::new();
    for line in source.lines().filter(|line| line.contains("const ")) {
        let value = line
            .split_once("= ")
            .map_or("", |(_, value)| value.trim_end_matches(';'));
        let byte = value.trim_start_matches("&[").trim_end_matches(']');
        if byte.starts_with("0x") && byte != "0x20" {
            kinds.insert(format!("default {byte}"));
        } else if let Some(letter) = byte.strip_prefix("b'") {
            let letter = letter.trim_end_matches('\'');
            let family = if "cip".contains(letter) {
                "index"
            } else {
                "keys"
            };
            kinds.insert(format!("{family} {letter}"));
        } else if value.starts_with('"') {
            let family = value.trim_matches('"').to_owned();
            let has_kinds = ["index", "keys"].contains(&family.as_str());
            kinds.extend((!has_kinds).then_some(family));
        }
    }
    assert!(kinds.len() > 16, "{kinds:?}");
    let listed: BTreeSet<_> = rows_of_the_store()
        .into_iter()
        .flat_map(|(kinds, _)| kinds)
        .collect();
    let unlisted: Vec<_> = kinds.difference(&listed).collect();
    assert!(unlisted.is_empty(), "docs/store.md lacks {unlisted:?}");
}
