//! Mappings that don't load, because what they ask shows nothing.

use indelible_compliance::frameworks::Framework;

use crate::fixture::{EXAMPLE, example_catalogue};

/// A criterion that decides must be able to fail, over what others did than the ledger and the one who says so.
#[test]
fn a_criterion_that_says_nothing_does_not_load() {
    let catalogue = example_catalogue()
        .with_named("access", 1, ["access.reports_made"])
        .with_named("custody", 1, ["custody.malformed_statements"])
        .with_named("imports", 1, ["imports.files_verified"])
        .with_named("records", 1, ["records.events", "records.types"])
        .with_named(
            "subjects",
            1,
            ["subjects.data_keys", "subjects.in_the_clear"],
        );
    let read = |criterion: &str| {
        let (head, _) = EXAMPLE.split_once("projections:\n").expect("a head");
        let mapping = format!(
            "{head}projections:\n  access: 1\n  agents: 1\n  custody: 1\n  decisions: 2\n  imports: 1\n  oversight: 1\n  records: 1\n  subjects: 1\n\
             clauses:\n  - id: \"1\"\n    title: t\n    asks: a\n    kind: conduct\n    criteria:\n      - {criterion}\n        says: s\n"
        );
        let error = Framework::read("m.yaml", &mapping, &catalogue).expect_err("refused");
        error.to_string()
    };
    for (criterion, wanted) in [
        (
            "measure: decisions.recorded\n        at_least: 1",
            "the criterion on \"decisions.recorded\" has no `of`; name the measure that counts its population, so that it is not met where there is nothing to look at",
        ),
        (
            "measure: decisions.recorded\n        of: decisions.recorded\n        at_least: 1",
            "the criterion on \"decisions.recorded\" can't fail: it is there wherever its population is; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: records.types\n        of: decisions.recorded\n        at_least: 1",
            "the criterion on \"records.types\" can't fail: it is there wherever its population is; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: subjects.data_keys\n        of: decisions.recorded\n        at_least: 1",
            "the criterion on \"subjects.data_keys\" can't fail: it is there wherever its population is; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: subjects.in_the_clear\n        of: decisions.recorded\n        at_most: 0",
            "the criterion on \"subjects.in_the_clear\" can't fail: evidence in which it has another value is broken already; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: custody.malformed_statements\n        of: decisions.recorded\n        at_most: 0",
            "the criterion on \"custody.malformed_statements\" can't fail: evidence in which it has another value is broken already; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: agents.violations\n        of: decisions.recorded\n        at_least: 0",
            "the criterion on \"agents.violations\" can't fail: there is always at least so much; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: agents.coverage\n        of: decisions.recorded\n        at_most: 100%",
            "the criterion on \"agents.coverage\" can't fail: a part is never more than the whole; hold it against something else, or write `shown: true`",
        ),
        (
            "measure: agents.violations\n        of: agents.violations\n        at_most: 0",
            "the criterion on \"agents.violations\" can't be met: it is its own population, and where that is 0 there is nothing to look at",
        ),
        (
            "measure: access.reports_made\n        of: decisions.recorded\n        at_least: 1",
            "\"access.reports_made\" counts what the ledger records of its own keys, readers and reports, which nobody else did; write `shown: true`",
        ),
        (
            "measure: agents.violations\n        of: records.events\n        at_most: 0",
            "\"records.events\" counts the ledger's own records, too, so it is not a population; name a measure of what others recorded",
        ),
        (
            "measure: imports.files_verified\n        of: decisions.recorded\n        at_least: 1",
            "\"imports.files_verified\" counts what any client may say of its own work; write `shown: true`",
        ),
        (
            "measure: agents.violations\n        of: agents.halts\n        shown: true",
            "the criterion on \"agents.violations\" is `shown`, so it has no `of`",
        ),
        (
            "measure: agents.violations\n        of: agents.halts\n        at_most: 5\n        every: 30d",
            "the criterion on \"agents.violations\" has `every`, which goes with `at_least` and a whole number alone",
        ),
        (
            "measure: agents.violations\n        of: agents.halts\n        at_least: 5\n        every: 30",
            "the threshold \"30\" of \"agents.violations\" is not a span of time (250ms, 90s, 15m, 24h, 7d)",
        ),
        (
            "measure: agents.violations\n        of: agents.halts\n        at_most: 5\n        set_by: me",
            "there is no source \"me\"; there are act, delay",
        ),
    ] {
        let found = read(criterion);
        let (_, said) = found.split_once(": ").expect("a place");
        assert_eq!(said, wanted);
    }
    let without = |text: &str, gone: &str| {
        assert!(text.contains(gone), "{gone}");
        let read = Framework::read("m.yaml", &text.replacen(gone, "", 1), &example_catalogue());
        read.expect_err("refused").to_string()
    };
    assert_eq!(
        without(EXAMPLE, "clocks_within: 5m\n"),
        "m.yaml:38: the criterion on \"decisions.recorded\" is on time, so the mapping must say by `clocks_within` how far the ledger's clock and the producers' own may be apart for it to decide"
    );
    let undecided = EXAMPLE.replace("        decisive: true\n", "");
    let read = Framework::read("m.yaml", &undecided, &example_catalogue());
    let said = read.expect_err("refused").to_string();
    assert!(
        said.starts_with("m.yaml:34: no criterion of clause \"12(1)\" is marked `decisive: true`"),
        "{said}"
    );
    let said = without(EXAMPLE, "evidenced_over: 21d\n");
    assert!(
        said.ends_with(
            "the mapping must say by `evidenced_over` how long a range must reach for that"
        ),
        "{said}"
    );
    let said = without(EXAMPLE, "        every: 7d\n");
    assert!(
        said.contains("it is there wherever its population is"),
        "{said}"
    );
    let rate = "        of: decisions.recorded\n        at_least: 1\n        every: 7d\n";
    let said = without(EXAMPLE, rate);
    assert!(said.contains("has exactly one of"), "{said}");
    let once = EXAMPLE.replacen(rate, "        shown: true\n", 1);
    let read = Framework::read("m.yaml", &once, &example_catalogue());
    let said = read.expect_err("refused").to_string();
    assert!(
        said.starts_with("m.yaml:34: clause \"12(1)\" can be evidenced, and no criterion asks for something again and again"),
        "{said}"
    );
    assert!(
        without(EXAMPLE, "    kind: record-keeping\n").starts_with(
            "m.yaml:34: clause \"12(1)\" has no `kind`; it is `record-keeping` if it asks that something is recorded or kept"
        )
    );
}
