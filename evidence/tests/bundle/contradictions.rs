//! What a bundle holds twice or side by side, and contradicts; and what must not accuse anybody who did nothing.

use crate::support::{
    Ledger,
    archive::{pack, unpack},
    bundling::{cosign, witness_key},
    epoch_key, signing_key,
};
use ed25519_dalek::Signer;
use indelible_evidence::bundle::items::RangeItem;
use indelible_evidence::bundle::{Selection, TarSource};
use indelible_evidence::checkpoint::{epoch_key_name, signature_line};
use indelible_evidence::note::key_id;
use indelible_evidence::policy::Policy;
use indelible_evidence::verdict::{Answer, FindingCode, Verdict};
use indelible_evidence::verify::{KnownHead, Trust, VerifyError, verify};
use indelible_evidence::{ChainHash, SignatureType, SignedNote};

fn verdict(tar: &[u8], trust: &Trust) -> Verdict {
    verify(TarSource::new(tar), trust).unwrap().verdict
}

fn knowing(ledger: &Ledger, head: &SignedNote) -> Trust {
    let head = KnownHead::parse(head.to_string().as_bytes(), &ledger.key()).unwrap();
    Trust {
        known_head: Some(head),
        ..Trust::in_key(ledger.key())
    }
}

fn listed(answer: &Answer) -> Vec<(FindingCode, Option<u64>)> {
    let found = answer.findings().iter();
    found.map(|it| (it.code, it.sequence)).collect()
}

const RANGE: Selection = Selection::Range { from: 5, to: 8 };

#[test]
fn key_events_side_by_side_are_linked() {
    // An honest signature over a dishonest chain: record 1 does not follow genesis.
    let mut ledger = Ledger::empty("unlinked", 1);
    ledger.genesis(|_| ());
    ledger.break_chain();
    ledger.epoch(1_000);
    ledger.events(8);
    let trust = Trust::in_key(ledger.key());
    let range = verdict(&ledger.bundle(RANGE), &trust);
    let contradiction = FindingCode::HeaderContradiction;
    assert_eq!(listed(&range.integrity), [(contradiction, Some(1))]);
    let whole = verdict(&ledger.bundle(Selection::Whole), &trust);
    assert_eq!(
        listed(&whole.integrity),
        [(FindingCode::ChainMismatch, Some(1))]
    );
}

#[test]
fn a_key_event_is_linked_to_the_neighbours_of_a_range() {
    for (broken, at) in [(4, 4), (9, 9)] {
        let mut ledger = Ledger::new("neighbours", 1);
        while ledger.size() < 12 {
            if ledger.size() == broken {
                ledger.break_chain();
            }
            match ledger.size() {
                3 | 9 => ledger.epoch(1_000),
                _ => ledger.events(1),
            }
        }
        let trust = Trust::in_key(ledger.key());
        let mut files = unpack(&ledger.bundle(RANGE));
        if broken == 4 {
            // The writer shows the chain as it is; the dishonest one shows what the record was linked to.
            let range = files.iter_mut().find(|file| file.0 == "range").unwrap();
            let bytes = range.1.clone();
            let mut item = RangeItem::decode(&bytes).unwrap();
            item.before.as_mut().unwrap().previous = ChainHash::from_bytes([9; 32]);
            item.previous = ledger.records[4].chain;
            range.1.clear();
            item.encode_into(&mut range.1);
        }
        let found = verdict(&pack(&files), &trust).integrity;
        let code = FindingCode::HeaderContradiction;
        assert_eq!(listed(&found), [(code, Some(at))], "{broken}");
    }
}

#[test]
fn times_decrease_nowhere_among_the_headers_of_a_range() {
    let mut ledger = Ledger::new("times", 1);
    ledger.time_shift = 9 * 86_400_000_000_000;
    ledger.epoch(1_000);
    ledger.time_shift = 0;
    ledger.events(8);
    let trust = Trust::in_key(ledger.key());
    let range = verdict(&ledger.bundle(RANGE), &trust).integrity;
    let later = [4, 8, 10].map(|at| (FindingCode::TimeDecreased, Some(at)));
    let found = listed(&range);
    assert!(found.iter().all(|it| later.contains(it)), "{found:?}");
    assert!(found.contains(&later[0]), "{found:?}");
    let whole = verdict(&ledger.bundle(Selection::Whole), &trust).integrity;
    assert_eq!(listed(&whole), [(FindingCode::TimeDecreased, Some(3))]);
}

#[test]
fn a_flipped_leaf_accuses_nobody() {
    let mut ledger = Ledger::new("leaves", 1);
    ledger.events(5);
    ledger.epoch(1_000);
    ledger.events(300);
    let trust = knowing(&ledger, &ledger.checkpoint(&[]));
    let files = unpack(&ledger.bundle(Selection::Whole));
    for (name, at) in [
        ("tile/0/000", 3),
        ("tile/0/000", 255),
        ("tile/0/001.p/52", 7),
    ] {
        let mut files = files.clone();
        let tile = files.iter_mut().find(|file| file.0 == name).unwrap();
        tile.1[at * 32] ^= 1;
        let verdict = verdict(&pack(&files), &trust);
        let record = at as u64 + if name.ends_with("000") { 0 } else { 256 };
        let leaf = (FindingCode::LeafMismatch, Some(record));
        assert_eq!(listed(&verdict.integrity), [leaf]);
        assert!(verdict.completeness.holds() && verdict.custody.holds());
    }
    let mut files = files.clone();
    files.last_mut().unwrap().1[3] ^= 1;
    let verdict = verdict(&pack(&files), &trust);
    assert_eq!(
        listed(&verdict.integrity),
        [(FindingCode::TileMismatch, Some(0))]
    );
    assert!(verdict.completeness.holds() && verdict.custody.holds());
}

