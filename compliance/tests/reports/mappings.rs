//! Mapping files: those that ship, and what a wrong one gets.

use std::collections::BTreeSet;
use std::path::Path;

use indelible_compliance::frameworks::{Framework, Review, SHIPPED, Source, SourceKind, shipped};
use indelible_compliance::projections::catalogue::Catalogue;
use sha2::{Digest as _, Sha256};

use crate::fixture::{EXAMPLE, example, example_catalogue};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("frameworks")
}

#[test]
fn every_mapping_that_ships_is_right_and_is_its_file() {
    let catalogue = Catalogue::of_this_build();
    for shipped in SHIPPED {
        let framework = shipped
            .read(&catalogue)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (framework.id.as_str(), framework.version),
            (shipped.id, shipped.version)
        );
        assert_eq!(
            shipped.file,
            format!("{}.v{}.yaml", shipped.id, shipped.version)
        );
        let free = ["eu-ai-act", "gdpr", "hipaa", "nist-ai-rmf"].contains(&shipped.id);
        assert_eq!(
            framework.review == Review::NoLegalReview,
            free,
            "{}",
            shipped.id
        );
    }
    let listed: BTreeSet<_> = SHIPPED
        .iter()
        .map(|shipped| shipped.file.to_owned())
        .collect();
    let found: BTreeSet<_> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    assert_eq!(listed, found);
}

/// A report names its mapping by version and digest, so a mapping that a release carried must stay as it is. After a
/// change that is meant, and before the first release that carries the file: `INDELIBLE_GOLDEN=write`.
#[test]
fn a_mapping_does_not_change_under_its_version() {
    let lines = SHIPPED.iter().map(|shipped| {
        let digest = Sha256::digest(shipped.text.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digest}  {}\n", shipped.file)
    });
    let now: String = lines.collect();
    let path = folder().join("SHA256SUMS");
    if std::env::var_os("INDELIBLE_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, &now).expect("written");
    }
    let then = std::fs::read_to_string(&path).expect("the digests");
    assert_eq!(
        then, now,
        "a mapping changed: write the next version, in a file of its own"
    );
}

#[test]
fn a_mapping_is_found_by_name_and_version() {
    assert_eq!(shipped("gdpr", None).expect("there").version, 2);
    assert_eq!(shipped("gdpr", Some(2)).expect("there").id, "gdpr");
    assert_eq!(
        shipped("gdpr", Some(9)).expect_err("not there").to_string(),
        "there is no mapping gdpr version 9; there are eu-ai-act version 2, gdpr version 2, hipaa version 2, \
         iso-42001 version 2, nist-ai-rmf version 2, owasp-agentic version 1, pci-dss version 2, soc2 version 2"
    );
}

#[test]
fn the_numbers_of_article_12_are_the_acts() {
    let framework = shipped("eu-ai-act", None).expect("there");
    let framework = framework.read(&Catalogue::of_this_build()).expect("right");
    let clauses = framework
        .select(&["article12".to_owned()])
        .expect("the set");
    let numbers: Vec<_> = clauses.iter().map(|clause| clause.id.as_str()).collect();
    let wanted = [
        "12(1)", "12(2)(a)", "12(2)(b)", "12(2)(c)", "12(3)(a)", "12(3)(b)", "12(3)(c)", "12(3)(d)",
    ];
    assert_eq!(numbers, wanted);
    let annex_iii = &framework.applies[0];
    assert_eq!(annex_iii.from, "2027-12-02");
    let source = framework
        .sources
        .iter()
        .find(|source| source.id == annex_iii.source);
    assert!(source.is_some_and(|source| source.title.contains("2026/1744")));
}

fn numbers(id: &str) -> Vec<String> {
    let framework = shipped(id, None).expect("there");
    let framework = framework.read(&Catalogue::of_this_build()).expect("right");
    framework
        .clauses
        .iter()
        .map(|clause| clause.id.clone())
        .collect()
}

/// `12(2):c` is 12(2)(a) to 12(2)(c).
fn numbered(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for part in text.split_whitespace() {
        match part.split_once(':') {
            None => numbers.push(part.to_owned()),
            Some((paragraph, last)) => numbers.extend(
                ('a'..=last.chars().next().expect("a letter"))
                    .map(|letter| format!("{paragraph}({letter})")),
            ),
        }
    }
    numbers
}

