//! Structured tampering is detected and named: naive edits by record, re-linked ones by what diverges first.

use crate::support::{Ledger, items, pack, salt, signing_key, unpack};
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::verdict::{Answer, FindingCode, Verdict};
use indelible_evidence::verify::{Trust, VerifyError, verify};
use indelible_evidence::{Domain, Header, Salt};

type Files = Vec<(String, Vec<u8>)>;
type Findings = Vec<(FindingCode, Option<u64>)>;

fn verdict(tar: &[u8], ledger: &Ledger) -> Verdict {
    verify(TarSource::new(tar), &Trust::in_key(ledger.key()))
        .unwrap()
        .verdict
}

fn listed(answer: &Answer) -> Findings {
    answer
        .findings()
        .iter()
        .map(|finding| (finding.code, finding.sequence))
        .collect()
}

fn integrity(files: &Files, ledger: &Ledger) -> Findings {
    listed(&verdict(&pack(files), ledger).integrity)
}

fn custody(ledger: &mut Ledger, selection: Selection) -> Findings {
    let tar = ledger.bundle(selection);
    let verdict = verdict(&tar, ledger);
    assert_eq!(verdict.integrity, Answer::Holds);
    listed(&verdict.custody)
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::new("tampered", 1);
    ledger.events(8);
    ledger
}

fn whole() -> (Ledger, Files) {
    let mut ledger = ledger();
    let files = unpack(&ledger.bundle(Selection::Whole));
    (ledger, files)
}

fn range() -> (Ledger, Files) {
    let mut ledger = ledger();
    let files = unpack(&ledger.bundle(Selection::Range { from: 3, to: 8 }));
    (ledger, files)
}

fn content<'f>(files: &'f mut Files, name: &str) -> &'f mut Vec<u8> {
    &mut files
        .iter_mut()
        .find(|file| file.0 == name)
        .unwrap_or_else(|| panic!("no {name}"))
        .1
}

/// Rewrites the items of one file.
fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let file = content(files, name);
    let mut list = items(file);
    change(&mut list);
    *file = list.concat();
}

fn part(salt: Salt, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Part::Present { salt, bytes }.encode_into(&mut out);
    out
}

#[test]
fn naive_edits_are_named_by_record() {
    let (ledger, files) = whole();
    let case = |name: &str, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut files = files.clone();
        edit(&mut files, name, change);
        integrity(&files, &ledger)
    };
    let forged = part(salt(7, Domain::Payload), b"payload of record 8");
    assert_eq!(
        case("payloads/000", &|list| list[7] = forged.clone()),
        [(FindingCode::PayloadMismatch, Some(7))]
    );
    let forged = part(salt(5, Domain::Body), &crate::support::body(6));
    assert_eq!(
        case("bodies/000", &|list| list[5] = forged.clone()),
        [(FindingCode::BodyMismatch, Some(5))]
    );
    let forged = |list: &mut Vec<Vec<u8>>| {
        let mut header = Header::decode(&list[4]).unwrap();
        header.time += 1;
        let bytes = header.encode();
        list[4] = bytes;
    };
    assert_eq!(
        case("headers/000", &forged),
        [(FindingCode::ChainMismatch, Some(4))]
    );
    let swapped = [
        (FindingCode::BodyMismatch, Some(5)),
        (FindingCode::BodyMismatch, Some(6)),
    ];
    assert_eq!(case("bodies/000", &|list| list.swap(5, 6)), swapped);
    let swapped = [
        (FindingCode::SequenceGap, Some(5)),
        (FindingCode::SequenceGap, Some(6)),
    ];
    assert_eq!(case("headers/000", &|list| list.swap(5, 6)), swapped);
    let none = [0x64, b'n', b'o', b'n', b'e'].to_vec();
    assert_eq!(
        case("payloads/000", &|list| list[7] = none.clone()),
        [(FindingCode::CommitmentMismatch, Some(7))]
    );
    assert_eq!(
        case("payloads/000", &|list| list[3] = list[7].clone()),
        [(FindingCode::CommitmentMismatch, Some(3))]
    );
    assert_eq!(
        case("payloads/000", &|list| list[0] = list[7].clone()),
        [(FindingCode::CommitmentMismatch, Some(0))]
    );
}

