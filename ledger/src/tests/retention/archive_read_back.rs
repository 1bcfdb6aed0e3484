//! What is archived is read back as if it had never left, and nothing else is ever taken for it.

use std::{fs, path::Path, time::Duration};

use indelible_compliance::projections::folds::FoldName;
use indelible_evidence::{
    bundle::TarSource,
    note::VerifierKey,
    verify::{PartCounts, Report, Trust, verify},
};

use super::rig::{DAY, Rig, by_actor, given, rule, verified_bundle, verified_in_form};
use crate::{
    Availability, Engine, ExportForm, Ledger, NoticeCode, ReadError, RecordSelection, Selection,
    operations::{project::Projecting, scrub::archive_look::ArchiveLook},
    tests::privacy::{payload, verified},
};

/// Two events that are archived, one of them of a person, and one that stays.
pub(super) fn archived(rig: &Rig) -> (Engine, Ledger, [u64; 3]) {
    let (engine, ledger) = rig.open();
    let plain = rig.append(&ledger, given("a", "in the clear"));
    let sealed = rig.append(&ledger, given("b", "of erika").of("erika"));
    let other = rig.append(&ledger, given("c", "of another type").typed("u"));
    let rule = rule("away").archives().typed("t").after(1).made();
    ledger.set_retention(vec![rule], None).unwrap();
    rig.pass(2 * DAY);
    (engine, ledger, [plain, sealed, other])
}

/// What all folds say of some records, folded anew.
fn folded(ledger: &Ledger, from: u64, to: u64) -> Result<Vec<String>, String> {
    let bounds = Selection::Range { from, to: Some(to) };
    let selection = RecordSelection {
        bounds,
        as_of: None,
    };
    let projecting = Projecting {
        selection,
        access: None,
    };
    let folded = ledger.project(&projecting, |_, states| {
        let folds = FoldName::ALL.iter();
        folds
            .map(|fold| format!("{:?}", states.folded(*fold)))
            .collect()
    });
    folded.map_err(|error| error.to_string())
}

/// What a stranger says of a file of the archive.
fn of_file(ledger: &Ledger, file: &Path) -> Report {
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let tar = fs::read(file).unwrap();
    verify(TarSource::new(tar.as_slice()), &Trust::in_key(key)).unwrap()
}

fn has_notice(engine: &Engine, code: NoticeCode) -> bool {
    let notices = engine.status().notices;
    notices.iter().any(|notice| notice.code == code)
}

#[test]
fn what_is_archived_is_read_as_if_it_had_never_left() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    let size = ledger.summary().size;
    let before = (folded(&ledger, 1, size).unwrap(), verified_bundle(&ledger));
    let survey = &ledger.preview_retention().unwrap()[0];
    assert_eq!(survey.due.records, 2);

    let done = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((done.sequences.len(), done.records), (1, 0));
    assert_eq!((done.archived.records, done.archived.files.len()), (2, 1));
    let (disposal, complete) = ledger.disposals().unwrap().remove(0);
    assert!(complete);
    let archive = disposal.archive.unwrap();
    let files = rig.files();
    assert_eq!(files.len(), 1);
    assert_eq!(Path::new(&archive.location), files[0]);
    for gone in [plain, sealed] {
        assert_eq!(rig.words(&ledger, gone), ("archived", "archived"));
    }
    assert_eq!(rig.words(&ledger, other), ("present", "present"));
    // Nobody notices.
    for (sequence, text) in [
        (plain, "in the clear"),
        (sealed, "of erika"),
        (other, "of another type"),
    ] {
        assert_eq!(payload(&ledger, sequence).unwrap(), text.as_bytes());
        assert_eq!(by_actor(&ledger, text), [sequence]);
        assert_eq!(
            ledger.record(sequence).unwrap().disposals(),
            [0; 0],
            "no rule took anything"
        );
    }
    assert_eq!(folded(&ledger, 1, size).unwrap(), before.0);
    let after = verified_bundle(&ledger);
    for (after, before) in [
        (after.bundle.bodies, before.1.bundle.bodies),
        (after.bundle.payloads, before.1.bundle.payloads),
    ] {
        let there = |counts: PartCounts| (counts.present, counts.encrypted, counts.archived);
        assert_eq!(there(after), there(before));
    }
    verified(&ledger);
    assert_eq!(rig.again(&ledger, given("a", "in the clear")), plain);
    // Who leaves it in the archive says so.
    let form = ExportForm {
        without_archived: true,
        ..ExportForm::default()
    };
    let without = verified_in_form(&ledger, &form);
    assert_eq!(
        (
            without.bundle.bodies.archived,
            without.bundle.payloads.archived
        ),
        (2, 2)
    );
    // The file is evidence by itself, and has what was archived, as it was stored.
    let file = of_file(&ledger, &files[0]);
    assert!(file.verdict.integrity.holds() && file.verdict.custody.holds());
    let bodies = file.bundle.bodies;
    assert_eq!((bodies.present, bodies.encrypted), (1, 1));
    // There is nothing more to do.
    let again = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((again.sequences.len(), again.archived.records), (0, 0));
    assert_eq!(rig.files(), files);
    engine.drain().unwrap();
}

