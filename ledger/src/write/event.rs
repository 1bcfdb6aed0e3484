//! What happens to an event in the caller's task: it is validated, encoded and committed to, so that
//! the writer has only to link it.

use std::cell::RefCell;

use bytes::Bytes;
use indelible_evidence::{
    FieldViolation,
    attribute_text::{NOT_A_MEDIA_TYPE, NOT_A_TIME, is_media_type, is_time},
    body::Body,
    check_classification, check_event_type,
    commitment::{Domain, PartKind, commit},
    data_subject::{NOT_FINDABLE, is_findable},
    hash::{Commitment, IdentityTag, Salt},
    header::SealedBy,
    limits::PAYLOAD_BYTES_MAX,
    sealed::{EventCipher, EventKey},
};
use indelible_keystore::DataKey;
use indelible_store::record::{Part, RecordTail};

use crate::{
    state::{
        environment::Environment, prepare_error::PrepareError, shared::LedgerState,
        zeroizing_buffer::ZeroizingBuffer,
    },
    write::index_terms::BodyTerms,
};

/// What a body takes, usually.
const BODY_BYTES_USUAL: usize = 512;
/// Bytes of scratch that a thread keeps from one event to the next.
const SCRATCH_BYTES_KEPT: usize = 64 << 10;

/// An event as a client hands it over, already split into what the evidence format splits.
#[derive(Debug)]
pub struct EventInput<'a> {
    /// All that the client wrote but type, classification and payload.
    pub body: Body<'a>,
    /// CloudEvents `type`.
    pub event_type: &'a str,
    /// Class from the ledger's vocabulary.
    pub classification: Option<&'a str>,
    /// The client's bytes: plaintext, or the ciphertext of its own envelope.
    pub payload: Option<Bytes>,
}

/// An event that is ready to be linked: encoded, with its commitments and the stored form of body and
/// payload. Only this module makes one.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) id: IdentityTag,
    words: Words,
    /// The key of the producer whose signature was verified.
    pub(crate) producer: Option<[u8; 32]>,
    pub(crate) body: Commitment,
    pub(crate) payload: Option<Commitment>,
    /// What body and payload are sealed under; none if they are in the clear.
    pub(crate) sealed: Option<SealedBy>,
    pub(crate) tail: RecordTail,
    /// What a sealed body has in the index.
    pub(crate) terms: Option<BodyTerms>,
    /// It stands for an event that is known to be there, and can't be linked as a new one.
    pub(crate) only_repeats: bool,
}

impl Prepared {
    /// CloudEvents `type`.
    pub(crate) fn event_type(&self) -> &str {
        &self.words.text[..self.words.type_end]
    }

    /// The classification, where the client gave one.
    pub(crate) fn classification(&self) -> Option<&str> {
        let text = &self.words.text[self.words.type_end..self.words.classification_end];
        (!text.is_empty()).then_some(text)
    }

    /// CloudEvents `source`, which the header does not have.
    pub(crate) fn source(&self) -> &str {
        &self.words.text[self.words.classification_end..]
    }

    /// Bytes that the event will take in the store, its header aside.
    pub(crate) fn bytes(&self) -> usize {
        self.tail.as_bytes().len() + self.words.classification_end
    }
}

/// Validates, encodes and commits to an event for one ledger, in the clear.
pub(crate) fn prepare(
    environment: &Environment,
    cell: &LedgerState,
    event: EventInput<'_>,
) -> Result<Prepared, PrepareError> {
    check(&event)?;
    let EventInput {
        mut body,
        event_type,
        classification,
        payload,
    } = event;
    SCRATCH.with_borrow_mut(|encoded| {
        encoded.clear();
        body.encode_into(encoded)?;
        let (body_salt, payload_salt) = environment.salts();
        let payload = payload.as_deref();
        Ok(Prepared {
            id: cell.id_hash(body.source, body.id)?,
            words: Words::of(event_type, classification, body.source),
            producer: body.producer.map(|producer| *producer.key),
            body: commit(&body_salt, Domain::Body, encoded),
            payload: payload.map(|bytes| commit(&payload_salt, Domain::Payload, bytes)),
            sealed: None,
            tail: tail(
                (body_salt, encoded),
                payload.map(|bytes| (payload_salt, bytes)),
            ),
            terms: None,
            only_repeats: false,
        })
    })
}

/// An event that is validated and encoded, and has still to be sealed.
pub(crate) struct Unsealed {
    id: IdentityTag,
    words: Words,
    producer: Option<[u8; 32]>,
    body: ZeroizingBuffer,
    payload: Option<Bytes>,
    terms: BodyTerms,
}

impl Unsealed {
    /// Validates and encodes an event for one ledger.
    pub(crate) fn encode(cell: &LedgerState, event: EventInput<'_>) -> Result<Self, PrepareError> {
        check(&event)?;
        let EventInput {
            mut body,
            event_type,
            classification,
            payload,
        } = event;
        let mut encoded = ZeroizingBuffer::new(Vec::with_capacity(BODY_BYTES_USUAL));
        body.encode_into(encoded.as_mut_vec())?;
        Ok(Self {
            id: cell.id_hash(body.source, body.id)?,
            words: Words::of(event_type, classification, body.source),
            producer: body.producer.map(|producer| *producer.key),
            body: encoded,
            payload,
            terms: BodyTerms::of(cell.hasher()?, &body),
        })
    }

