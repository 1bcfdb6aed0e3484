//! Whatever differs is named, and only that.

use super::*;

fn part(pointer: &str, belongs_to: &str, first: Option<&str>, second: Option<&str>) -> Part {
    Part {
        pointer: pointer.to_owned(),
        belongs_to: belongs_to.to_owned(),
        first: first.map(str::to_owned),
        second: second.map(str::to_owned),
    }
}

fn compare(first: &str, second: &str) -> Difference {
    difference(first.as_bytes(), second.as_bytes())
}

/// What differs, where all of it is told.
fn parts(first: &str, second: &str) -> Vec<Part> {
    match compare(first, second) {
        Difference::In { parts, omitted: 0 } => parts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_part_that_differs_is_told_with_both_values() {
    let one = r#"{"clauses":[{"id":"12(1)","state":"evidenced"}],"id":"x"}"#;
    assert_eq!(compare(one, one), Difference::Identical);
    let other = r#"{"clauses":[{"id":"12(1)","state":"not_evidenced"}],"id":"y"}"#;
    let state = part(
        "/clauses/0/state",
        "clause 12(1)",
        Some("\"evidenced\""),
        Some("\"not_evidenced\""),
    );
    let id = |second| part("/id", "", Some("\"x\""), Some(second));
    assert_eq!(parts(one, other), [state, id("\"y\"")]);
    let gone = part(
        "/clauses/0",
        "clause 12(1)",
        Some(r#"{"id":"12(1)","state":"evidenced"}"#),
        None,
    );
    assert_eq!(parts(one, r#"{"clauses":[],"id":"x"}"#), [gone]);
    let escaped = part("/a~1b~0", "", Some("1"), Some("[]"));
    assert_eq!(parts(r#"{"a/b~":1}"#, r#"{"a/b~":[]}"#), [escaped]);
    assert_eq!(parts("1", "2"), [part("", "", Some("1"), Some("2"))]);
    assert_eq!(
        compare("[1]", "[1] "),
        Difference::SameContent { offset: 3 }
    );
    let Difference::NotJson { which: 2, .. } = compare("1", "{") else {
        panic!("the second is no JSON");
    };
}

#[test]
fn what_is_left_out_is_one_difference_and_not_all_that_follows() {
    let list = |ids: &[&str]| {
        let items = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#));
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    let all = list(&["a", "b", "c", "d"]);
    let b = Some(r#"{"id":"b"}"#);
    assert_eq!(
        parts(&list(&["a", "c", "d"]), &all),
        [part("/1", "b", None, b)]
    );
    assert_eq!(
        parts(&all, &list(&["a", "c", "d"])),
        [part("/1", "b", b, None)]
    );
    // In another order they are others.
    assert_eq!(parts(&all, &list(&["a", "c", "b", "d"])).len(), 2);
}

#[test]
fn only_so_many_parts_are_told_and_the_others_counted() {
    let first: Vec<_> = (0..100).collect();
    let second: Vec<_> = (1..101).collect();
    let difference = compare(&format!("{first:?}"), &format!("{second:?}"));
    let Difference::In { parts, omitted } = &difference else {
        panic!("{difference:?}");
    };
    assert_eq!((parts.len(), *omitted), (PARTS_TOLD_MAX, 84));
    assert!(difference.to_string().ends_with("and in 84 more parts"));
}
