//! One record, as folds see it.

use indelible_evidence::{
    body::Body,
    hash::DataKeyId,
    header::{EventHeader, Header, RecordKind},
};

pub use indelible_evidence::verify::PayloadState;

use crate::conventions::{Common, Known, Reading, may_be};

/// How far a time that an event says may lie after its recording, for clocks that are apart: five minutes.
const AHEAD_MAX_NANOSECONDS: u64 = 300_000_000_000;

/// How the types of the ledger's own events begin,
const OWN: &str = "indelible.";
/// but for these, which importers write.
const OF_IMPORTS: &str = "indelible.import.";

/// One record of a range.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its header, whole. A key event's statement is in it.
    pub header: &'a Header<'a>,
    /// What its body shows; none for a key event, which has no body, and for a decision of the daemon's own gate,
    /// which is nobody's event.
    pub event: Option<Event<'a>>,
}

/// What a client appended.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What is never erased of it.
    pub header: &'a EventHeader<'a>,
    /// The key that sealed it, for an event that the daemon encrypted.
    pub data_key: Option<DataKeyId>,
    /// What can be read of it.
    pub body: BodyView<'a>,
    /// What its facts say by the conventions, read once for all folds.
    pub reading: Reading<'a>,
    /// The facts that mean the same everywhere; none of them if one is wrong.
    pub common: Common<'a>,
    /// Whether these could be read.
    pub is_common_read: bool,
}

/// What can be read of a body. A fold counts every state; it never takes one for another.
#[derive(Clone, Copy, Debug)]
pub enum BodyView<'a> {
    /// It is there: in the clear, or opened with the event key that the evidence discloses.
    Open(&'a Body<'a>),
    /// It is there, encrypted, and nothing opens it.
    Sealed,
    /// It was erased.
    Erased,
    /// It was left out of this evidence.
    Withheld,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
    /// It is there, and is not a body of the format.
    Unreadable,
}

impl<'a> BodyView<'a> {
    /// The states' names, in their order.
    pub const STATES: [&'static str; 7] = [
        "open",
        "sealed",
        "erased",
        "withheld",
        "archived",
        "missing",
        "unreadable",
    ];

    /// The body, if it can be read.
    pub fn open(&self) -> Option<&'a Body<'a>> {
        match self {
            Self::Open(body) => Some(body),
            _ => None,
        }
    }

    /// The place of its state in [`Self::STATES`].
    pub fn state(&self) -> usize {
        match self {
            Self::Open(_) => 0,
            Self::Sealed => 1,
            Self::Erased => 2,
            Self::Withheld => 3,
            Self::Archived => 4,
            Self::Missing => 5,
            Self::Unreadable => 6,
        }
    }
}

impl<'a> Record<'a> {
    /// A record of a decoded header and what can be read of its body, which counts for nothing if it is a key event.
    pub fn new(header: &'a Header<'a>, body: BodyView<'a>) -> Self {
        let event = match &header.kind {
            RecordKind::Event(event) => Some(Event::new(event, body)),
            _ => None,
        };
        Self { header, event }
    }

    /// A record of which only the header counts, if its header commits to a payload of a client's.
    pub fn of_payload(header: &'a Header<'a>) -> Option<Self> {
        let record = Self::new(header, BodyView::Withheld);
        let event = record.event.as_ref()?;
        (event.header.payload.is_some() && !record.is_ledgers_own()).then_some(record)
    }

    /// Its sequence number.
    pub fn sequence(&self) -> u64 {
        self.header.sequence
    }

    /// When it was recorded: nanoseconds since 1970 UTC.
    pub fn time(&self) -> u64 {
        self.header.time
    }