    /// The event's identity.
    pub(crate) fn id(&self) -> IdentityTag {
        self.id
    }

    /// Seals body and payload under a key of this event's own, and commits to what that gives.
    pub(crate) fn seal(self, cell: &LedgerState, key: &DataKey) -> Result<Prepared, PrepareError> {
        let tag = self.id;
        let (body_salt, payload_salt) = key.salts(&self.id, &self.body, self.payload.as_deref());
        let (body_salt, payload_salt) =
            (Salt::from_bytes(body_salt), Salt::from_bytes(payload_salt));
        let data_key = *key.id();
        let event_key = EventKey::derive(key.expose(), &data_key, &body_salt);
        let cipher = EventCipher::new(&event_key, cell.origin(), data_key);
        SCRATCH.with_borrow_mut(|sealed| {
            sealed.clear();
            cipher.seal_into(PartKind::Body, &tag, &self.body, sealed)?;
            let body_bytes = sealed.len();
            if let Some(bytes) = &self.payload {
                cipher.seal_into(PartKind::Payload, &tag, bytes, sealed)?;
            }
            let (body, payload) = sealed.split_at(body_bytes);
            let payload = self.payload.is_some().then_some(payload);
            let prepared = Prepared {
                id: self.id,
                words: self.words,
                producer: self.producer,
                body: commit(&body_salt, Domain::SealedBody, body),
                payload: payload.map(|bytes| commit(&payload_salt, Domain::SealedPayload, bytes)),
                sealed: Some(cipher.sealed_by()),
                tail: tail(
                    (body_salt, body),
                    payload.map(|bytes| (payload_salt, bytes)),
                ),
                terms: Some(self.terms),
                only_repeats: false,
            };
            sealed.shrink_to(SCRATCH_BYTES_KEPT);
            Ok(prepared)
        })
    }

    /// Stands for an event that was appended before and erased since: nothing is left to compare it with.
    pub(crate) fn repeat_of_erased(self) -> Prepared {
        let nothing = Commitment::from_bytes([0; 32]);
        Prepared {
            id: self.id,
            words: self.words,
            producer: self.producer,
            body: nothing,
            payload: None,
            sealed: None,
            tail: RecordTail::encode(Part::Erased, Part::Erased),
            terms: None,
            only_repeats: true,
        }
    }
}

fn check(event: &EventInput<'_>) -> Result<(), PrepareError> {
    check_event_type(event.event_type)?;
    if let Some(text) = event.classification {
        check_classification(text)?;
    }
    // What these texts are can't be corrected later, and every reader of the ledger would have to ask.
    if event.body.time.is_some_and(|text| !is_time(text)) {
        return Err(wrong("time", NOT_A_TIME));
    }
    if event
        .body
        .datacontenttype
        .is_some_and(|text| !is_media_type(text))
    {
        return Err(wrong("datacontenttype", NOT_A_MEDIA_TYPE));
    }
    // Whoever is not found can neither be given what is held on them nor be erased.
    if event
        .body
        .data_subject
        .is_some_and(|name| !is_findable(name))
    {
        return Err(wrong("data_subject", NOT_FINDABLE));
    }
    let payload = event.payload.as_ref();
    if payload.is_some_and(|bytes| bytes.len() > PAYLOAD_BYTES_MAX) {
        let problem = format!("is longer than {PAYLOAD_BYTES_MAX} bytes");
        return Err(wrong("payload", problem));
    }
    Ok(())
}

#[cold]
fn wrong(field: &str, problem: impl Into<String>) -> PrepareError {
    PrepareError::Field(FieldViolation {
        field: field.into(),
        problem: problem.into(),
    })
}

/// What the writer looks at of what a client wrote: `type`, classification and source, one behind the other.
#[derive(Debug)]
struct Words {
    text: Box<str>,
    type_end: usize,
    classification_end: usize,
}

impl Words {
    fn of(event_type: &str, classification: Option<&str>, source: &str) -> Self {
        let classification = classification.unwrap_or_default();
        let type_end = event_type.len();
        let classification_end = type_end + classification.len();
        let mut text = String::with_capacity(classification_end + source.len());
        text.push_str(event_type);
        text.push_str(classification);
        text.push_str(source);
        Self {
            text: text.into_boxed_str(),
            type_end,
            classification_end,
        }
    }
}

fn tail(body: (Salt, &[u8]), payload: Option<(Salt, &[u8])>) -> RecordTail {
    let present = |(salt, bytes)| Part::Present { salt, bytes };
    RecordTail::encode(present(body), payload.map_or(Part::None, present))
}

thread_local! {
    /// Where a body is encoded, or body and payload are sealed, before they are copied, once, to their place in the
    /// stored record.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
