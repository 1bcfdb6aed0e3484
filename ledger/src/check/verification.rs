//! The operator's check of a whole ledger inside the daemon, from its stored bytes: the checks of the offline
//! verifier, and of what only the daemon has, which is tiles, heads and identities.

use indelible_evidence::{checkpoint::Checkpoint, hash::TreeHash};
use indelible_store::Store;

use crate::{
    check::{
        data_keys,
        finding::Finding,
        index,
        walk::{Unfinished, Walk},
        walk_start::Start,
    },
    keys::keyring::Keyring,
    read::erasure_mark::Pending,
    state::{error::ReadError, shared::LedgerState},
};

/// Findings after which a verification stops.
const FINDINGS_MAX: usize = 100;
/// Records between two reports of progress.
const PROGRESS_RECORDS: u64 = 4_096;

/// What a verification found.
#[derive(Clone, Debug)]
pub struct VerifyOutcome {
    /// How many records were verified.
    pub size: u64,
    /// The root that was recomputed.
    pub root: TreeHash,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
    /// What could not be checked, and why; empty if all was.
    pub unanswered: Vec<String>,
    /// What a reader should know besides.
    pub remarks: Vec<String>,
}

/// Verifies every record up to what is durable now: its form, commitments and identity, its link, its leaf and
/// the tiles above, the order of times and key events, custody, and at the end the head. Then the stored index is compared
/// with the records, under a random `seed`.
pub(crate) fn verify(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    seed: [u8; 32],
    progress: &mut dyn FnMut(u64, u64),
) -> VerifyOutcome {
    // The published checkpoint first: what is durable is never behind it.
    let published = ledger.published();
    let published =
        published.and_then(|published| Checkpoint::parse_text(&published.note.text).ok());
    let head = ledger.committed().head.clone();
    let size = head.size;
    let mut unanswered = match ledger.hasher() {
        Ok(_) => Vec::new(),
        Err(away) => vec![
            format!(
                "whether each event is stored and indexed under its own identity and attributes: {away}"
            ),
            format!("whether the data keys are those that were stored: {away}"),
        ],
    };
    let unfinished = Unfinished::Of(Pending::default());
    let start = Start::at_genesis(ledger);
    let mut walk = Walk::new(ledger, store, start, unfinished, FINDINGS_MAX);
    walk.records(size, |walk, sequence| {
        let so_far = walk.size();
        if let Some(signed) = published.as_ref().filter(|signed| signed.size == so_far) {
            walk.root("the published checkpoint", signed.root);
        }
        if sequence % PROGRESS_RECORDS == 0 {
            progress(sequence, size);
        }
    });
    if walk.is_sound() {
        walk.head(&head);
        walk.custody_at_the_end();
    }
    let (verified, root) = (walk.size(), walk.tree_root());
    let mut found = walk.into_findings();
    if found.is_empty() {
        found = compare_index(ledger, store, keyring, seed, &mut unanswered);
    }
    found.extend(data_keys::check_again(store, ledger).err());
    // What the operating system kept from being read may be sound or not.
    let (unread, findings): (Vec<_>, Vec<_>) =
        (found.into_iter()).partition(|finding| finding.cause.is_some());
    let size = if unread.is_empty() { size } else { verified };
    let open = |finding: Finding| format!("the records from about {size} on: {finding}");
    unanswered.extend(unread.into_iter().map(open));
    progress(size, size);
    VerifyOutcome {
        size,
        root,
        findings,
        unanswered,
        remarks: remarks(ledger),
    }
}

/// What is wrong with the index. Only sound records say what it must have.
fn compare_index(
    ledger: &LedgerState,
    store: &dyn Store,
    keyring: &Keyring,
    seed: [u8; 32],
    unanswered: &mut Vec<String>,
) -> Vec<Finding> {
    match index::compare(ledger, store, keyring, seed, FINDINGS_MAX) {
        Ok(compared) => {
            if compared.not_compared > 0 {
                unanswered.push(format!(
                    "whether the index finds encrypted events by their attributes, where their data keys can't be had \
                     now: {} of them",
                    compared.not_compared
                ));
            }
            compared.findings
        }
        // Told before.
        Err(ReadError::KeysAway(_)) => Vec::new(),
        Err(error) => vec![error.into()],
    }
}

fn remarks(ledger: &LedgerState) -> Vec<String> {
    let before = match ledger.keys().first_settings() {
        Some(0) => return Vec::new(),
        Some(first) => format!(" before record {first}"),
        None => String::new(),
    };
    vec![format!(
        "the settings{before} are the operator's word: the ledger began before settings were recorded"
    )]
}