#[test]
fn a_flipped_entry_leaves_custody_open() {
    let mut ledger = Ledger::new("entries", 1);
    ledger.events(5);
    ledger.epoch(1_000);
    ledger.events(3);
    let trust = Trust::in_key(ledger.key());
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    let entries = files
        .iter_mut()
        .find(|file| file.0.starts_with("tile/entries"));
    entries.unwrap().1[34 * 4 + 5] ^= 1;
    let verdict = verdict(&pack(&files), &trust);
    assert!(verdict.integrity.is_broken());
    assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
}

#[test]
fn the_readme_is_the_one_text() {
    let mut ledger = Ledger::new("readme", 1);
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    assert_eq!(files[1].0, "README.txt");
    files[1].1[3] ^= 1;
    let verdict = verdict(&pack(&files), &Trust::in_key(ledger.key()));
    assert_eq!(
        listed(&verdict.integrity),
        [(FindingCode::ReadmeMismatch, None)]
    );
}

#[test]
fn a_manifest_that_begins_well_is_broken_and_any_other_is_none() {
    let mut ledger = Ledger::new("manifest", 1);
    let files = unpack(&ledger.bundle(Selection::Whole));
    let trust = Trust::in_key(ledger.key());
    let with = |from: &str, to: &str| {
        let mut files = files.clone();
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        files[0].1 = text.replace(from, to).into_bytes();
        verify(TarSource::new(pack(&files).as_slice()), &trust)
    };
    let found = with("size 2", "size 1").unwrap().verdict;
    assert_eq!(
        listed(&found.integrity),
        [(FindingCode::ManifestForm, None)]
    );
    assert!(matches!(found.custody, Answer::Unanswerable(_)));
    for (to, said) in [
        (
            "bundle@v0\n",
            "made by an earlier draft of the format; export it again",
        ),
        (
            "bundle@v1\n",
            "its first line names another version of the format",
        ),
    ] {
        let Err(VerifyError::NotABundle(why)) = with("bundle@v0.2\n", to) else {
            panic!("{to}");
        };
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn a_quorum_of_none_changes_nothing_beside_a_known_head() {
    let mut ledger = Ledger::new("beside", 1);
    ledger.events(5);
    let note = ledger.checkpoint(&[("w.example", 50, 1_800_000_100)]);
    let tar = ledger.bundle_with(Selection::Whole, &note);
    let witness = witness_key("w.example", &signing_key(50));
    let other = witness_key("x.example", &signing_key(51));
    let log = Ledger::new("other", 2).key();
    for (policy, beside, alone) in [
        ("quorum none\n".to_owned(), true, false),
        (format!("log {log}\nquorum none\n"), true, false),
        (format!("witness w {witness}\nquorum w\n"), true, true),
        (format!("witness x {other}\nquorum x\n"), false, false),
        (
            format!("log {log}\nwitness w {witness}\nquorum w\n"),
            false,
            false,
        ),
    ] {
        let policy = Some(Policy::parse(policy.as_bytes()).unwrap());
        let known_head = knowing(&ledger, &note).known_head;
        for (known_head, holds) in [(known_head, beside), (None, alone)] {
            let trust = Trust {
                policy: policy.clone(),
                known_head,
                ..Trust::in_key(ledger.key())
            };
            let verdict = verdict(&tar, &trust);
            assert_eq!(verdict.completeness.holds(), holds, "{policy:?}");
            assert!(!verdict.completeness.is_broken() && verdict.custody.holds());
        }
    }
}

#[test]
fn a_known_head_with_an_epochs_forged_line_does_not_hold() {
    let mut ledger = Ledger::new("spoilt", 1);
    ledger.events(5);
    let head = ledger.checkpoint(&[]);
    let tar = ledger.bundle(Selection::Whole);
    let key = epoch_key(1);
    let name = epoch_key_name(&ledger.origin, 1);
    let id = key_id(
        &name,
        SignatureType::Ed25519,
        key.verifying_key().as_bytes(),
    );
    let good = key.sign(head.text.as_bytes()).to_bytes();
    let mut bad = good;
    bad[5] ^= 1;
    for (signature, id, holds) in [(good, id, true), (bad, id, false), (bad, [1; 4], true)] {
        let mut head = head.clone();
        head.signatures.push(signature_line(&name, id, &signature));
        let verdict = verdict(&tar, &knowing(&ledger, &head));
        assert_eq!(verdict.completeness.holds(), holds);
        assert_eq!(verdict.custody.holds(), holds);
        assert!(verdict.integrity.holds());
    }
    // Whatever does not hold as a known head, it is one to parse.
    let mut unsigned = head.clone();
    unsigned.signatures = vec![cosign(&head.text, "w.example", &signing_key(50), 5)];
    let verdict = verdict(&tar, &knowing(&ledger, &unsigned));
    assert!(matches!(verdict.completeness, Answer::Unanswerable(_)));
}