#[test]
fn records_deleted_inserted_and_doubled_are_named() {
    let (ledger, files) = whole();
    for name in ["headers/000", "bodies/000", "payloads/000"] {
        for change in [
            |list: &mut Vec<Vec<u8>>| drop(list.remove(5)),
            |list: &mut Vec<Vec<u8>>| list.insert(5, list[4].clone()),
        ] {
            let mut files = files.clone();
            edit(&mut files, name, change);
            let found = integrity(&files, &ledger);
            assert_eq!(found[0].1, Some(5), "{name}: {found:?}");
            assert_eq!(
                found.last().unwrap().0,
                FindingCode::FileLength,
                "{name}: {found:?}"
            );
        }
    }
}

#[test]
fn relinked_edits_are_named_by_the_first_divergent_tile_or_root() {
    let mut honest = ledger();
    let files = unpack(&honest.bundle(Selection::Whole));
    let mut forged = Ledger::new("tampered", 1);
    forged.events(4);
    forged.event(Some(b"another story"));
    forged.events(3);
    let other = unpack(&forged.bundle(Selection::Whole));
    let with = |names: &[&str]| {
        let mut mixed = files.clone();
        for name in names {
            *content(&mut mixed, name) =
                other.iter().find(|file| file.0 == *name).unwrap().1.clone();
        }
        integrity(&mixed, &honest)
    };
    let records = ["headers/000", "bodies/000", "payloads/000"];
    let (entries, tile) = ("tile/entries/000.p/10", "tile/0/000.p/10");
    assert_eq!(with(&records)[0], (FindingCode::ChainMismatch, Some(6)));
    assert_eq!(
        with(&[&records[..], &[entries]].concat())[0],
        (FindingCode::LeafMismatch, Some(6))
    );
    assert_eq!(
        with(&[&records[..], &[entries, tile]].concat()),
        [(FindingCode::RootMismatch, None)]
    );
}

#[test]
fn an_upper_tile_that_diverges_is_named() {
    let mut ledger = Ledger::new("tall", 1);
    ledger.events(600);
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    content(&mut files, "tile/1/000.p/2")[40] ^= 1;
    let Answer::Broken(findings) = verdict(&pack(&files), &ledger).integrity else {
        panic!("not broken")
    };
    assert_eq!(
        findings.listed()[0].to_string(),
        "record 256: tile/1/000.p/2 is not what the leaves give from there on"
    );
}

#[test]
fn any_two_files_swapped_are_detected() {
    for (ledger, files) in [whole(), range()] {
        for first in 0..files.len() {
            for second in first + 1..files.len() {
                for contents_only in [false, true] {
                    let mut files = files.clone();
                    files.swap(first, second);
                    if contents_only {
                        let name = std::mem::take(&mut files[first].0);
                        files[first].0 = std::mem::replace(&mut files[second].0, name);
                    }
                    expect_detected(&pack(&files), &ledger, || {
                        format!("{} and {}", files[first].0, files[second].0)
                    });
                }
            }
        }
    }
}

