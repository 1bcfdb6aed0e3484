//! The bundle that stays when a ledger ends: which it is, and whether it has all of the ledger.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read, Seek as _},
    path::Path,
};

use indelible_compliance::reports::counted;
use indelible_evidence::{
    bundle::{BundleKind, Manifest, TarSource},
    hashing::sha256_of,
    note::VerifierKey,
    verify::{PartCounts, Report, Trust, verify},
};

use crate::cli::error::{CliError, Refusal};

/// What a tar's first file may take, with its header.
const MANIFEST_BYTES_MAX: u64 = 512 + 4_096;
const TAR_HEADER_BYTES: usize = 512;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A bundle as it is kept.
pub(super) struct Bundle {
    pub(super) origin: String,
    pub(super) size: u64,
    pub(super) sha256: [u8; 32],
}

/// What of a bundle nobody can read any more once its ledger's keys are destroyed: it is there encrypted, and the bundle does not
/// disclose its keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) bodies: u64,
    pub(super) payloads: u64,
    /// Bodies that it does disclose the keys of.
    opened: u64,
}

impl Sealed {
    fn of(report: &Report) -> Self {
        Self {
            bodies: report.bundle.bodies.encrypted,
            payloads: report.bundle.payloads.encrypted,
            opened: report.bundle.bodies.opened,
        }
    }

    /// What is said of it; none if all can be read.
    pub(super) fn words(&self) -> Option<String> {
        let bodies = (self.bodies > 0).then(|| counted(self.bodies, "body", "bodies"));
        let payloads = (self.payloads > 0).then(|| counted(self.payloads, "payload", "payloads"));
        let parts: Vec<_> = bodies.into_iter().chain(payloads).collect();
        if parts.is_empty() {
            return None;
        }
        let keys = match self.opened {
            0 => "the bundle discloses no key, so it is no readable copy of what is encrypted",
            _ => "the bundle does not disclose all keys",
        };
        Some(format!(
            "{keys}: {} in it are encrypted, and once the ledger has ended nobody can read them. If they are to stay readable, \
             export again with --disclose-keys first, and end the ledger with that bundle",
            parts.join(" and ")
        ))
    }
}

impl Bundle {
    /// Reads its manifest, and its digest.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let failed = |source| CliError::file(path, source);
        let mut file = File::open(path).map_err(failed)?;
        let sha256 = sha256_of(&mut file).map_err(failed)?;
        let mut first = Vec::new();
        let read = unpacked(path)?
            .take(MANIFEST_BYTES_MAX)
            .read_to_end(&mut first);
        read.map_err(failed)?;
        let manifest = manifest(&first).ok_or_else(|| {
            CliError::Usage(format!(
                "{}: this is no evidence bundle of this version: export the ledger again",
                path.display()
            ))
        })?;
        if manifest.kind() != BundleKind::Whole {
            return Err(CliError::Usage(format!(
                "{}: the bundle has only a part of the ledger: export all of it",
                path.display()
            )));
        }
        Ok(Self {
            origin: manifest.origin().as_str().to_owned(),
            size: manifest.size(),
            sha256,
        })
    }

    /// Whether it is of the ledger that was named.
    pub(super) fn check_is_of(&self, path: &Path, ledger: &str) -> Result<(), CliError> {
        let name = self.origin.rsplit('/').nth(1);
        if self.origin == ledger || name == Some(ledger) {
            return Ok(());
        }
        Err(CliError::Usage(format!(
            "{}: the bundle is of {}, and not of {ledger}",
            path.display(),
            self.origin
        )))
    }
}

/// Verifies a bundle, and refuses one from which contents are left out that it could have, unless that is wanted. Returns what
/// of it can't be read without the ledger's keys.
pub(super) fn check_whole(
    path: &Path,
    key: &str,
    contents_left_out: bool,
) -> Result<Sealed, CliError> {
    let key = VerifierKey::parse(key)
        .map_err(|_| CliError::Answer("its ledger has no verifier key that can be read"))?;
    let shown = path.display();
    let report = verify(TarSource::new(unpacked(path)?), &Trust::in_key(key));
    let report = report
        .map_err(|error| differs(format!("{shown} is not a bundle that verifies: {error}")))?;
    let integrity = &report.verdict.integrity;
    if !integrity.holds() {
        let first = integrity.findings().first();
        let why = first.map_or("its integrity can't be shown", |finding| {
            finding.detail.as_str()
        });
        return Err(differs(format!("{shown} does not verify: {why}")));
    }
    match left_out(&report) {
        Some(lack) if !contents_left_out => Err(differs(format!(
            "{shown} is not all of the ledger: it lacks {lack}. Nothing was recorded. If it is to be so, --contents-left-out takes it"
        ))),
        _ => Ok(Sealed::of(&report)),
    }
}

/// What is left out of a bundle, in words; none if nothing is.
fn left_out(report: &Report) -> Option<String> {
    let counts = |of: fn(&PartCounts) -> u64| {
        let (bodies, payloads) = (of(&report.bundle.bodies), of(&report.bundle.payloads));
        let bodies = (bodies > 0).then(|| counted(bodies, "body", "bodies"));
        let payloads = (payloads > 0).then(|| counted(payloads, "payload", "payloads"));
        let words: Vec<_> = bodies.into_iter().chain(payloads).collect();
        (!words.is_empty()).then(|| words.join(" and "))
    };
    let archived = counts(|parts| parts.archived).map(|words| {
        format!(
            "{words} that are in the archive: export again without --without-archived, once `indelible status` says nothing of \
             the archive"
        )
    });
    let withheld = counts(|parts| parts.withheld).map(|words| {
        format!("{words} that were withheld: export again without --withhold-payloads")
    });
    let lacks: Vec<_> = archived.into_iter().chain(withheld).collect();
    (!lacks.is_empty()).then(|| lacks.join("; and "))
}

/// A bundle that is not what the ledger needs, as the daemon says it of one that lacks a record.
fn differs(message: String) -> CliError {
    CliError::Daemon(Box::new(Refusal {
        code: tonic::Code::FailedPrecondition,
        message,
        reason: Some("BUNDLE_DIFFERS".to_owned()),
        metadata: BTreeMap::new(),
        violations: Vec::new(),
        retry_after: None,
        look: None,
        command: None,
        alert: None,
    }))
}

/// The tar of a bundle, from its first byte.
fn unpacked(path: &Path) -> Result<Box<dyn Read>, CliError> {
    let failed = |source| CliError::file(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = [0; 4];
    file.read_exact(&mut magic).map_err(failed)?;
    file.rewind().map_err(failed)?;
    Ok(match magic == ZSTD_MAGIC {
        true => Box::new(zstd::stream::read::Decoder::new(file).map_err(failed)?),
        false => Box::new(BufReader::new(file)),
    })
}

/// The first file of a tar.
fn manifest(tar: &[u8]) -> Option<Manifest> {
    let content = tar.get(TAR_HEADER_BYTES..)?;
    let length = content.iter().position(|byte| *byte == 0);
    let content = &content[..length.unwrap_or(content.len())];
    Manifest::parse(content).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_opens_nothing_is_called_no_readable_copy() {
        assert_eq!(Sealed::default().words(), None);
        let nothing = Sealed {
            bodies: 2,
            payloads: 1,
            opened: 0,
        };
        let told = nothing.words().unwrap();
        assert!(told.contains("no readable copy"), "{told}");
        assert!(told.contains("2 bodies and 1 payload in it"), "{told}");
        let some = Sealed {
            opened: 1,
            ..nothing
        };
        assert!(some.words().unwrap().contains("not disclose all keys"));
    }
}
