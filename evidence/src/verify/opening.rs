//! The opening: everything before the chunks, read and checked in order.

use sha2::{Digest, Sha256};

use crate::bundle::checkpoint_file::check_form;
use crate::bundle::layout::opening;
use crate::bundle::manifest::MANIFEST_BYTES_MAX;
use crate::bundle::{
    BundleFile, BundleKind, FORMAT_PAGE_BYTES_MAX, FileSource, Manifest, ManifestError, README,
    files,
};
use crate::chain::ChainHasher;
use crate::checkpoint::{Checkpoint, verify_identity};
use crate::hash::TreeHash;
use crate::limits::NOTE_BYTES_MAX;
use crate::note::{SignedNote, VerifierKey};
use crate::verdict::{Finding, FindingCode};

use super::cutter::Cutter;
use super::fault::{Fault, VerifyError};
use super::governance::read_states;
use super::head::Head;
use super::held::contradictions;
use super::item_file::{read_onto, read_short};
use super::judge::Judge;
use super::key_events::read_key_events;
use super::range::read_range;
use super::report::{FormatPage, Report};
use super::scope::Scope;
use super::trust::Trust;

/// A verification that was begun.
#[derive(Debug)]
pub enum Begun<S> {
    /// It has ended already: the bundle is broken before its first chunk.
    Ended(Box<Report>),
    /// The chunks follow.
    Open {
        /// Gives the units.
        cutter: Box<Cutter<S>>,
        /// Takes in the results.
        judge: Box<Judge>,
    },
}

/// Reads and checks what stands before the chunks.
pub fn begin<S: FileSource>(source: S, trust: &Trust) -> Result<Begun<S>, VerifyError> {
    begin_within(source, trust, None)
}

/// The same, and has a scope answered beside the verdict.
pub fn begin_within<S: FileSource>(
    mut source: S,
    trust: &Trust,
    scope: Option<Scope>,
) -> Result<Begun<S>, VerifyError> {
    let manifest = match read_manifest(&mut source) {
        Ok(manifest) => manifest,
        Err(Fault::Failed(error)) => return Err(error),
        Err(Fault::Found(finding)) => {
            let report = Report::without_manifest(trust.key.name(), finding);
            return Ok(Begun::Ended(Box::new(report)));
        }
    };
    let mut judge = Box::new(Judge::new(trust.clone(), manifest.clone(), scope));
    match read_opening(&mut source, &manifest, trust, &mut judge) {
        Ok(()) => {}
        Err(Fault::Failed(error)) => return Err(error),
        Err(Fault::Found(finding)) => {
            judge.stop(finding);
            return Ok(Begun::Ended(Box::new(judge.finish())));
        }
    }
    let read = opening(&manifest).count();
    let rest = Box::new(files(&manifest).skip(read));
    let cutter = Cutter::new(source, manifest, rest, judge.rules());
    Ok(Begun::Open {
        cutter: Box::new(cutter),
        judge,
    })
}

/// What does not begin as a manifest of this version is no bundle of it at all.
fn read_manifest<S: FileSource>(source: &mut S) -> Result<Manifest, Fault> {
    let not_a_bundle = |why: String| Fault::Failed(VerifyError::NotABundle(why));
    let mut bytes = Vec::new();
    if let Err(fault) = read_onto(source, BundleFile::Manifest, MANIFEST_BYTES_MAX, &mut bytes) {
        return Err(match fault {
            Fault::Found(finding) if !Manifest::begins(&bytes) => not_a_bundle(finding.to_string()),
            fault => fault,
        });
    }
    let manifest = Manifest::parse(&bytes).map_err(|error| match error {
        ManifestError::NotABundle | ManifestError::LaterVersion => {
            not_a_bundle(format!("manifest: {error}"))
        }
        ManifestError::EarlierDraft => not_a_bundle(error.to_string()),
        _ => {
            let detail = format!("the manifest is malformed: {error}");
            Finding::new(FindingCode::ManifestForm, detail).into()
        }
    })?;
    source.close()?;
    Ok(manifest)
}

