//! While the archive is away, no answer passes over what is in it.

use std::{collections::BTreeMap, fs, io};

use indelible_evidence::{key_event::RetentionClock, origin::LedgerName};

use super::{
    archive_read_back::archived,
    rig::{DAY, Rig, by_actor, given, rule},
};
use crate::{
    ACCESS_TYPE, Access, AccessError, CreateLedger, Engine, ExportForm, ExportSummary, FactWanted,
    Filter, Ledger, NoticeCode, ReadError, RecordView, Selection, operations::project::Projecting,
    tests::privacy::payload,
};

/// What a list says, oldest first and newest first.
fn listed(ledger: &Ledger, filter: &Filter) -> [Result<Vec<u64>, ReadError>; 2] {
    let sequences = |records: Vec<RecordView>| records.iter().map(RecordView::sequence).collect();
    [
        ledger
            .list(filter, 0, 100, 1 << 20)
            .map(|page| sequences(page.records)),
        ledger
            .list_newest_first(filter, (0, None), 100, 1 << 20)
            .map(|page| sequences(page.records)),
    ]
}

fn problem(engine: &Engine) -> Option<String> {
    let notices = engine.status().notices.into_iter();
    let mut failed = notices.filter(|notice| notice.code == NoticeCode::RetentionFailed);
    failed.next().map(|notice| notice.detail)
}

#[test]
fn no_list_says_that_what_is_away_does_not_match() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let by = |set: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        set(&mut filter);
        filter
    };
    let of_body = [
        by(&|filter| filter.source = Some("s".to_owned())),
        by(&|filter| filter.actor = Some("in the clear".to_owned())),
        by(&|filter| {
            filter.facts = BTreeMap::from([("amount".to_owned(), FactWanted::Uint(7))]);
        }),
    ];
    let before: Vec<_> = of_body
        .iter()
        .map(|filter| listed(&ledger, filter).map(Result::unwrap))
        .collect();
    rig.unmount();
    for filter in &of_body {
        for answer in listed(&ledger, filter) {
            assert!(
                matches!(answer, Err(ReadError::ArchiveAway(_))),
                "{filter:?}: {answer:?}"
            );
        }
    }
    // What the header tells needs no archive, and neither does a list to which nothing archived belongs.
    let of_header = by(&|filter| filter.types = ["t".to_owned()].into());
    let [oldest, newest] = listed(&ledger, &of_header).map(Result::unwrap);
    assert_eq!((oldest, newest), (vec![plain, sealed], vec![sealed, plain]));
    assert_eq!(by_actor(&ledger, "of another type"), [other]);
    let elsewhere = by(&|filter| {
        filter.types = ["u".to_owned()].into();
        filter.source = Some("s".to_owned());
    });
    assert_eq!(listed(&ledger, &elsewhere)[0].as_ref().unwrap(), &[other]);
    rig.mount();
    for (filter, before) in of_body.iter().zip(before) {
        assert_eq!(listed(&ledger, filter).map(Result::unwrap), before);
    }
    engine.drain().unwrap();
}

#[test]
fn a_rule_that_can_t_be_judged_says_so_until_a_run_can() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, other]) = archived(&rig);
    let stays = rig.append(&ledger, given("d", "says no time").typed("v"));
    let own = rig.text_of_now();
    let dated = rig.append(&ledger, given("e", "dated").at(&own));
    ledger.dispose(&mut |_| {}).unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, dated), ("archived", "archived"));
    let erases = rule("gone").typed("t").clock(RetentionClock::Event).made();
    ledger.set_retention(vec![erases], None).unwrap();
    let judged = || {
        let survey = ledger.preview_retention().unwrap().remove(0);
        (survey.due.records, survey.undated, survey.unjudged)
    };
    assert_eq!(judged(), (1, 2, 0));
    rig.unmount();
    assert_eq!(judged(), (0, 0, 3));
    let run = ledger.dispose(&mut |_| {}).unwrap();
    let told = run.surveys[0].problem().unwrap();
    assert!(
        told.contains("\"gone\" can't be judged on 3 records"),
        "{told}"
    );
    assert!(problem(&engine).unwrap().contains("3 records"));
    rig.mount();
    assert_eq!(judged(), (1, 2, 0));
    let run = ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!((run.surveys[0].problem(), run.records), (None, 1));
    assert_eq!(problem(&engine), None, "a run that was asked for ends it");
    assert_eq!(rig.words(&ledger, dated), ("erased", "erased"));
    for kept in [plain, sealed] {
        assert_eq!(rig.words(&ledger, kept), ("archived", "archived"));
    }
    for kept in [other, stays] {
        assert_eq!(rig.words(&ledger, kept), ("present", "present"));
    }
    engine.drain().unwrap();
}

#[test]
fn a_run_that_was_asked_for_and_fails_is_told_of_too() {
    let rig = Rig::archiving();
    let (engine, ledger, _) = archived(&rig);
    rig.unmount();
    ledger.dispose(&mut |_| {}).unwrap_err();
    let told = problem(&engine).unwrap();
    assert!(told.contains("mount its volume"), "{told}");
    rig.mount();
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(problem(&engine), None);
    engine.drain().unwrap();
}

