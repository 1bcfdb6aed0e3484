use super::*;
use crate::testing::manifest;

#[test]
fn what_is_written_is_read() {
    let manifest = manifest();
    assert_eq!(Manifest::decode(&manifest.encode()), Ok(manifest));
}

#[test]
fn no_file_lies_outside_of_the_store() {
    for name in ["../live", "a/b", "", "..", ".hidden", "/etc/passwd", "a\0b"] {
        let mut manifest = manifest();
        manifest.files[0].name = name.to_owned();
        assert!(Manifest::decode(&manifest.encode()).is_err(), "{name:?}");
    }
}

#[test]
fn no_file_of_an_archive_lies_elsewhere() {
    for name in ["../live", "a/b", "", "..", "/etc/passwd", "a\0b"] {
        let mut manifest = manifest();
        manifest.ledgers[0].archive = vec![ArchiveEntry {
            name: name.to_owned(),
            sha256: "0".repeat(64),
        }];
        assert!(Manifest::decode(&manifest.encode()).is_err(), "{name:?}");
    }
}

/// Has the anchor say this of the one ledger, which has 7 records.
fn anchored(manifest: &mut Manifest, size: u64) {
    if let Some(slot) = &mut manifest.ledgers[0].anchor {
        slot.size = size;
    }
}

#[test]
fn a_backup_is_clean_of_what_was_erased_to_the_end_before_it() {
    let mut ledger = manifest().ledgers.remove(0);
    assert!(!ledger.may_hold_erased(6));
    assert!(ledger.may_hold_erased(7));
    ledger.unfinished_erasures = vec![6];
    assert!(ledger.may_hold_erased(6) && !ledger.may_hold_erased(5));
}

#[test]
fn a_cut_is_never_ahead_of_the_anchor_that_it_was_taken_beside() {
    let mut manifest = manifest();
    anchored(&mut manifest, 6);
    let refused = Manifest::decode(&manifest.encode()).unwrap_err();
    assert!(refused.contains("anchor"), "{refused}");
    anchored(&mut manifest, 8);
    assert!(Manifest::decode(&manifest.encode()).is_ok());
}

#[test]
fn another_form_and_doubled_names_are_refused() {
    let mut other = manifest();
    other.form = 2;
    assert!(Manifest::decode(&other.encode()).is_err());
    let mut doubled = manifest();
    doubled.files.push(doubled.files[0].clone());
    assert!(Manifest::decode(&doubled.encode()).is_err());
    let mut ledgers = manifest();
    ledgers.ledgers.push(ledgers.ledgers[0].clone());
    assert!(Manifest::decode(&ledgers.encode()).is_err());
}
