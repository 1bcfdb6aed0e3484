//! Why a report and a later bundle part: each cause with what it did, and none instead of another.

use super::*;

/// Records about two people, one of which has two.
fn of_two_people() -> Ledger {
    let mut ledger = Ledger::new("as-of", 1);
    ledger.events(3);
    for person in [2, 3, 3, 4] {
        ledger.sealed_event(DataKeyId::from_bytes([person; 16]));
    }
    ledger
}

/// Each erasure is told with what it erased, and not all of it is laid at the first one's door.
#[test]
fn each_erasure_is_named_with_its_own_count() {
    let mut ledger = of_two_people();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    bench.file("r.json", bench.report("then", &[]));
    let first = ledger.size();
    ledger.erase(&[DataKeyId::from_bytes([2; 16])]);
    ledger.erase(&[DataKeyId::from_bytes([3; 16])]);
    for at in [5, 6, 7] {
        for domain in [Domain::Body, Domain::Payload] {
            ledger.states.push((at, domain, Part::Erased));
        }
    }
    bench.export("now", &mut ledger, Selection::Whole);
    let (code, says) = bench.compare("now", "r.json");
    assert_eq!(code, 1, "{says}");
    let told = format!(
        "3 of its records were erased after it: 1 by the erasure that record {first} states with its ground, 2 by the erasure \
         that record {} states",
        first + 1
    );
    assert!(says.contains(&told), "{says}");
}

/// Whoever reads that records were erased learns of keys that were disclosed besides, and of contents that are left out.
#[test]
fn no_cause_hides_another() {
    let mut ledger = of_two_people();
    let bench = Bench::new(&ledger);
    bench.export("then", &mut ledger, Selection::Whole);
    bench.file("r.json", bench.report("then", &[]));
    let mut now = Ledger::new("as-of", 1);
    now.events(3);
    let keys = [2, 3, 3, 4].map(|person| now.sealed_event(DataKeyId::from_bytes([person; 16])));
    now.erase(&[DataKeyId::from_bytes([2; 16])]);
    for domain in [Domain::Body, Domain::Payload] {
        now.states.push((5, domain, Part::Erased));
    }
    now.disclosed.insert(6, *keys[1].as_bytes());
    let told = |now: &mut Ledger| {
        bench.export("now", now, Selection::Whole);
        let (code, says) = bench.compare("now", "r.json");
        assert_eq!(code, 1, "{says}");
        says
    };
    let says = told(&mut now);
    for cause in [
        "1 of its records was erased after it",
        "discloses other keys",
    ] {
        assert!(says.contains(cause), "{cause}: {says}");
    }
    // As many are left out as can be read beside.
    now.states.push((2, Domain::Body, Part::Withheld));
    let says = told(&mut now);
    for cause in [
        "1 of its records was erased after it",
        "disclose other keys",
        "1 of its bodies is left out of this bundle",
    ] {
        assert!(says.contains(cause), "{cause}: {says}");
    }
}
