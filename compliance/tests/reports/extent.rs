//! How far completeness reaches is told with it: which records, which ledger, and whose contents.

use indelible_compliance::reports::{
    Verification,
    data::keys::{Closed, Predecessor},
    forms::verdict::{csv, html, oscal, text},
};
use indelible_evidence::bundle::BundleKind;
use indelible_evidence::verdict::{Answer, Verdict};
use indelible_evidence::verify::Trust;

use crate::verifications::{asking, head_of, trust, verified};

/// A bundle over which all four answers hold.
fn holding(completeness: Answer) -> Verification {
    let verdict = Verdict {
        integrity: Answer::Holds,
        completeness,
        freshness: Answer::Holds,
        custody: Answer::Holds,
    };
    let mut whole = verified(verdict);
    let bundle = &mut whole.bundle;
    (bundle.kind, bundle.from, bundle.to) = (BundleKind::Whole, 0, bundle.size);
    Verification::of(&whole, asking(&knowing(whole.bundle.size), &[])).expect("a verification")
}

/// Trust in a key, and in a head of that size.
fn knowing(size: u64) -> Trust {
    let mut trust = trust();
    trust.known_head = Some(head_of(size, &trust));
    trust
}

/// A bundle with these records, and a known head of that size.
fn reaching(head: u64, from: u64, to: u64, size: u64) -> Verification {
    let mut held = verified(Verdict {
        integrity: Answer::Holds,
        completeness: Answer::Holds,
        freshness: Answer::Holds,
        custody: Answer::Holds,
    });
    let bundle = &mut held.bundle;
    (bundle.from, bundle.to, bundle.size) = (from, to, size);
    Verification::of(&held, asking(&knowing(head), &[])).expect("a verification")
}

/// All forms that name the answers, without the breaks of lines.
fn told(verification: &Verification) -> [String; 4] {
    let plain = |shown: String| shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let oscal = String::from_utf8(oscal(verification).expect("OSCAL")).expect("text");
    [
        plain(text(verification)),
        plain(html(verification)),
        plain(csv(verification)),
        plain(oscal),
    ]
}

fn assert_told(verification: &Verification, words: &str, is_told: bool) {
    for shown in told(verification) {
        let shown = shown
            .replace("&#39;", "'")
            .replace("<span class=\"unbroken\">", "")
            .replace("</span>", "");
        assert_eq!(shown.contains(words), is_told, "{words}: {shown}");
    }
}

#[test]
fn of_a_whole_ledger_it_ends_at_the_checkpoint() {
    let whole = holding(Answer::Holds);
    assert_told(
        &whole,
        "he known head of size 731,220 vouches for records 0 to 731,219 of",
        true,
    );
    assert_told(&whole, "alone", false);
    assert_told(
        &whole,
        "and of what was never recorded, it says nothing",
        true,
    );
    for more in [
        "the ledger has",
        "needs a bundle",
        "not all of their contents",
    ] {
        assert_told(&whole, more, false);
    }
}

#[test]
fn of_a_range_it_names_how_many_records_lie_outside() {
    let mut range = holding(Answer::Holds);
    (range.bundle.from, range.bundle.to) = (512_000, 716_118);
    assert_told(&range, "vouches for records 512,000 to 716,117 of", true);
    let outside =
        "the ledger has 512,000 records before these and 15,102 after them up to that checkpoint";
    assert_told(&range, outside, true);
}

#[test]
fn of_a_successor_and_of_what_it_succeeds_it_names_the_other() {
    let mut ledger = holding(Answer::Holds);
    ledger.bundle.keys.predecessor = Some(Predecessor {
        origin: "audit.example.com/before".to_owned(),
        size: 12,
        root: "x".to_owned(),
        lost: None,
    });
    assert_told(
        &ledger,
        "what came before stands in audit.example.com/before, which needs",
        true,
    );
    ledger.bundle.keys.closed = Some(Closed {
        sequence: 731_219,
        time: "2027-01-15T08:00:00.000000000Z".to_owned(),
        successor: Some("audit.example.com/after".to_owned()),
        reason: None,
    });
    assert_told(
        &ledger,
        "what came after in audit.example.com/after: each needs",
        true,
    );
    ledger.bundle.keys.predecessor = None;
    assert_told(
        &ledger,
        "what came after stands in audit.example.com/after, which needs",
        true,
    );
}

#[test]
fn of_contents_that_are_left_out_it_says_that_they_are_not_here() {
    let mut ledger = holding(Answer::Holds);
    ledger.bundle.bodies.withheld = 2_000;
    ledger.bundle.bodies.erased = 1;
    ledger.bundle.payloads.archived = 1;
    let absent = "2,001 bodies and 1 payload were left out, erased or archived";
    assert_told(&ledger, absent, true);
}

/// Where it does not hold, nothing is said of how far it would reach.
#[test]
fn what_can_not_be_answered_has_no_extent() {
    let mut open = holding(Answer::unanswerable("a known head"));
    (open.bundle.from, open.bundle.to) = (512_000, 716_118);
    assert_told(&open, "it says nothing", false);
    assert_told(&open, "the ledger has", false);
}

/// A head that is smaller than the bundle says nothing of what came after it.
#[test]
fn a_smaller_head_vouches_for_what_is_below_it_and_for_nothing_else() {
    for (head, from, to, told, rest) in [
        (
            2,
            0,
            5,
            "vouches for records 0 and 1 of",
            "records 2 to 4 rest on the operator's checkpoint of size 5, alone",
        ),
        (
            4,
            0,
            5,
            "vouches for records 0 to 3 of",
            "record 4 rests on the operator's checkpoint of size 5, alone",
        ),
        (
            1,
            0,
            3,
            "vouches for record 0 of",
            "records 1 and 2 rest on the operator's",
        ),
        (
            3,
            3,
            5,
            "vouches for nothing of records 3 and 4 of",
            "which rest on the operator's",
        ),
    ] {
        let one = reaching(head, from, to, 5);
        assert_told(&one, told, true);
        assert_told(&one, rest, true);
        assert!(
            one.headline.contains(told) && one.headline.contains(rest),
            "{}",
            one.headline
        );
        let reach = one.reach.expect("it holds");
        assert_eq!((reach.known_head, reach.witnesses), (Some(head), None));
    }
    // What reaches beyond the range reaches all of it.
    let whole = reaching(5, 3, 5, 5);
    assert_told(&whole, "vouches for records 3 and 4 of", true);
    assert_told(&whole, "alone", false);
}
