//! A fold whose state changed is of another version, so that a daemon over an older store folds again by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::full;
use crate::ledger::{Told, subject_from};

/// Name, version and digest of each fold over the ledger of everything, one line each.
fn now() -> BTreeMap<String, (u32, String)> {
    let of = |ledger: &[Told]| subject_from(0, ledger).projections.into_iter();
    let folds = of(&full::all_spoilt()).map(|fold| (fold.name.clone(), fold));
    // What the ledger's own gate records stands in a ledger of its own.
    let gate = of(&full::governed()).filter(|fold| fold.name == "governance");
    let gate = gate.map(|fold| ("governance.gate".to_owned(), fold));
    folds
        .chain(gate)
        .map(|(name, fold)| (name, (fold.version, fold.digest.0)))
        .collect()
}

fn read(text: &str) -> BTreeMap<String, (u32, String)> {
    let lines = text.lines().map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let version = words[1].parse().expect("a version");
        (words[0].to_owned(), (version, words[2].to_owned()))
    });
    lines.collect()
}

/// After a change of states that is meant: raise `VERSION` of the fold, then `INDELIBLE_GOLDEN=write`. Where the ledger of
/// the test changed instead, remove the file first.
#[test]
fn a_state_that_changed_is_of_another_version() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/folds.txt");
    let now = now();
    let kept = std::fs::read_to_string(&path);
    let kept = kept.map(|text| read(&text)).unwrap_or_default();
    for (name, (version, digest)) in &now {
        if let Some((kept_version, kept_digest)) = kept.get(name) {
            let is_new = version > kept_version;
            assert!(
                is_new || (version, digest) == (kept_version, kept_digest),
                "the state of {name} is another one, and its version is still {version}: raise VERSION"
            );
        }
    }
    if std::env::var_os("INDELIBLE_GOLDEN").is_some_and(|value| value == "write") {
        let lines = now.iter();
        let lines = lines.map(|(name, (version, digest))| format!("{name} {version} {digest}\n"));
        std::fs::write(&path, lines.collect::<String>()).expect("golden file written");
        return;
    }
    assert_eq!(kept, now, "{} is not what is folded now", path.display());
}
