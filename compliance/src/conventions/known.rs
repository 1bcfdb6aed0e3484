//! Events of all known types: what is read of a body, and whether it fits.

use indelible_evidence::body::{Body, FactValue};

use super::{
    access::{Access, ReportMade},
    agent::{AgentDeclared, AgentHalted, AgentPresent, AgentResumed, Presence},
    approval::{ApprovalDenied, ApprovalExpired, ApprovalGranted, ApprovalRequested},
    attempt::AccessAttempt,
    budget::BudgetUsed,
    decision::Decision,
    definition::{EventSpec, FactSpec},
    import::{ImportBroken, ImportChecked},
    incident::{Incident, IncidentReported, Violation},
    logging::{LogReview, LogState},
    misfit::{Misfit, Place, Problem},
    oversight::{Override, Oversight},
    performance::Performance,
    privacy::{Breach, Consent, Notice, RequestAnswered, RequestExtended, RequestReceived},
    registry::{
        DatasetRegistered, Evaluation, ModelReleased, ModelRetired, PolicyRegistered,
        ToolRegistered,
    },
    tool::ToolCall,
    usage::Use,
    value::FactKind,
};

/// What the facts of a body say.
#[derive(Clone, Debug)]
pub enum Reading<'a> {
    /// It is of a known type, and fits it.
    Known(Known<'a>),
    /// It is of another type.
    Other,
    /// It is of a known type and doesn't fit it, or a fact that means the same everywhere is wrong.
    Misfit(Misfit),
    /// It is of a known type, and was imported: beside live events it decides nothing.
    OnOthersWord,
    /// There is no body to read.
    Closed,
}

/// Facts that mean the same in an event of any type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Common<'a> {
    /// The number that the event's source gave it: one more than the one before.
    pub producer_sequence: Option<u64>,
    /// On what ground what it holds of a person is kept.
    pub legal_basis: Option<&'a str>,
    /// The consent that what it holds of a person rests on.
    pub consent_id: Option<&'a str>,
    /// Until when what it holds may be kept, in nanoseconds since 1970 UTC.
    pub retain_until_ns: Option<u64>,
    /// The system that it was imported from: its time and all else are that system's word.
    pub imported: Option<&'a str>,
}

/// The fact of [`Common::producer_sequence`].
pub const PRODUCER_SEQUENCE: &str = "producer_sequence";
/// The fact of [`Common::legal_basis`].
pub const LEGAL_BASIS: &str = "legal_basis";
/// The fact of [`Common::consent_id`].
pub const CONSENT_ID: &str = "consent_id";
/// The fact of [`Common::retain_until_ns`].
pub const RETAIN_UNTIL: &str = "retain_until_ns";
/// The fact of [`Common::imported`].
pub const IMPORTED: &str = "imported_from";
/// What misfits of the common facts name as the type.
pub const ANY_TYPE: &str = "any type";

impl<'a> Common<'a> {
    /// Reads them.
    pub fn read(body: &Body<'a>) -> Result<Self, Misfit> {
        let mut common = Self::default();
        for (name, value) in &body.facts {
            let wrong = |problem| Misfit::new(ANY_TYPE, Place::Fact(fixed(name)), problem);
            let number = || match value {
                FactValue::Uint(number) => Ok(Some(*number)),
                _ => Err(wrong(Problem::NotUint)),
            };
            let text = || match value {
                FactValue::Text(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
                _ => Err(wrong(Problem::NotText)),
            };
            match *name {
                PRODUCER_SEQUENCE => common.producer_sequence = number()?,
                LEGAL_BASIS => common.legal_basis = text()?,
                CONSENT_ID => common.consent_id = text()?,
                RETAIN_UNTIL => common.retain_until_ns = number()?,
                IMPORTED => common.imported = text()?,
                _ => {}
            }
        }
        Ok(common)
    }
}

/// The name of a common fact, as misfits name it.
fn fixed(name: &str) -> &'static str {
    COMMON
        .iter()
        .map(|fact| fact.name)
        .find(|common| *common == name)
        .unwrap_or(ANY_TYPE)
}

