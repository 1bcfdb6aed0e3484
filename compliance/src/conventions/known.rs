//! Events of all known types: what is read of a body, and whether it fits.

use indelible_evidence::body::{Body, FactValue};

use super::{
    access::{Access, ReportMade},
    agent::{AgentDeclared, AgentHalted, AgentPresent, AgentResumed},
    approval::{ApprovalDenied, ApprovalExpired, ApprovalGranted, ApprovalRequested},
    budget::BudgetUsed,
    decision::Decision,
    definition::EventSpec,
    import::{ImportBroken, ImportChecked},
    incident::{Incident, Violation},
    misfit::{Misfit, Place, Problem},
    oversight::{Override, Oversight},
    performance::Performance,
    privacy::{RequestAnswered, RequestExtended, RequestReceived},
    registry::{DatasetRegistered, ModelReleased, PolicyRegistered},
    tool::ToolCall,
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
}

/// The fact of [`Common::producer_sequence`].
pub const PRODUCER_SEQUENCE: &str = "producer_sequence";
/// The fact of [`Common::legal_basis`].
pub const LEGAL_BASIS: &str = "legal_basis";
/// What misfits of the common facts name as the type.
pub const ANY_TYPE: &str = "any type";

impl<'a> Common<'a> {
    /// Reads them.
    pub fn read(body: &Body<'a>) -> Result<Self, Misfit> {
        let mut common = Self::default();
        for (name, value) in &body.facts {
            match (*name, value) {
                (PRODUCER_SEQUENCE, FactValue::Uint(number)) => {
                    common.producer_sequence = Some(*number);
                }
                (PRODUCER_SEQUENCE, _) => {
                    let place = Place::Fact(PRODUCER_SEQUENCE);
                    return Err(Misfit::new(ANY_TYPE, place, Problem::NotUint));
                }
                (LEGAL_BASIS, FactValue::Text(text)) => common.legal_basis = Some(text),
                (LEGAL_BASIS, _) => {
                    let place = Place::Fact(LEGAL_BASIS);
                    return Err(Misfit::new(ANY_TYPE, place, Problem::NotText));
                }
                _ => {}
            }
        }
        Ok(common)
    }
}

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
    PolicyRegistered, DatasetRegistered, ModelReleased, Incident, Violation,
    RequestReceived, RequestExtended, RequestAnswered,
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
            _ => None,
        }
    }
}
