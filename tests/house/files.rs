//! The files of the source tree: none too long to be read at once, none named by what is left over.

use std::collections::BTreeMap;

use crate::{read, sources_below};

/// Lines of a Rust file.
const LINES_MAX: usize = 400;
/// Lines by which a longer file may shrink before its entry must follow.
const SLACK_LINES: usize = 40;
/// Files that are longer, and how long each may be. The list may only shrink.
const LONGER: &str = "tests/house/longer-files.txt";
/// Names from the field that end in a number.
const NUMBERED: &[&str] = &["article12", "ed25519", "pkcs11"];

/// The exceptions: lines with a length and a path.
fn longer() -> BTreeMap<String, usize> {
    let text = read(LONGER);
    let entries = text.lines().filter(|line| !line.starts_with('#'));
    entries
        .map(|line| {
            let (lines, path) = line.split_once(' ').unwrap();
            (path.to_owned(), lines.parse().unwrap())
        })
        .collect()
}

#[test]
fn no_file_is_longer_than_the_limit_or_than_it_was() {
    let mut longer = longer();
    let mut wrong = Vec::new();
    for path in sources_below("") {
        let lines = read(&path).lines().count();
        match longer.remove(&path) {
            Some(allowed) if lines > allowed => {
                wrong.push(format!(
                    "{path} grew from {allowed} lines to {lines}: split it"
                ));
            }
            Some(_) if lines <= LINES_MAX => {
                wrong.push(format!(
                    "{path} has {lines} lines by now: take it out of {LONGER}"
                ));
            }
            Some(allowed) if lines + SLACK_LINES < allowed => {
                wrong.push(format!(
                    "{path} shrank to {lines} lines: say so in {LONGER}, so that it stays"
                ));
            }
            None if lines > LINES_MAX => {
                wrong.push(format!(
                    "{path} has {lines} lines, {LINES_MAX} are the limit: split it"
                ));
            }
            _ => {}
        }
    }
    let gone = longer
        .keys()
        .map(|path| format!("{path} is gone: take it out of {LONGER}"));
    wrong.extend(gone);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_named_by_what_did_not_fit_elsewhere() {
    for path in sources_below("") {
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        let is_left_over = name.ends_with("_more") || name.ends_with("_part");
        let is_numbered = name.ends_with(|last: char| last.is_ascii_digit());
        assert!(
            !is_left_over && (!is_numbered || NUMBERED.contains(&name)),
            "{path} is named by a number or by what is left over, and not by what it holds"
        );
    }
}