/// Every paragraph and letter of the articles that are mapped whole, as the texts number them.
#[test]
fn the_articles_that_are_mapped_whole_are_whole() {
    let act = "12(1) 12(2):c 12(3):d 14(1) 14(2) 14(3) 14(4):e 14(5) 15(1) 15(2) 15(3) 15(4) 15(5) 19(1) 19(2) \
               26(1) 26(2) 26(3) 26(4) 26(5) 26(6) 26(7) 26(8) 26(9) 26(10) 26(11) 26(12) 72(2) 73(2) 86(1)";
    assert_eq!(numbers("eu-ai-act"), numbered(act));
    let gdpr = "5(1)(e) 5(1)(f) 6(1) 7(1) 7(3) 12(3) 12(4) 15(1) 15(1):h 15(2) 15(3) 15(4) 16 17(1) 17(1):f 17(2) 17(3) \
                17(3):e 18(1) 20(1) 21(1) 22(3) 30(1) 30(1):g 30(2) 30(2):d 30(3) 30(4) 30(5) 33(1) 34(1)";
    assert_eq!(numbers("gdpr"), numbered(gdpr));
    let mut subcategories = ["GOVERN 1.6", "GOVERN 1.7", "GOVERN 4.3"]
        .map(String::from)
        .to_vec();
    for (function, parts) in [
        ("MEASURE", &[3, 13, 3, 3][..]),
        ("MANAGE", &[4, 4, 2, 3][..]),
    ] {
        for (category, count) in (1..).zip(parts) {
            subcategories.extend((1..=*count).map(|part| format!("{function} {category}.{part}")));
        }
    }
    assert_eq!(numbers("nist-ai-rmf"), subcategories);
    let rule = [
        "§164.308(a)(1)(ii)(D)",
        "§164.308(a)(5)(ii)(C)",
        "§164.308(a)(6)(ii)",
        "§164.312(b)",
        "§164.312(c)(1)",
        "§164.316(b)(2)(i)",
        "§164.404(b)",
    ];
    assert_eq!(numbers("hipaa"), rule);
    // What was read, and when, stands in each.
    for id in ["eu-ai-act", "gdpr", "nist-ai-rmf", "hipaa"] {
        let framework = shipped(id, None).expect("there");
        let framework = framework.read(&Catalogue::of_this_build()).expect("right");
        let secondary = |source: &Source| source.kind == SourceKind::Secondary;
        assert!(framework.sources.iter().any(secondary), "{id}");
        let sets = framework.sets.values().flatten();
        for clause in sets {
            assert!(framework.clauses.iter().any(|known| known.id == *clause));
        }
    }
}

fn refusal(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "{from}");
    let text = EXAMPLE.replacen(from, to, 1);
    let read = Framework::read("m.yaml", &text, &example_catalogue());
    read.expect_err("refused").to_string()
}