/// What is asked of the facts that mean the same everywhere.
pub const COMMON: &[FactSpec] = &[
    FactSpec {
        name: PRODUCER_SEQUENCE,
        kind: FactKind::Uint,
        required: false,
        meaning: "The number that the event's `source` gave it, one more than the one before.",
    },
    FactSpec {
        name: LEGAL_BASIS,
        kind: FactKind::Text,
        required: false,
        meaning: "On what ground what the event holds of a person is kept.",
    },
    FactSpec {
        name: CONSENT_ID,
        kind: FactKind::Text,
        required: false,
        meaning: "The consent that what the event holds of a person rests on.",
    },
    FactSpec {
        name: RETAIN_UNTIL,
        kind: FactKind::Uint,
        required: false,
        meaning: "Until when what the event holds may be kept, in nanoseconds since 1970 UTC.",
    },
    FactSpec {
        name: IMPORTED,
        kind: FactKind::Text,
        required: false,
        meaning: "The system that the event was imported from.",
    },
];

/// Lists the known types: the enum of their readers, and the table of what they ask for.
macro_rules! known {
    ($($name:ident),* $(,)?) => {
        /// An event that fits its type.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Known<'a> {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name<'a>),
            )*
        }

        /// Every known type.
        pub const SPECS: &[EventSpec] = &[$($name::SPEC),*];

        impl<'a> Known<'a> {
            /// Reads an event of a known type; none if the type is another.
            pub fn read(event_type: &str, body: &Body<'a>) -> Option<Result<Self, Misfit>> {
                $(
                    if event_type == $name::TYPE {
                        return Some($name::read(body).map(Self::$name));
                    }
                )*
                None
            }
        }
    };
}

known! {
    Decision, ToolCall, Performance, BudgetUsed, Oversight, Override,
    ApprovalRequested, ApprovalGranted, ApprovalDenied, ApprovalExpired,
    AgentDeclared, AgentPresent, AgentHalted, AgentResumed,
    PolicyRegistered, DatasetRegistered, ModelReleased, ModelRetired, Evaluation, ToolRegistered,
    Use,
    Incident, IncidentReported, Violation,
    RequestReceived, RequestExtended, RequestAnswered, Consent, Notice, Breach,
    LogReview, LogState, AccessAttempt,
    ImportChecked, ImportBroken,
    Access, ReportMade,
}

/// Whether the event fits the conventions: what a ledger that enforces them asks of each append. An event of a type
/// that they don't know fits, unless a fact that means the same everywhere is wrong.
pub fn enforce(event_type: &str, body: &Body<'_>) -> Result<(), Misfit> {
    if let Some(known) = Known::read(event_type, body) {
        known?;
    }
    Common::read(body).map(|_| ())
}

impl<'a> Known<'a> {
    /// The agent that it names as the one who acted.
    pub fn acting_agent(&self) -> Option<&'a str> {
        match self {
            Self::Decision(event) => event.agent,
            Self::ToolCall(event) => Some(event.agent),
            Self::BudgetUsed(event) => Some(event.agent),
            Self::ApprovalRequested(event) => Some(event.agent),
            Self::Performance(event) => event.agent,
            _ => None,
        }
    }

    /// Whether it is something that an agent does: a decision, a call of a tool or a model, a use of its budget, a
    /// request for approval, or a sign that it works.
    pub fn is_act(&self) -> bool {
        match self {
            Self::Decision(_)
            | Self::ToolCall(_)
            | Self::BudgetUsed(_)
            | Self::ApprovalRequested(_)
            | Self::Performance(_) => true,
            Self::AgentPresent(event) => event.state == Presence::Live,
            _ => false,
        }
    }
}
