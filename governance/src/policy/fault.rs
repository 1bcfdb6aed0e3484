//! What is wrong with a policy, and where.

use crate::yaml::Place;

/// What is wrong with a policy. Each is a reason of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyFault {
    /// The document is not YAML, or YAML that is not taken.
    NotYaml,
    /// The document is not a mapping.
    NotAMapping,
    /// A date without quotes.
    UnquotedDate,
    /// A key that policies don't have.
    UnknownKey,
    /// A value of another form than its key has.
    Shape,
    /// A text that is no day of the calendar.
    BadDate,
    /// It expires before it begins.
    DatesReversed,
    /// Its last day has passed.
    Expired,
    /// Its first day is to come.
    NotYetInForce,
    /// The strategy of composition is not known.
    UnknownStrategy,
    /// A base that was not found.
    MissingBase,
    /// Bases that extend each other.
    Cycle,
    /// Too long a chain of bases.
    TooManyLevels,
    /// A child that allows what its base does not.
    Weakening,
    /// The condition of a guard is not an expression.
    Guard,
    /// A guard names a condition that nothing declares.
    UnknownCondition,
    /// What a guard says does not fit the policy's form, so that it could never be held.
    GuardType,
    /// A condition that can never have a value.
    ConditionWithoutValue,
    /// The output schema is not one of Draft-07.
    OutputSchema,
    /// A precondition is not a schema of Draft-07.
    PreconditionSchema,
    /// A postcondition that is not known.
    UnknownPostcondition,
    /// A role that is not known.
    UnknownRole,
    /// A model that is not known.
    UnknownModel,
    /// A tool that is not known.
    UnknownTool,
    /// A tool or a role that can never be used, since a base or the rest of the policy does not allow it.
    NeverAllowed,
    /// A tool with two limits.
    TwoLimits,
    /// A keyword that Draft-07 does not know, which means nothing.
    UnknownKeyword,
    /// It says something that decides nothing.
    NoEffect,
    /// Weaker than the strict mode takes.
    NotStrict,
    /// More than a limit allows.
    TooMany,
}

impl PolicyFault {
    /// The name that people and programs see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotYaml => "not_yaml",
            Self::NotAMapping => "not_a_mapping",
            Self::UnquotedDate => "unquoted_date",
            Self::UnknownKey => "unknown_key",
            Self::Shape => "shape",
            Self::BadDate => "bad_date",
            Self::DatesReversed => "dates_reversed",
            Self::Expired => "expired",
            Self::NotYetInForce => "not_yet_in_force",
            Self::UnknownStrategy => "unknown_strategy",
            Self::MissingBase => "missing_base",
            Self::Cycle => "cycle",
            Self::TooManyLevels => "too_many_levels",
            Self::Weakening => "weakening",
            Self::Guard => "guard",
            Self::UnknownCondition => "unknown_condition",
            Self::GuardType => "guard_type",
            Self::ConditionWithoutValue => "condition_without_value",
            Self::OutputSchema => "output_schema",
            Self::PreconditionSchema => "precondition_schema",
            Self::UnknownPostcondition => "unknown_postcondition",
            Self::UnknownRole => "unknown_role",
            Self::UnknownModel => "unknown_model",
            Self::UnknownTool => "unknown_tool",
            Self::NeverAllowed => "never_allowed",
            Self::TwoLimits => "two_limits",
            Self::UnknownKeyword => "unknown_keyword",
            Self::NoEffect => "no_effect",
            Self::NotStrict => "not_strict",
            Self::TooMany => "too_many",
        }
    }

    /// The code of AIGC's error.
    pub const fn code(self) -> &'static str {
        match self.is_of_loading() {
            true => "POLICY_LOAD_ERROR",
            false => "POLICY_SCHEMA_VALIDATION_ERROR",
        }
    }

    /// Whether AIGC finds it while it loads the file, and so before it looks at the policy's form.
    pub const fn is_of_loading(self) -> bool {
        matches!(
            self,
            Self::NotYaml
                | Self::NotAMapping
                | Self::MissingBase
                | Self::Cycle
                | Self::TooManyLevels
        )
    }
}

/// What is wrong with a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// What.
    pub fault: PolicyFault,
    /// The name of the document, as `extends` has it.
    pub document: String,
    /// Where in the document, if it is one place.
    pub place: Option<Place>,
    /// In words: AIGC's where it finds the same.
    pub message: String,
    /// What AIGC's words leave out.
    pub detail: Option<String>,
}

impl PolicyError {
    pub(crate) fn new(fault: PolicyFault, document: &str, message: impl Into<String>) -> Self {
        Self {
            fault,
            document: document.to_owned(),
            place: None,
            message: message.into(),
            detail: None,
        }
    }

    pub(crate) fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.document)?;
        if let Some(place) = self.place {
            write!(formatter, ", {place}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if let Some(detail) = &self.detail {
            write!(formatter, ": {detail}")?;
        }
        write!(formatter, " ({})", self.fault.name())
    }
}