    /// The event, if it is one of a known type, can be read and fits.
    pub fn known(&self) -> Option<&Known<'a>> {
        match &self.event.as_ref()?.reading {
            Reading::Known(known) => Some(known),
            _ => None,
        }
    }

    /// The body, if it can be read.
    pub fn body(&self) -> Option<&'a Body<'a>> {
        self.event.as_ref()?.body.open()
    }

    /// Who sent its event, if that can be read and is said: without white space around it.
    pub fn actor(&self) -> Option<&'a str> {
        let actor = self.body()?.actor?.trim();
        (!actor.is_empty()).then_some(actor)
    }

    /// What ties its event to others, if that can be read and is said: without white space around it.
    pub fn correlation(&self) -> Option<&'a str> {
        let correlation = self.body()?.correlation_id?.trim();
        (!correlation.is_empty()).then_some(correlation)
    }

    /// A time that its event says something had happened at, no later than it was recorded. One that was still to come then,
    /// by more than clocks are apart, is none.
    pub fn said(&self, time: Option<u64>) -> Option<u64> {
        let recorded = self.time();
        let time = time.filter(|time| *time <= recorded.saturating_add(AHEAD_MAX_NANOSECONDS));
        time.map(|time| time.min(recorded))
    }

    /// How its event is classified, if it is.
    pub fn classification(&self) -> Option<&'a str> {
        self.event.as_ref()?.header.classification
    }

    /// Whether it is the ledger's own: its access trail, its reports. The names are reserved, so no client writes one.
    pub fn is_ledgers_own(&self) -> bool {
        self.event.as_ref().is_some_and(|event| {
            let event_type = event.header.event_type;
            event_type.starts_with(OWN) && !event_type.starts_with(OF_IMPORTS)
        })
    }

    /// Whether it says that it comes from another system's records, or what checking these came to.
    pub fn is_imported(&self) -> bool {
        self.event.as_ref().is_some_and(|event| {
            event.common.imported.is_some() || event.header.event_type.starts_with(OF_IMPORTS)
        })
    }

    /// The same as it weighs beside live events, if it is the record of another system: what it says is that system's
    /// word, and decides as little as what can't be read. None for all others, those that don't fit their types and what
    /// importers say of their own work among them.
    #[must_use]
    pub fn on_others_word(&self) -> Option<Self> {
        let event = self.event.as_ref()?;
        let is_known = matches!(event.reading, Reading::Known(_));
        let is_another = event.common.imported.is_some();
        let of_imports = event.header.event_type.starts_with(OF_IMPORTS);
        (is_known && is_another && !of_imports).then(|| Self {
            header: self.header,
            event: Some(Event {
                reading: Reading::OnOthersWord,
                ..event.clone()
            }),
        })
    }

    /// The same, of an event of which nothing is read.
    #[must_use]
    pub fn unread(&self) -> Self {
        Self::new(
            self.header,
            match self.event.as_ref().map(|event| event.body) {
                Some(BodyView::Open(_)) | None => BodyView::Withheld,
                Some(closed) => closed,
            },
        )
    }

    /// Whether it is a client's event whose body can't be read.
    pub fn is_closed(&self) -> bool {
        let is_closed = |event: &Event<'_>| event.body.open().is_none();
        self.event.as_ref().is_some_and(is_closed) && !self.is_ledgers_own()
    }

    /// Whether it may be an event of this known type, and its facts can't be used: its body can't be read, doesn't fit
    /// the type, or is another system's word, or its type is another version or a kind that nobody knows ([`may_be`]).
    pub fn may_be(&self, known: &str) -> bool {
        self.event.as_ref().is_some_and(|event| {
            !matches!(event.reading, Reading::Known(_)) && may_be(event.header.event_type, known)
        })
    }

    /// The same of one of several types.
    pub fn may_be_any(&self, known: &[&str]) -> bool {
        known.iter().any(|known| self.may_be(known))
    }

    /// Whether it is a client's event of which nobody knows what the facts say that mean the same in any type.
    pub fn hides_common(&self) -> bool {
        let hides = |event: &Event<'_>| !event.is_common_read;
        self.event.as_ref().is_some_and(hides) && !self.is_ledgers_own()
    }
}

impl<'a> Event<'a> {
    fn new(header: &'a EventHeader<'a>, body: BodyView<'a>) -> Self {
        let (reading, common) = match body.open() {
            None => (Reading::Closed, None),
            Some(body) => match (Known::read(header.event_type, body), Common::read(body)) {
                (Some(Err(misfit)), common) => (Reading::Misfit(misfit), common.ok()),
                (_, Err(misfit)) => (Reading::Misfit(misfit), None),
                (Some(Ok(known)), Ok(common)) => (Reading::Known(known), Some(common)),
                (None, Ok(common)) => (Reading::Other, Some(common)),
            },
        };
        Self {
            header,
            data_key: header.sealed.map(|sealed| sealed.data_key),
            body,
            reading,
            is_common_read: common.is_some(),
            common: common.unwrap_or_default(),
        }
    }
}