fn read_opening<S: FileSource>(
    source: &mut S,
    manifest: &Manifest,
    trust: &Trust,
    judge: &mut Judge,
) -> Result<(), Fault> {
    if manifest.origin().as_str() != trust.key.name() {
        let detail = format!(
            "the bundle belongs to {}, but the pinned key belongs to {}",
            manifest.origin(),
            trust.key.name()
        );
        return Err(Finding::new(FindingCode::OriginMismatch, detail).into());
    }
    let readme = read_short(source, BundleFile::Readme, README.len() as u64)?;
    if readme != README.as_bytes() {
        let detail = format!(
            "{} does not hold the text that the format prescribes",
            BundleFile::Readme
        );
        return Err(Finding::new(FindingCode::ReadmeMismatch, detail).into());
    }
    let page = read_short(source, BundleFile::Format, FORMAT_PAGE_BYTES_MAX)?;
    expect_digest(BundleFile::Format, &page, manifest.format())?;
    judge.facts.format_page = Some(FormatPage::of(*manifest.format()));
    let note = read_short(source, BundleFile::Checkpoint, NOTE_BYTES_MAX as u64)?;
    expect_digest(BundleFile::Checkpoint, &note, manifest.checkpoint())?;
    let (note, root, others) = parse_checkpoint(&note, manifest, trust)?;
    judge.claim_root(root);
    // Who must have signed it is known only after the key events.
    let key_events = read_key_events(source, manifest, &root, judge);
    let key_events = key_events.inspect_err(|_| judge.forget_custody())?;
    let head = check_head(&note, &others, manifest, judge)?;
    judge.set_head(head);
    let mut headers = Vec::new();
    let range = match manifest.kind() {
        BundleKind::Whole => None,
        BundleKind::Range => {
            let range = read_range(source, manifest, &root, &key_events, judge, &mut headers);
            Some(range?)
        }
    };
    read_states(
        source,
        manifest,
        &root,
        &key_events.near,
        judge,
        &mut headers,
    )?;
    let start = ChainHasher::start(manifest.origin());
    contradictions(headers, &key_events.near, &start, |finding| {
        let unlinked = finding.code != FindingCode::TimeDecreased;
        judge.found(finding);
        if unlinked {
            judge.forget_custody();
        }
    });
    judge.open(key_events, range);
    Ok(())
}

/// Verifies the checkpoint under the identity at its size; none if the first key of that is of a type that is not known.
fn check_head(
    note: &SignedNote,
    others: &[[u8; 4]],
    manifest: &Manifest,
    judge: &Judge,
) -> Result<Option<Head>, Finding> {
    let identity = judge.identities().at(manifest.size());
    let own: Vec<[u8; 4]> = identity
        .keys()
        .unknown()
        .map(|key| key.key_id(identity.origin()))
        .collect();
    if !others.iter().all(|other| own.contains(other)) {
        let detail = "the checkpoint has a signature line with the ledger's name whose key does not belong to its \
             identity";
        return Err(Finding::new(FindingCode::CheckpointForm, detail));
    }
    let Some(key) = identity.verifier_key() else {
        return Ok(None);
    };
    match (check_signatures(note, key), judge.refused_identity()) {
        (Ok(head), _) => Ok(Some(head)),
        (Err(finding), None) => Err(finding),
        (Err(mut finding), Some(refused)) => {
            finding.detail += &format!("; no later identity is accepted, since {refused}");
            Err(finding)
        }
    }
}

fn expect_digest(file: BundleFile, bytes: &[u8], expected: &[u8; 32]) -> Result<(), Finding> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    if digest == *expected {
        Ok(())
    } else {
        Err(Finding::new(
            FindingCode::DigestMismatch,
            format!("{file} does not have the digest in the manifest"),
        ))
    }
}

/// Reads the checkpoint, and holds what can be held of it without knowing who signed. Gives its root, too, and the ids
/// of further keys that sign under the ledger's name.
fn parse_checkpoint(
    bytes: &[u8],
    manifest: &Manifest,
    trust: &Trust,
) -> Result<(SignedNote, TreeHash, Vec<[u8; 4]>), Finding> {
    let form = |problem: String| {
        Finding::new(
            FindingCode::CheckpointForm,
            format!("the checkpoint is malformed: {problem}"),
        )
    };
    let note = SignedNote::parse(bytes).map_err(|error| form(error.to_string()))?;
    let checkpoint = Checkpoint::parse_text(&note.text).map_err(|error| form(error.to_string()))?;
    if checkpoint.origin.as_str() != trust.key.name() {
        let detail = format!(
            "the checkpoint belongs to {}, but the pinned key belongs to {}",
            checkpoint.origin,
            trust.key.name()
        );
        return Err(Finding::new(FindingCode::OriginMismatch, detail));
    }
    let others = check_form(&note, &checkpoint.origin).map_err(|error| form(error.to_string()))?;
    let (signed, size) = (checkpoint.size, manifest.size());
    if signed != size {
        let detail = format!("the checkpoint signs size {signed}, but the manifest says {size}");
        return Err(Finding::new(FindingCode::CheckpointSize, detail));
    }
    Ok((note, checkpoint.root, others))
}

/// Verifies both lines of an identity on a checkpoint.
fn check_signatures(note: &SignedNote, identity: &VerifierKey) -> Result<Head, Finding> {
    let refused = |detail: String| Finding::new(FindingCode::CheckpointSignature, detail);
    let verified = verify_identity(note, identity).map_err(|error| {
        refused(format!(
            "the checkpoint does not verify under the identity key of its size: {error}"
        ))
    })?;
    if !verified.identity_line || verified.identity_time.is_none() {
        let detail = "the checkpoint lacks a signature line of the identity key of its size: it must have a plain and \
             a timestamped line";
        return Err(refused(detail.to_owned()));
    }
    Ok(Head {
        checkpoint: verified.checkpoint,
        note: note.clone(),
        identity_time: verified.identity_time,
    })
}
