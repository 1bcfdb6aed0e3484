//! The checks of bodies and payloads: what they commit to, their form, whether a disclosed key opens them, and who
//! wrote what can be read.

use sha2::{Digest as _, Sha256};

use crate::body::Body;
use crate::bundle::items::Part;
use crate::commitment::{PartKind, commit};
use crate::hash::Commitment;
use crate::header::Header;
use crate::limits::SEALED_OVERHEAD_BYTES;
use crate::origin::Origin;
use crate::producer::ProducerError;
use crate::sealed::{DoesNotOpen, EventCipher, EventKey, has_sealed_length};

use super::authorship::{Authorship, Reader};
use super::seen::{SeenBody, SeenPayload};

/// A body or payload whose commitment was computed, still to be held against its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedPart {
    /// It is there.
    Present {
        /// What its salt and bytes commit to.
        commitment: Commitment,
        /// What is wrong with its bytes, whatever the header commits to.
        problem: Option<Box<PartProblem>>,
        /// Whether it can be read.
        secrecy: Secrecy,
        /// What else can be read of it.
        content: Option<Box<Content>>,
    },
    /// The header commits to none.
    None,
    /// Left out.
    Withheld,
    /// Claimed to be erased.
    Erased,
    /// Kept elsewhere.
    Archived,
    /// Not there.
    Missing,
    /// Not an item of the format at all.
    Malformed(Box<str>),
}

/// Whether a part that is there can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It is not encrypted.
    Clear,
    /// It is encrypted, and the event key that was disclosed opens it.
    Opened,
    /// It is encrypted, and nothing here opens it.
    Encrypted,
}

/// What can be read of a part beside its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Of a body: who wrote it.
    Authorship(Authorship),
    /// Of a payload whose producer signed it: its SHA-256.
    Digest([u8; 32]),
}

impl CheckedPart {
    /// Who wrote the event, if it is a body that can be read and says so, or ought to.
    pub(super) fn authorship(&self) -> Option<&Authorship> {
        match self {
            Self::Present {
                content: Some(content),
                ..
            } => match &**content {
                Content::Authorship(authorship) => Some(authorship),
                Content::Digest(_) => None,
            },
            _ => None,
        }
    }

    /// The digest of a payload that can be read, if it was asked for.
    pub(super) fn digest(&self) -> Option<&[u8; 32]> {
        match self {
            Self::Present {
                content: Some(content),
                ..
            } => match &**content {
                Content::Digest(digest) => Some(digest),
                Content::Authorship(_) => None,
            },
            _ => None,
        }
    }
}

/// What is wrong with a part that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartProblem {
    /// It is not of the format, and in what.
    Form(String),
    /// The event key that was disclosed does not open it. The error does not say why.
    DoesNotOpen,
    /// An event key stands with it, though the record is not encrypted.
    NeedlessKey,
    /// What it says of its producer does not hold.
    Producer(ProducerError),
}

/// A key that a bundle discloses, and what it must open.
pub(super) struct Opener<'a> {
    header: Header<'a>,
    key: EventKey,
    origin: &'a Origin,
}

impl<'a> Opener<'a> {
    /// None if the header can't be read, which is another finding.
    pub(super) fn new(header: &'a [u8], key: &[u8; 32], origin: &'a Origin) -> Option<Self> {
        Some(Self {
            header: Header::decode(header).ok()?,
            key: EventKey::from_bytes(*key),
            origin,
        })
    }

    fn open(&self, kind: PartKind, bytes: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let event = self.header.kind.event().ok_or(DoesNotOpen)?;
        let sealed = event.sealed.as_ref().ok_or(DoesNotOpen)?;
        EventCipher::for_event(&self.key, self.origin, sealed)?.open(kind, bytes)
    }
}