#[test]
fn while_the_archive_is_away_it_is_said_and_all_is_there_when_it_is_back() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let size = ledger.summary().size;
    let folds = folded(&ledger, 1, size).unwrap();
    engine.drain().unwrap();
    drop((engine, ledger));
    rig.unmount();
    let rig = rig.restarted();
    let (engine, ledger) = rig.open();
    for gone in [plain, sealed] {
        let view = ledger.record(gone).unwrap();
        assert!(view.body().is_none() && view.payload().is_none());
        assert!(!view.is_empty(), "it counts as what there is of a person");
        let away = view.archive_away().unwrap().to_string();
        assert!(away.contains(".tar"), "{away}");
    }
    assert_eq!(payload(&ledger, other).unwrap(), b"of another type");
    assert!(has_notice(&engine, NoticeCode::ArchiveUnavailable));
    let outcome = ledger.verify(&mut |_, _| {});
    assert_eq!(outcome.findings, []);
    assert_eq!(outcome.unanswered.len(), 1, "{:?}", outcome.unanswered);
    let report = verified_bundle(&ledger);
    assert_eq!(
        (
            report.bundle.bodies.archived,
            report.bundle.payloads.archived
        ),
        (2, 2)
    );
    // No fold takes what is away for archived.
    let refused = folded(&ledger, 1, size).unwrap_err();
    assert!(refused.contains("Bring the archive back"), "{refused}");
    let refused = ledger.project(&Projecting::default(), |_, _| ());
    assert!(matches!(
        refused,
        Err(crate::AccessError::Read(ReadError::ArchiveAway(_)))
    ));
    rig.mount();
    assert!(!has_notice(&engine, NoticeCode::ArchiveUnavailable));
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    assert_eq!(folded(&ledger, 1, size).unwrap(), folds);
    engine.drain().unwrap();
}

#[test]
fn a_file_that_is_not_what_was_archived_shows_nothing_of_it() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let file = rig.files().remove(0);
    let right = fs::read(&file).unwrap();
    let at = right
        .windows(12)
        .position(|bytes| bytes == b"in the clear")
        .unwrap();
    let shown = |changed: &[u8]| {
        fs::write(&file, changed).unwrap();
        let view = ledger.record(plain).unwrap();
        // The record's own or nothing.
        let shown = view.payload().map(<[u8]>::to_vec);
        assert!(shown.is_none() || shown.as_deref() == Some(&b"in the clear"[..]));
        shown.is_some()
    };
    let mut words = right.clone();
    let last = words
        .windows(12)
        .rposition(|bytes| bytes == b"in the clear")
        .unwrap();
    words[last + 3] ^= 1;
    assert!(!shown(&words), "other words");
    assert!(has_notice(&engine, NoticeCode::ArchiveDamaged));
    let outcome = ledger.verify(&mut |_, _| {});
    let codes: Vec<_> = outcome
        .findings
        .iter()
        .map(|found| found.code.as_str())
        .collect();
    assert_eq!(codes, ["archive-damaged"]);
    assert_eq!(
        ledger.summary().state,
        Availability::Open,
        "the ledger is sound"
    );
    assert!(at < last, "the actor's words stand before the payload");
    for length in [0, 100, at, last + 2] {
        assert!(!shown(&right[..length]), "cut after {length}");
    }
    assert!(!shown(b"something else"), "something else");
    assert!(!shown(&vec![0; 1 << 16]), "zeros");
    assert!(shown(&right), "put back");
    assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
    assert!(!has_notice(&engine, NoticeCode::ArchiveDamaged));
    verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn the_scrub_reads_the_archive_and_tells_what_is_missing_or_altered() {
    let rig = Rig::archiving();
    let (engine, ledger, _) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let file = rig.files().remove(0);
    let right = fs::read(&file).unwrap();
    let looked_through = || {
        let (mut look, rest) = (ArchiveLook::default(), Duration::from_secs(3_600));
        let mut bytes = 0;
        while look.next == Duration::ZERO {
            bytes += look.step(&engine.core, 1 << 10, Duration::ZERO, rest);
        }
        bytes
    };
    assert_eq!(looked_through(), right.len() as u64);
    assert!(!has_notice(&engine, NoticeCode::ArchiveDamaged));
    // In the format's page, which nobody reads for a record.
    let mut altered = right.clone();
    altered[8_000] ^= 1;
    fs::write(&file, &altered).unwrap();
    looked_through();
    assert!(has_notice(&engine, NoticeCode::ArchiveDamaged));
    fs::remove_file(&file).unwrap();
    looked_through();
    assert!(has_notice(&engine, NoticeCode::ArchiveUnavailable));
    fs::write(&file, &right).unwrap();
    looked_through();
    for code in [NoticeCode::ArchiveDamaged, NoticeCode::ArchiveUnavailable] {
        assert!(!has_notice(&engine, code), "{code:?}");
    }
    engine.drain().unwrap();
}

#[test]
fn another_file_of_the_same_ledger_in_its_place_shows_nothing() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, ..]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let later = rig.append(&ledger, given("d", "later words"));
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    let files = rig.files();
    assert_eq!(files.len(), 2);
    let [a, b] = [0, 1].map(|nth: usize| fs::read(&files[nth]).unwrap());
    fs::write(&files[0], &b).unwrap();
    fs::write(&files[1], &a).unwrap();
    for sequence in [plain, later] {
        let view = ledger.record(sequence).unwrap();
        assert!(view.payload().is_none() && view.archive_away().is_some());
    }
    fs::write(&files[0], &a).unwrap();
    fs::write(&files[1], &b).unwrap();
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    assert_eq!(payload(&ledger, later).unwrap(), b"later words");
    engine.drain().unwrap();
}

#[test]
fn what_was_encrypted_is_archived_encrypted() {
    let rig = Rig::archiving_sealed();
    let (engine, ledger, [plain, ..]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let tar = fs::read(rig.files().remove(0)).unwrap();
    let is_in = |words: &[u8]| tar.windows(words.len()).any(|bytes| bytes == words);
    assert!(!is_in(b"in the clear") && !is_in(b"of erika"));
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    assert_eq!(by_actor(&ledger, "in the clear"), [plain]);
    verified(&ledger);
    verified_bundle(&ledger);
    engine.drain().unwrap();
}