#[test]
fn a_damaged_file_is_told_of_until_all_of_it_is_right() {
    let rig = Rig::archiving();
    let (engine, ledger, [plain, sealed, _]) = archived(&rig);
    ledger.dispose(&mut |_| {}).unwrap();
    let file = rig.files().remove(0);
    let right = fs::read(&file).unwrap();
    let is_told = || {
        let notices = engine.status().notices;
        notices
            .iter()
            .any(|notice| notice.code == NoticeCode::ArchiveDamaged)
    };
    let mut altered = right.clone();
    let at = right
        .windows(12)
        .rposition(|bytes| bytes == b"in the clear")
        .unwrap();
    altered[at] ^= 1;
    fs::write(&file, &altered).unwrap();
    for _ in 0..2 {
        assert_eq!(payload(&ledger, plain), None);
        assert!(is_told());
        assert_eq!(payload(&ledger, sealed).unwrap(), b"of erika");
        assert!(is_told(), "what another record reads from it ends nothing");
    }
    // In its place, a copy with another flaw, of which these records see nothing.
    let mut copy = right.clone();
    copy[8_000] ^= 1;
    fs::write(&file, &copy).unwrap();
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    assert!(is_told());
    fs::write(&file, &right).unwrap();
    assert_eq!(payload(&ledger, plain).unwrap(), b"in the clear");
    assert!(!is_told());
    engine.drain().unwrap();
}

/// How often the access trail says that something was opened.
fn openings(ledger: &Ledger) -> usize {
    let filter = Filter {
        types: [ACCESS_TYPE.to_owned()].into(),
        ..Filter::default()
    };
    let page = ledger.list(&filter, 0, 1_000, usize::MAX).unwrap();
    page.records.len()
}

/// A ledger with an access trail, in which one sealed event is archived.
fn archived_with_trail(rig: &Rig, engine: &Engine) -> (Ledger, u64) {
    let request = CreateLedger {
        name: LedgerName::parse("watched").unwrap(),
        request_id: String::new(),
        recovery: None,
        encrypts_all: false,
        access_trail: true,
        checks_events: false,
    };
    let created = rig.bench.runtime.block_on(engine.create_ledger(request));
    created.unwrap();
    let ledger = engine.ledger("watched").unwrap();
    let sealed = rig.append(&ledger, given("a", "of erika").of("erika"));
    let rule = rule("away").archives().typed("t").after(1).made();
    ledger.set_retention(vec![rule], None).unwrap();
    rig.pass(2 * DAY);
    ledger.dispose(&mut |_| {}).unwrap();
    assert_eq!(rig.words(&ledger, sealed), ("archived", "archived"));
    (ledger, sealed)
}

#[test]
fn what_the_archive_does_not_give_is_not_recorded_as_opened() {
    let rig = Rig::archiving();
    let (engine, _) = rig.open();
    let (ledger, sealed) = archived_with_trail(&rig, &engine);
    let access = Access::new("local", "export", "case 7").unwrap();
    let exported = |without_archived: bool| -> ExportSummary {
        let form = ExportForm {
            withhold_payloads: false,
            without_archived,
            disclose_keys: Some(access.clone()),
        };
        let selection = Selection::Range {
            from: sealed,
            to: Some(sealed + 1),
        };
        ledger.export(selection, &form, &mut Vec::new()).unwrap()
    };
    let projecting = Projecting {
        access: Some(&access),
        ..Projecting::default()
    };
    rig.unmount();
    let mut views = [ledger.record(sealed).unwrap()];
    ledger.open_for(&access, &mut views).unwrap();
    assert!(views[0].is_sealed());
    let told = exported(false);
    assert_eq!((told.disclosed_keys, told.archive_away), (Some(0), 1));
    let refused = ledger.project(&projecting, |_, _| ());
    assert!(
        matches!(refused, Err(AccessError::Read(ReadError::ArchiveAway(_)))),
        "{refused:?}"
    );
    assert_eq!(openings(&ledger), 0, "nobody was given anything");
    rig.mount();
    assert_eq!(exported(true).disclosed_keys, Some(0));
    assert_eq!(openings(&ledger), 0, "it stayed in the archive");
    let told = exported(false);
    assert_eq!((told.disclosed_keys, told.archive_away), (Some(1), 0));
    assert_eq!(openings(&ledger), 1);
    ledger.project(&projecting, |_, _| ()).unwrap();
    assert_eq!(openings(&ledger), 2);
    engine.drain().unwrap();
}

/// Brings the archive back with the first byte of a bundle.
struct Mounting<'a> {
    rig: &'a Rig,
    is_mounted: bool,
}

impl io::Write for Mounting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_mounted {
            self.rig.mount();
            self.is_mounted = true;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_comes_back_while_a_bundle_is_made_is_not_opened_in_it() {
    let rig = Rig::archiving();
    let (engine, _) = rig.open();
    let (ledger, _) = archived_with_trail(&rig, &engine);
    let form = ExportForm {
        disclose_keys: Some(Access::new("local", "export", "case 7").unwrap()),
        ..ExportForm::default()
    };
    rig.unmount();
    let mut out = Mounting {
        rig: &rig,
        is_mounted: false,
    };
    let told = ledger.export(Selection::Whole, &form, &mut out).unwrap();
    assert_eq!((told.disclosed_keys, told.archive_away), (Some(0), 1));
    assert_eq!(openings(&ledger), 0);
    engine.drain().unwrap();
}