#[test]
fn what_is_wrong_in_a_mapping_is_told_with_its_line_and_what_is_allowed() {
    let mut wrong = Vec::new();
    for (from, to, wanted) in [
        (
            "indelible-mapping/1",
            "indelible-mapping/0",
            "m.yaml:3: the format is \"indelible-mapping/0\"; this program reads \"indelible-mapping/1\"",
        ),
        (
            "review:",
            "reviewed:",
            "m.yaml:9: unknown field `reviewed`, expected one of format, id, version, date, title, short, review, about, sources, applies, clocks_within, evidenced_over, projections, sets, clauses",
        ),
        (
            "no-legal-review",
            "certified",
            "m.yaml:9: unknown variant `certified`, expected one of unreviewed-draft, no-legal-review",
        ),
        (
            "  agents: 1",
            "  agent: 1",
            "m.yaml:28: there is no projection \"agent\"; there are agents, decisions, oversight",
        ),
        (
            "  decisions: 2",
            "  decisions: 7",
            "m.yaml:29: there is no version 7 of projection \"decisions\"; there are 1, 2",
        ),
        (
            "measure: decisions.recorded",
            "measure: decisions.record",
            "m.yaml:39: there is no measure \"decisions.record\"; that projection gives decisions.recorded, decisions.with_input_digest, decisions.with_output_digest, decisions.with_risk_score",
        ),
        (
            "  decisions: 2",
            "  decisions: 1",
            "m.yaml:44: there is no measure \"decisions.with_input_digest\"; that projection gives decisions.recorded",
        ),
        (
            "measure: decisions.recorded",
            "measure: budgets.tokens",
            "m.yaml:39: the measure \"budgets.tokens\" belongs to a projection that `projections` does not list; it \
             lists agents, decisions, oversight",
        ),
        (
            "at_least: 99%",
            "at_least: 99%\n        at_most: 5",
            "m.yaml:44: a criterion has exactly one of `at_least`, `at_most`, `is` and `shown: true`; that of \"decisions.with_input_digest\" has 2",
        ),
        (
            "        at_least: 99%\n",
            "",
            "m.yaml:44: a criterion has exactly one of `at_least`, `at_most`, `is` and `shown: true`; that of \"decisions.with_input_digest\" has 0",
        ),
        (
            "at_least: 99%",
            "at_least: 99%\n        either: inputs",
            "m.yaml:34: only one criterion has `either: inputs`; give the same to another of its clause, or leave it out",
        ),
        (
            "at_least: 99%",
            "at_most: 1%\n        either: inputs",
            "m.yaml:34: the criterion on \"decisions.with_input_digest\" has `either`, which goes with `at_least` alone",
        ),
        (
            "every: 7d\n",
            "every: 7d\n        where_any: true\n",
            "m.yaml:39: the criterion on \"decisions.recorded\" asks how often something is recorded, so it has no `where_any`",
        ),
        (
            "at_least: 99%",
            "at_least: 99.99999%",
            "m.yaml:47: the threshold \"99.99999%\" of \"decisions.with_input_digest\" has more than four places after the point",
        ),
        (
            "at_least: 99%",
            "at_least: many",
            "m.yaml:47: the threshold \"many\" of \"decisions.with_input_digest\" is not a whole number (5), a share (99.5%) or a span (250ms, 90s, 15m, 24h, 7d)",
        ),
        (
            "- id: \"12(2)(a)\"",
            "- id: \"12(1)\"",
            "m.yaml:57: clause \"12(1)\" occurs twice, first in line 34",
        ),
        (
            "- id: delay",
            "- id: act",
            "m.yaml:17: source \"act\" occurs twice, first in line 13",
        ),
        (
            "source: delay",
            "source: hearsay",
            "m.yaml:24: there is no source \"hearsay\"; there are act, delay",
        ),
        (
            "[\"12(1)\", \"12(2)(a)\", \"12(3)(a)\"]",
            "[\"12(4)\"]",
            "m.yaml:32: the set names clause \"12(4)\", but the mapping has only 12(1), 12(2)(a), 12(3)(a), 14(4)(d), \
             14(4)(e), 26(5)",
        ),
        (
            "    not_assessable: The conventions for events have no period of use.\n",
            "",
            "m.yaml:78: clause \"12(3)(a)\" has no criterion that decides it; give it one, or say why in `not_assessable`",
        ),
        (
            "2027-12-02",
            "2027-02-29",
            "m.yaml:22: \"2027-02-29\" is not a day such as 2026-11-21",
        ),
        (
            "id: example",
            "id: Example",
            "m.yaml:4: the id \"Example\" must begin with a letter and hold only a-z, 0-9 and '-'",
        ),
        (
            "short: Example",
            "short: \" \"",
            "m.yaml:8: the short name is empty",
        ),
        (
            "version: 3\n",
            "version: 3\nversion: 4\n",
            "m.yaml:6: duplicate mapping key: version",
        ),
        ("version: 3", "version: three", "m.yaml:5: invalid u32"),
        (
            "short: Example\n",
            "",
            "m.yaml:32: missing field `short` in the entry that this line belongs to",
        ),
        ("clauses:\n", "clauses: [\n", "m.yaml:"),
    ] {
        let found = refusal(from, to);
        if !found.starts_with(wanted) {
            wrong.push(format!("for {to:?}:\nfound  {found}\nwanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused = EXAMPLE.replace("  agents: 1\n", "  agents: 1\n  gaps: 1\n");
    let catalogue = example_catalogue().with_named("gaps", 1, ["gaps.jumps"]);
    let error = Framework::read("m.yaml", &unused, &catalogue).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "m.yaml:29: the projection \"gaps\" is listed, but no criterion reads it"
    );
}

#[test]
fn a_clause_that_is_not_there_is_told_with_those_that_are() {
    let asked = ["12(1)".to_owned(), "12(4)".to_owned()];
    assert_eq!(
        example().select(&asked).expect_err("unknown").to_string(),
        "example version 3 has no clause and no set \"12(4)\"; it has the sets article12 and the clauses 12(1), 12(2)(a), 12(3)(a), 14(4)(d), 14(4)(e), 26(5)"
    );
    let framework = example();
    let parts = framework.select(&["14(4)".to_owned()]).expect("its parts");
    assert_eq!(
        parts
            .iter()
            .map(|clause| clause.id.as_str())
            .collect::<Vec<_>>(),
        ["14(4)(d)", "14(4)(e)"]
    );
    assert!(framework.select(&["1".to_owned()]).is_err());
    let clauses = framework
        .select(&["26(5)".to_owned(), "article12".to_owned()])
        .expect("known");
    assert_eq!(
        clauses
            .iter()
            .map(|clause| clause.id.as_str())
            .collect::<Vec<_>>(),
        ["12(1)", "12(2)(a)", "12(3)(a)", "26(5)"]
    );
}

#[test]
fn no_bytes_make_a_mapping_reader_fail_otherwise_than_by_an_error() {
    let catalogue = example_catalogue();
    for length in (0..EXAMPLE.len()).step_by(13) {
        if let Some(part) = EXAMPLE.get(..length) {
            let _ = Framework::read("m.yaml", part, &catalogue);
        }
    }
    let nested = "[".repeat(100_000);
    assert!(Framework::read("m.yaml", &nested, &catalogue).is_err());
    let bomb = format!(
        "a: &a [{}]\nb: &b [{}]\nc: [{}]\n",
        "x,".repeat(999),
        "*a,".repeat(999),
        "*b,".repeat(999)
    );
    assert!(Framework::read("m.yaml", &bomb, &catalogue).is_err());
    let long = "#".repeat(2 << 20);
    let error = Framework::read("m.yaml", &long, &catalogue).expect_err("too long");
    assert_eq!(
        error.to_string(),
        "m.yaml: the file has 2097152 bytes, at most 1048576 are allowed"
    );
}