/// Computes what a part commits to, and checks its own form; `sealed` says whether its header names a data key. Opens
/// the part if there is a key, and shows what can be read of a body.
pub(super) fn check(
    kind: PartKind,
    sealed: bool,
    part: &Part<'_>,
    reader: &Reader<'_>,
    opener: Option<&Opener<'_>>,
    see: &mut dyn FnMut(SeenBody<'_>),
) -> CheckedPart {
    let mut absent = |checked, seen| {
        see(seen);
        checked
    };
    let (salt, bytes, disclosed) = match part {
        Part::Present { salt, bytes } => (salt, *bytes, false),
        Part::Disclosed { salt, bytes, .. } => (salt, *bytes, true),
        Part::None => return absent(CheckedPart::None, SeenBody::None),
        Part::Withheld => return absent(CheckedPart::Withheld, SeenBody::Withheld),
        Part::Erased => return absent(CheckedPart::Erased, SeenBody::Erased),
        Part::Archived => return absent(CheckedPart::Archived, SeenBody::Archived),
        Part::Missing => return absent(CheckedPart::Missing, SeenBody::Missing),
    };
    if disclosed && kind == PartKind::Payload {
        let problem = "it has an event key, which only the item of the body may have";
        return CheckedPart::Malformed(problem.into());
    }
    let commitment = commit(salt, kind.domain(sealed), bytes);
    let mut reading = Reading {
        kind,
        sealed,
        commitment,
        reader,
        see,
    };
    let (read, secrecy) = match (sealed, opener) {
        (false, _) => {
            let read = reading.plain(bytes);
            let needless = disclosed && read.is_ok();
            let read = if needless {
                Err(PartProblem::NeedlessKey)
            } else {
                read
            };
            (read, Secrecy::Clear)
        }
        (true, None) => {
            (reading.see)(SeenBody::Sealed);
            (sealed_form(kind, bytes).map(|()| None), Secrecy::Encrypted)
        }
        (true, Some(opener)) => match opener.open(kind, bytes) {
            Ok(plain) => (reading.plain(&plain), Secrecy::Opened),
            Err(DoesNotOpen) => {
                (reading.see)(SeenBody::Sealed);
                let form = sealed_form(kind, bytes);
                (form.and(Err(PartProblem::DoesNotOpen)), Secrecy::Encrypted)
            }
        },
    };
    let (problem, content) = match read {
        Ok(content) => (None, content.map(Box::new)),
        Err(problem) => (Some(Box::new(problem)), None),
    };
    CheckedPart::Present {
        commitment,
        problem,
        secrecy,
        content,
    }
}

/// Shows what can be read of the payload that `item` holds; `sealed` says whether its header names a data key.
pub(super) fn show_payload(
    sealed: bool,
    item: &[u8],
    opener: Option<&Opener<'_>>,
    see: &mut dyn FnMut(SeenPayload<'_>),
) {
    let (salt, bytes) = match Part::decode(item) {
        Ok(Part::Present { salt, bytes }) => (salt, bytes),
        Ok(Part::None) => return see(SeenPayload::None),
        Ok(Part::Withheld) => return see(SeenPayload::Withheld),
        Ok(Part::Erased) => return see(SeenPayload::Erased),
        Ok(Part::Archived) => return see(SeenPayload::Archived),
        Ok(Part::Missing) => return see(SeenPayload::Missing),
        Ok(Part::Disclosed { .. }) | Err(_) => return see(SeenPayload::Unreadable),
    };
    let kind = PartKind::Payload;
    let commitment = commit(&salt, kind.domain(sealed), bytes);
    if !sealed {
        return see(SeenPayload::Open { bytes, commitment });
    }
    match opener.map(|opener| opener.open(kind, bytes)) {
        Some(Ok(plain)) => see(SeenPayload::Open {
            bytes: &plain,
            commitment,
        }),
        Some(Err(DoesNotOpen)) | None => see(SeenPayload::Sealed {
            length: bytes.len().saturating_sub(SEALED_OVERHEAD_BYTES),
            commitment,
        }),
    }
}

/// What reading a part gave: what it says, or what is wrong with it.
type Read = Result<Option<Content>, PartProblem>;

/// A part that can be read, as the client gave it or opened.
struct Reading<'a> {
    kind: PartKind,
    sealed: bool,
    commitment: Commitment,
    reader: &'a Reader<'a>,
    see: &'a mut dyn FnMut(SeenBody<'_>),
}
impl Reading<'_> {
    fn plain(&mut self, bytes: &[u8]) -> Read {
        match self.kind {
            PartKind::Body => self.body(bytes),
            PartKind::Payload => {
                let most = self.kind.plain_bytes_max();
                // Opening it compared its length with the limit.
                if !self.sealed && bytes.len() > most {
                    return Err(form(format!(
                        "it has {} bytes, more than {most}",
                        bytes.len()
                    )));
                }
                let digest = || Content::Digest(Sha256::digest(bytes).into());
                Ok(self.reader.digest_wanted.then(digest))
            }
        }
    }

    fn body(&mut self, bytes: &[u8]) -> Read {
        let body = match Body::decode(bytes) {
            Ok(body) => body,
            Err(error) => {
                (self.see)(SeenBody::Unreadable);
                return Err(form(error));
            }
        };
        (self.see)(SeenBody::Open {
            body: &body,
            commitment: self.commitment,
        });
        if body.data_subject.is_some() {
            if !self.sealed {
                return Err(form("it names a data subject, so it must be encrypted"));
            } else if self.reader.is_governance() {
                return Err(form(
                    "it names a data subject, which a governance record never does",
                ));
            }
        }
        let authorship = self.reader.authorship(&body);
        let authorship = authorship.map_err(PartProblem::Producer)?;
        Ok(authorship.map(Content::Authorship))
    }
}

fn form(problem: impl ToString) -> PartProblem {
    PartProblem::Form(problem.to_string())
}

/// Checks a part as the daemon encrypted it, as far as that can be seen without its key.
fn sealed_form(kind: PartKind, bytes: &[u8]) -> Result<(), PartProblem> {
    let (least, most) = (
        SEALED_OVERHEAD_BYTES,
        kind.plain_bytes_max() + SEALED_OVERHEAD_BYTES,
    );
    if has_sealed_length(kind, bytes.len()) {
        return Ok(());
    }
    let problem = format!("it has {} bytes, not {least} to {most}", bytes.len());
    Err(form(problem))
}
