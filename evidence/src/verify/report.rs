//! The result of a verification: the verdict, and what was examined to reach it.

use sha2::{Digest as _, Sha256};

use crate::bundle::{BundleKind, FORMAT_PAGE, Manifest};
use crate::hash::{Commitment, TreeHash};
use crate::verdict::{Answer, Finding, FindingList, Verdict};

use super::history::KeyHistory;
use super::parts::{CheckedPart, Secrecy};
use super::recorded::Recorded;
use super::scope::Scoped;

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The four answers.
    pub verdict: Verdict,
    /// What the bundle is and what was seen in it.
    pub bundle: BundleFacts,
    /// What is known of the checkpoint's age.
    pub freshness: FreshnessFacts,
    /// What is answered of the scope that was asked about.
    pub scoped: Option<Scoped>,
}

/// What a bundle is, as its manifest says, and what was seen in it. All of it is empty where the manifest can't be read:
/// a bundle has a size of 2 at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFacts {
    /// The ledger.
    pub origin: String,
    /// Whole or a range.
    pub kind: BundleKind,
    /// The first record.
    pub from: u64,
    /// The record after the last.
    pub to: u64,
    /// The checkpoint's size.
    pub size: u64,
    /// The checkpoint's root, once its signature was verified.
    pub root: Option<TreeHash>,
    /// The copy of the format's page that the bundle carries; none where it was not read.
    pub format_page: Option<FormatPage>,
    /// When the records beside a range were recorded.
    pub neighbours: Neighbours,
    /// When the records were recorded; none where no header could be read.
    pub recorded: Option<Recorded>,
    /// How many records were checked.
    pub records: u64,
    /// What became of their bodies.
    pub bodies: PartCounts,
    /// What became of their payloads.
    pub payloads: PartCounts,
    /// How many epoch certificates the ledger has.
    pub certificates: u64,
    /// What became of the ledger's keys.
    pub keys: KeyHistory,
}

impl BundleFacts {
    /// What a manifest says.
    pub(super) fn of(manifest: &Manifest) -> Self {
        Self {
            origin: manifest.origin().as_str().to_owned(),
            kind: manifest.kind(),
            from: manifest.from(),
            to: manifest.to(),
            size: manifest.size(),
            ..Self::unread(manifest.origin().as_str())
        }
    }

    /// Of a bundle whose manifest can't be read.
    pub(super) fn unread(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            kind: BundleKind::Whole,
            from: 0,
            to: 0,
            size: 0,
            root: None,
            format_page: None,
            neighbours: Neighbours::default(),
            recorded: None,
            records: 0,
            bodies: PartCounts::default(),
            payloads: PartCounts::default(),
            certificates: 0,
            keys: KeyHistory::default(),
        }
    }
}

impl Report {
    /// Of what began as a bundle, and has a manifest that can't be read.
    pub(super) fn without_manifest(origin: &str, finding: Finding) -> Self {
        let mut integrity = FindingList::default();
        integrity.push(finding);
        let unread = || Answer::unanswerable("a manifest that can be read");
        let verdict = Verdict {
            integrity: integrity.into_answer(unread),
            completeness: unread(),
            freshness: unread(),
            custody: unread(),
        };
        Self {
            verdict,
            bundle: BundleFacts::unread(origin),
            freshness: FreshnessFacts::default(),
            scoped: None,
        }
    }
}

/// When the records beside a range were recorded, in nanoseconds since 1970 UTC; none where there is no such record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before its first.
    pub before: Option<u64>,
    /// The one after its last.
    pub after: Option<u64>,
}

/// The copy of the format's page that a bundle carries. No signature covers it: only the manifest names its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatPage {
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Whether it is the page that this program was built with.
    pub is_own: bool,
}

impl FormatPage {
    /// Of a page with that digest.
    pub(super) fn of(sha256: [u8; 32]) -> Self {
        let own: [u8; 32] = Sha256::digest(FORMAT_PAGE.as_bytes()).into();
        Self {
            sha256,
            is_own: sha256 == own,
        }
    }
}

/// How many parts are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartCounts {
    /// There, not encrypted, and what the header commits to.
    pub present: u64,
    /// There, what the header commits to, encrypted, and opened with the event key that the bundle discloses.
    pub opened: u64,
    /// There, what the header commits to, encrypted, and not opened.
    pub encrypted: u64,
    /// There, and not what the header commits to; or its header can't be read, so that nothing shows what it is.
    pub unmatched: u64,
    /// Never there.
    pub none: u64,
    /// Left out of the bundle.
    pub withheld: u64,
    /// Claimed to be erased.
    pub erased: u64,
    /// Kept elsewhere.
    pub archived: u64,
    /// Not there, and nobody says why.
    pub missing: u64,
}

impl PartCounts {
    /// Counts one part. `expected` is what the header commits to; none if it can't be read.
    pub(super) fn add(&mut self, part: &CheckedPart, expected: Option<Option<&Commitment>>) {
        let count = match part {
            CheckedPart::Present { commitment, .. } if expected != Some(Some(commitment)) => {
                &mut self.unmatched
            }
            CheckedPart::Present { secrecy, .. } => match secrecy {
                Secrecy::Clear => &mut self.present,
                Secrecy::Opened => &mut self.opened,
                Secrecy::Encrypted => &mut self.encrypted,
            },
            CheckedPart::None if matches!(expected, Some(Some(_))) => &mut self.missing,
            CheckedPart::None => &mut self.none,
            CheckedPart::Withheld => &mut self.withheld,
            CheckedPart::Erased => &mut self.erased,
            CheckedPart::Archived => &mut self.archived,
            CheckedPart::Missing | CheckedPart::Malformed(_) => &mut self.missing,
        };
        *count += 1;
    }
}

/// What is known of the checkpoint's age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FreshnessFacts {
    /// The time of the operator's own timestamped line, in seconds since 1970 UTC.
    pub operator_time: Option<u64>,
    /// The witnesses of the policy that cosigned the checkpoint and count.
    pub witnesses: Vec<WitnessFacts>,
    /// Whether a quorum of the policy's witnesses cosigned the checkpoint, and the policy speaks of this ledger; none without a
    /// policy whose quorum needs a witness.
    pub quorum_met: Option<bool>,
    /// The time that the answer is based on.
    pub time: Option<(u64, Word)>,
    /// How many seconds before now that was, if the time now is known; negative if it is still to come.
    pub age_seconds: Option<i64>,
}

/// A witness that cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessFacts {
    /// Its name in the policy.
    pub name: String,
    /// When it cosigned, in seconds since 1970 UTC.
    pub time: u64,
}

/// On whose word a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The operator's own.
    Operator,
    /// That of a quorum of independent witnesses.
    Witnesses,
}
