//! Custody: were keys introduced and used lawfully?

use crate::hash::TreeHash;
use crate::header::{Header, RecordKind};
use crate::key_event::{EpochCertificate, Genesis};
use crate::note::VerifierKey;
use crate::verdict::{Finding, FindingCode};

/// A key event whose statement was decoded and verified under the pinned key.
#[derive(Clone, Debug)]
pub struct KeyEvent {
    /// The record's sequence number.
    pub sequence: u64,
    /// What it states, or why that does not hold.
    pub statement: Result<Statement, Finding>,
}

/// What a key event states.
#[derive(Clone, Debug)]
pub enum Statement {
    /// The ledger begins.
    Genesis {
        /// The public key that can replace the identity key.
        recovery: Option<[u8; 32]>,
    },
    /// An epoch begins.
    Epoch {
        /// The epoch's public key.
        key: [u8; 32],
        /// The root that it binds.
        root: TreeHash,
        /// The greatest tree size that its key may sign.
        last: u64,
    },
}

/// Verifies the statement of a header, if it is a key event's: origin, place, key and signature.
pub fn check_key_event(header: &Header<'_>, key: &VerifierKey) -> Option<KeyEvent> {
    let sequence = header.sequence;
    let statement = match &header.kind {
        RecordKind::Event(_) => return None,
        RecordKind::Genesis(signed) => match Genesis::verify(signed, key) {
            Err(error) => Err((
                FindingCode::GenesisInvalid,
                format!("genesis does not hold: {error}"),
            )),
            Ok(_) if sequence != 0 => {
                Err((FindingCode::GenesisInvalid, "a second genesis".to_owned()))
            }
            Ok(genesis) if genesis.created != header.time => Err((
                FindingCode::GenesisInvalid,
                "genesis was created at another time than it was recorded".to_owned(),
            )),
            Ok(genesis) => Ok(Statement::Genesis {
                recovery: genesis.recovery.map(|key| *key.as_bytes()),
            }),
        },
        RecordKind::Epoch(signed) => match EpochCertificate::verify(signed, key) {
            Err(error) => Err((
                FindingCode::CertificateInvalid,
                format!("the certificate does not hold: {error}"),
            )),
            Ok(certificate) if certificate.first != sequence => {
                let detail = format!("the certificate is one for record {}", certificate.first);
                Err((FindingCode::CertificateInvalid, detail))
            }
            Ok(EpochCertificate {
                key, root, last, ..
            }) => Ok(Statement::Epoch {
                key: *key.as_bytes(),
                root,
                last,
            }),
        },
        _ => Err((
            FindingCode::KeyEventsForm,
            "a key event of this kind is not verified yet".to_owned(),
        )),
    };
    let statement = statement.map_err(|(code, detail)| Finding::of_record(code, sequence, detail));
    Some(KeyEvent {
        sequence,
        statement,
    })
}

/// Follows the key events of one ledger, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Custody {
    genesis: bool,
    /// Sequence number and span's end of the newest certificate.
    certificate: Option<(u64, u64)>,
    certificates: u64,
}

impl Custody {
    /// Before record 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many certificates there were.
    pub fn certificates(&self) -> u64 {
        self.certificates
    }

    /// Takes in the next key event. `root` is the root of the tree before it, where that is known; where it is
    /// not, the caller has proven the certificate's root in some other way.
    pub fn advance(
        &mut self,
        event: &KeyEvent,
        root: Option<&TreeHash>,
        mut found: impl FnMut(Finding),
    ) {
        let sequence = event.sequence;
        if sequence == 0 {
            self.genesis = matches!(event.statement, Ok(Statement::Genesis { .. }) | Err(_));
        }
        let (bound, last) = match &event.statement {
            Err(finding) => return found(finding.clone()),
            Ok(Statement::Genesis { .. }) => return,
            Ok(Statement::Epoch { root, last, .. }) => (root, *last),
        };
        self.certificates += 1;
        if root.is_some_and(|root| root != bound) {
            let detail = "the certificate binds another root than that of the tree before it";
            found(Finding::of_record(
                FindingCode::CertificateRoot,
                sequence,
                detail,
            ));
        }
        if last <= sequence {
            let detail = format!("the certificate's span is empty: it ends at size {last}");
            found(Finding::of_record(
                FindingCode::CertificateSpan,
                sequence,
                detail,
            ));
        }
        self.close(sequence, &mut found);
        self.certificate = Some((sequence, last));
    }

    /// Takes in the end of the ledger at the checkpoint's size.
    pub fn finish(mut self, size: u64, mut found: impl FnMut(Finding)) {
        if !self.genesis {
            found(Finding::of_record(
                FindingCode::GenesisInvalid,
                0,
                "the first record is not a genesis",
            ));
        }
        self.close(size, &mut found);
    }

    /// Checks that no record below `end` lies outside of the newest span. Records 0 and `end` need none.
    fn close(&mut self, end: u64, found: &mut impl FnMut(Finding)) {
        match self.certificate {
            None if end > 1 => {
                let detail = "there is no certificate for it: the first one must be record 1";
                found(Finding::of_record(FindingCode::CertificateSpan, 1, detail));
            }
            Some((first, last)) if last < end => {
                let detail = format!(
                    "it lies beyond the span of the certificate {first}, which ends at size {last}"
                );
                found(Finding::of_record(
                    FindingCode::CertificateSpan,
                    last.max(first),
                    detail,
                ));
            }
            _ => {}
        }
    }
}