fn expect_detected(tar: &[u8], ledger: &Ledger, what: impl Fn() -> String) {
    match verify(TarSource::new(tar), &Trust::in_key(ledger.key())) {
        Ok(report) => assert!(!report.verdict.integrity.holds(), "{}", what()),
        Err(VerifyError::NotABundle(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn any_file_of_another_valid_ledger_with_the_same_key_is_detected() {
    let (mut same_name, mut other_name) = (Ledger::new("tampered", 1), Ledger::new("others", 1));
    let (mut longer, mut twin) = (ledger(), Ledger::new("tampered", 1));
    same_name.event(Some(b"first"));
    same_name.events(7);
    other_name.events(8);
    longer.events(1);
    twin.time_shift = 5;
    twin.events(8);
    for selection in [Selection::Whole, Selection::Range { from: 3, to: 8 }] {
        let mut ledger = ledger();
        let files = unpack(&ledger.bundle(selection));
        for other in [&mut same_name, &mut other_name, &mut longer, &mut twin] {
            let others = unpack(&other.bundle(selection));
            for at in 0..files.len().min(others.len()) {
                for exchanged in [at..at + 1, at..files.len().min(others.len())] {
                    let mut mixed = files.clone();
                    mixed[exchanged.clone()].clone_from_slice(&others[exchanged.clone()]);
                    if pack(&mixed) == pack(&files) {
                        continue;
                    }
                    // From its first byte on another bundle of this very ledger is simply that bundle.
                    if exchanged.start > 0 {
                        expect_detected(&pack(&mixed), &ledger, || {
                            format!("{exchanged:?} of {}", other.origin)
                        });
                    }
                }
            }
        }
    }
}

#[test]
fn files_missing_added_and_renamed_are_detected() {
    for (ledger, files) in [whole(), range()] {
        for at in 0..files.len() {
            let mut missing = files.clone();
            missing.remove(at);
            expect_detected(&pack(&missing), &ledger, || {
                format!("{} missing", files[at].0)
            });
            let mut doubled = files.clone();
            doubled.insert(at, files[at].clone());
            expect_detected(&pack(&doubled), &ledger, || {
                format!("{} doubled", files[at].0)
            });
            for name in [
                "../escape",
                "/absolute",
                "headers/../manifest",
                "extra",
                "./manifest",
            ] {
                let mut renamed = files.clone();
                renamed[at].0 = name.to_owned();
                expect_detected(&pack(&renamed), &ledger, || {
                    format!("{} renamed", files[at].0)
                });
                let mut added = files.clone();
                added.insert(at + 1, (name.to_owned(), b"content".to_vec()));
                expect_detected(&pack(&added), &ledger, || format!("{name} added"));
            }
            for change in [
                |bytes: &mut Vec<u8>| bytes.push(0),
                |bytes: &mut Vec<u8>| bytes.truncate(bytes.len().saturating_sub(1)),
            ] {
                let mut changed = files.clone();
                change(&mut changed[at].1);
                if changed[at].1.len() != files[at].1.len() {
                    expect_detected(&pack(&changed), &ledger, || {
                        format!("{} of another length", files[at].0)
                    });
                }
            }
        }
    }
}

#[test]
fn lying_lengths_are_detected_without_being_believed() {
    let (ledger, files) = whole();
    for (name, bytes) in [
        (
            "headers/000",
            [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "bodies/000",
            [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "payloads/000",
            [0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "key-events",
            [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        let mut files = files.clone();
        let file = content(&mut files, name);
        file[..9].copy_from_slice(&bytes);
        expect_detected(&pack(&files), &ledger, || name.to_owned());
    }
    // A tar header that claims gigabytes, with a right checksum, for every file.
    let tar = pack(&files);
    for (name, _) in &files {
        let at = tar
            .chunks(512)
            .position(|block| block.starts_with(name.as_bytes()) && block[name.len()] == 0)
            .unwrap();
        let mut lying = tar.clone();
        let header = indelible_evidence::bundle::tar::header(name, (1 << 33) - 1).unwrap();
        lying[at * 512..(at + 1) * 512].copy_from_slice(&header);
        expect_detected(&lying, &ledger, || name.clone());
    }
}

#[test]
fn a_manifest_that_claims_an_enormous_ledger_costs_nothing() {
    let (ledger, mut files) = whole();
    let manifest = String::from_utf8(content(&mut files, "manifest").clone()).unwrap();
    let size = "9223372036854775807";
    *content(&mut files, "manifest") = manifest
        .replace("to 10\nsize 10", &format!("to {size}\nsize {size}"))
        .into_bytes();
    assert_eq!(
        integrity(&files, &ledger),
        [(FindingCode::CheckpointSize, None)]
    );
}

#[test]
fn another_pinned_key_verifies_nothing() {
    let mut ledger = ledger();
    let tar = ledger.bundle(Selection::Whole);
    for stranger in [Ledger::new("tampered", 2), Ledger::new("elsewhere", 1)] {
        let verdict = verdict(&tar, &stranger);
        assert!(verdict.integrity.is_broken());
        assert!(matches!(verdict.completeness, Answer::Unanswerable(_)));
        assert!(matches!(verdict.freshness, Answer::Unanswerable(_)));
        assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
    }
}

#[test]
fn a_checkpoint_has_its_lines_and_no_others() {
    let mut ledger = ledger();
    let key = ledger.key();
    let good = ledger.checkpoint(&[("w.example", 50, 1_800_000_000)]);
    let tar = ledger.bundle_with(Selection::Whole, &good);
    let files = unpack(&tar);
    let check = |change: &dyn Fn(&mut indelible_evidence::SignedNote)| {
        let mut note = good.clone();
        change(&mut note);
        let mut files = files.clone();
        let digest = |bytes: &[u8]| {
            use sha2::Digest;
            sha2::Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let manifest = String::from_utf8(content(&mut files, "manifest").clone()).unwrap();
        let manifest = manifest.replace(
            &digest(good.to_string().as_bytes()),
            &digest(note.to_string().as_bytes()),
        );
        *content(&mut files, "manifest") = manifest.into_bytes();
        *content(&mut files, "checkpoint") = note.to_string().into_bytes();
        integrity(&files, &ledger)
    };
    let form = [(FindingCode::CheckpointForm, None)];
    let signature = [(FindingCode::CheckpointSignature, None)];
    assert_eq!(check(&|_| ()), []);
    assert_eq!(check(&|note| note.signatures.swap(0, 1)), form);
    assert_eq!(check(&|note| note.signatures.swap(1, 2)), form);
    assert_eq!(check(&|note| drop(note.signatures.remove(1))), form);
    assert_eq!(
        check(&|note| note.signatures.push(note.signatures[0].clone())),
        form
    );
    assert_eq!(
        check(&|note| note.signatures.push(note.signatures[2].clone())),
        form
    );
    assert_eq!(
        check(&|note| note.signatures[2].name = format!("{}#1", key.name())),
        form
    );
    assert_eq!(check(&|note| drop(note.signatures.remove(0))), form);
    assert_eq!(
        check(&|note| note.signatures[0].signature[5] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.signatures[1].signature[5] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.signatures[1].signature[50] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.text = note.text.replace("\n10\n", "\n11\n")),
        [(FindingCode::CheckpointSize, None)]
    );
    let root = good.text.lines().nth(2).unwrap();
    let other = format!("{}A=", "A".repeat(42));
    assert_eq!(
        check(&|note| note.text = note.text.replace(root, &other)),
        signature
    );
}

fn selections() -> [Selection; 2] {
    [Selection::Whole, Selection::Range { from: 4, to: 6 }]
}

#[test]
fn custody_names_what_is_wrong_with_genesis() {
    let elsewhere = Ledger::new("elsewhere", 1).origin;
    let stranger =
        indelible_evidence::PublicKey::from_bytes(signing_key(9).verifying_key().to_bytes())
            .unwrap();
    for selection in selections() {
        for change in 0..3 {
            let mut ledger = Ledger::empty("custody", 1);
            ledger.genesis(|genesis| match change {
                0 => genesis.origin = elsewhere.clone(),
                1 => genesis.identity = stranger.into(),
                _ => genesis.created += 1,
            });
            ledger.epoch(1000);
            ledger.events(8);
            assert_eq!(
                custody(&mut ledger, selection),
                [(FindingCode::GenesisInvalid, Some(0))],
                "{change}"
            );
        }
        let mut twice = Ledger::new("custody", 1);
        twice.genesis(|_| ());
        twice.events(8);
        assert_eq!(
            custody(&mut twice, selection),
            [(FindingCode::GenesisInvalid, Some(2))]
        );
    }
}

#[test]
fn custody_names_what_is_wrong_with_a_certificate() {
    let elsewhere = Ledger::new("elsewhere", 1).origin;
    let invalid = (FindingCode::CertificateInvalid, Some(2));
    for selection in selections() {
        let case = |signer: u8, change: &dyn Fn(&mut indelible_evidence::EpochCertificate)| {
            let mut ledger = Ledger::new("custody", 1);
            ledger.epoch_with(&signing_key(signer), change);
            ledger.events(8);
            custody(&mut ledger, selection)
        };
        assert_eq!(case(1, &|_| ()), []);
        assert_eq!(case(9, &|_| ()), [invalid]);
        assert_eq!(
            case(1, &|certificate| certificate.origin = elsewhere.clone()),
            [invalid]
        );
        assert_eq!(case(1, &|certificate| certificate.first = 3), [invalid]);
        let root = indelible_evidence::TreeHash::from_bytes([3; 32]);
        assert_eq!(
            case(1, &|certificate| certificate.root = root),
            [(FindingCode::CertificateRoot, Some(2))]
        );
        assert_eq!(case(1, &|certificate| certificate.last = 2), [invalid]);
        assert_eq!(
            case(1, &|certificate| certificate.last = 10),
            [(FindingCode::CertificateSpan, Some(10))]
        );
        assert_eq!(case(1, &|certificate| certificate.last = 11), []);
    }
}

#[test]
fn custody_holds_spans_against_the_next_certificate() {
    for selection in selections() {
        let mut early = Ledger::empty("custody", 1);
        early.genesis(|_| ());
        early.epoch(5);
        early.events(3);
        early.epoch(100);
        early.events(3);
        assert_eq!(custody(&mut early, selection), []);
        let mut late = Ledger::empty("custody", 1);
        late.genesis(|_| ());
        late.epoch(5);
        late.events(5);
        late.epoch(100);
        late.events(2);
        assert_eq!(
            custody(&mut late, selection),
            [(FindingCode::CertificateSpan, Some(5))]
        );
        let mut none = Ledger::empty("custody", 1);
        none.genesis(|_| ());
        none.events(1);
        none.epoch(100);
        none.events(7);
        assert_eq!(
            custody(&mut none, selection),
            [(FindingCode::CertificateSpan, Some(1))]
        );
    }
}

#[test]
fn a_ledger_needs_a_genesis() {
    let mut ledger = Ledger::empty("custody", 1);
    ledger.events(10);
    let key_events = std::mem::take(&mut Ledger::new("custody", 1).key_events);
    ledger.key_events = key_events[..1].to_vec();
    let tar = ledger.bundle(Selection::Whole);
    let verdict = verdict(&tar, &ledger);
    assert_eq!(
        listed(&verdict.integrity),
        [(FindingCode::KeyEventsMismatch, Some(0))]
    );
    assert!(!verdict.custody.holds());
}

#[test]
fn a_hidden_key_event_is_found() {
    let build = || {
        let mut ledger = Ledger::new("hidden", 1);
        ledger.events(2);
        ledger.epoch(100);
        ledger.events(3);
        ledger.epoch(100);
        ledger.events(3);
        ledger
    };
    for selection in [
        Selection::Whole,
        Selection::Range { from: 5, to: 6 },
        Selection::Range { from: 9, to: 11 },
    ] {
        let mut ledger = build();
        let files = unpack(&ledger.bundle(selection));
        for hidden in 0..4 {
            let mut files = files.clone();
            edit(&mut files, "key-events", |list| drop(list.remove(hidden)));
            expect_detected(&pack(&files), &ledger, || {
                format!("{hidden} of {selection:?}")
            });
        }
        for (first, second) in [(0, 1), (1, 2), (2, 3)] {
            let mut files = files.clone();
            edit(&mut files, "key-events", |list| list.swap(first, second));
            expect_detected(&pack(&files), &ledger, || {
                format!("{first} and {second} of {selection:?}")
            });
        }
    }
}

#[test]
fn records_that_break_the_rules_are_found_though_they_are_signed() {
    for selection in [Selection::Whole, Selection::Range { from: 4, to: 8 }] {
        let case = |change: &dyn Fn(&mut Header<'_>)| {
            let mut ledger = Ledger::new("rules", 1);
            ledger.events(4);
            let body = (salt(6, Domain::Body), crate::support::body(6));
            ledger.event_with(body, None, change);
            ledger.events(4);
            let tar = ledger.bundle(selection);
            listed(&verdict(&tar, &ledger).integrity)
        };
        assert_eq!(case(&|_| ()), []);
        assert_eq!(
            case(&|header| header.time -= 1_000_000),
            [(FindingCode::TimeDecreased, Some(6))]
        );
        assert_eq!(
            case(&|header| header.prior_key_event = 0),
            [(FindingCode::PriorKeyEvent, Some(6))]
        );
        assert_eq!(
            case(&|header| header.sequence = 9),
            [(FindingCode::SequenceGap, Some(6))]
        );
        assert_eq!(
            case(&|header| header.time += 1 << 40),
            [(FindingCode::TimeDecreased, Some(7))]
        );
    }
}

#[test]
fn the_neighbours_of_a_range_are_held_to_it() {
    let mut ledger = Ledger::new("neighbours", 1);
    ledger.events(20);
    let bundle =
        |ledger: &mut Ledger, from, to| unpack(&ledger.bundle(Selection::Range { from, to }));
    let files = bundle(&mut ledger, 5, 10);
    for (from, to) in [(4, 10), (6, 10), (5, 9), (5, 11), (5, 21), (0, 10)] {
        let other = bundle(&mut ledger, from, to);
        for name in ["range", "headers/000", "bodies/000", "payloads/000"] {
            let mut mixed = files.clone();
            *content(&mut mixed, name) =
                other.iter().find(|file| file.0 == name).unwrap().1.clone();
            expect_detected(&pack(&mixed), &ledger, || {
                format!("{name} of {from} to {to}")
            });
        }
    }
}
