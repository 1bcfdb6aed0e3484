//! The checkpoint under which a bundle is made without a key: the newest that the identity key signed with the time, and that
//! is of the stored tree. One that is damaged, or of records that are not there, hides no other.

use indelible_evidence::{
    checkpoint::{Checkpoint, verify_identity},
    note::SignedNote,
    tree::root_at,
};
use indelible_store::{Store, StoreError};

use super::standing::GivenHead;
use crate::{
    follow::publication,
    read::nodes::Nodes,
    state::shared::{LedgerState, Published},
};

/// What was found.
pub(super) struct Found {
    /// The newest of those that are good.
    pub(super) checkpoint: Option<Published>,
    /// Those that are not, and why not.
    pub(super) passed_over: Vec<String>,
}

/// Looks at the checkpoint that is published, at the last one with the time, and at those that came another way.
///
/// # Errors
/// If the store can't be read.
pub(super) fn newest(
    store: &dyn Store,
    cell: &LedgerState,
    given: &[GivenHead],
) -> Result<Found, StoreError> {
    let mut found = Found {
        checkpoint: None,
        passed_over: Vec::new(),
    };
    match store.published(cell.id) {
        Ok(Some(text)) => found.take(store, cell, "the published one", parsed(text.as_bytes())),
        Ok(None) => {}
        Err(error @ StoreError::Damaged { .. }) => {
            found.take(store, cell, "the published one", Err(error.to_string()));
        }
        Err(error) => return Err(error),
    }
    if let Some(kept) = publication::kept_with_time(cell, store)? {
        found.take(store, cell, "the last one that was kept", parsed(&kept));
    }
    let given = given.iter();
    for given in given.filter(|given| given.origin() == cell.origin().as_str()) {
        found.take(store, cell, given.name(), Ok(given.note().clone()));
    }
    Ok(found)
}

impl Found {
    fn take(
        &mut self,
        store: &dyn Store,
        cell: &LedgerState,
        name: &str,
        note: Result<SignedNote, String>,
    ) {
        match note.and_then(|note| judged(store, cell, note)) {
            Ok(Some(good)) => {
                let newest = self.checkpoint.as_ref().map_or(0, |newest| newest.size);
                if good.size > newest {
                    self.checkpoint = Some(good);
                }
            }
            Ok(None) => {}
            Err(why) => self.passed_over.push(format!("{name}: {why}")),
        }
    }
}

fn parsed(note: &[u8]) -> Result<SignedNote, String> {
    SignedNote::parse(note).map_err(|error| error.to_string())
}

/// A checkpoint of the stored tree; nothing if it is without the time, as many are, so that no bundle can be made under it.
///
/// # Errors
/// What is wrong with it.
fn judged(
    store: &dyn Store,
    cell: &LedgerState,
    mut note: SignedNote,
) -> Result<Option<Published>, String> {
    let checkpoint = Checkpoint::parse_text(&note.text).map_err(|error| error.to_string())?;
    let size = checkpoint.size;
    let (key, is_trusted) = {
        let keys = cell.keys();
        let is_trusted = keys.identities().trusted_at(size);
        (keys.verifier_key_at(size), is_trusted)
    };
    let key = key.ok_or("the ledger's identity key of that size is not known")?;
    let verified = verify_identity(&note, &key).map_err(|error| error.to_string())?;
    if !is_trusted {
        return Err(format!(
            "it is of {size} records, and the identity key that signed it is revoked there"
        ));
    }
    if size == 0 {
        return Err("it is of no records".to_owned());
    }
    if size > cell.size() {
        return Err(format!(
            "it is of {size} records, and {} are there",
            cell.size()
        ));
    }
    let mut nodes = Nodes::new(cell, store);
    let root = root_at(size, |node| nodes.node(node)).map_err(|error| error.to_string())?;
    if root != checkpoint.root {
        return Err(format!(
            "it is of another tree than the stored one at size {size}"
        ));
    }
    if !verified.identity_line || verified.identity_time.is_none() {
        return Ok(None);
    }
    // What others signed is not what the bundle is about.
    note.signatures.retain(|line| line.name == key.name());
    Ok(Some(Published { size, note }))
}
