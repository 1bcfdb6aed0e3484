//! Who else says that something may be done which can't be undone.

use indelible_access::ApprovalError;
use indelible_proto::v1::ErrorReason;

use crate::rpc::refusal::Refusal;

/// What a call has to say of a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish<'a> {
    /// It does the act, and names the request that somebody else has approved; empty if it names none.
    Act(&'a str),
    /// It asks for the act to be approved.
    Ask,
    /// It only asks what stands against the act, and says nothing that the act could be about.
    Look,
}

impl Wish<'_> {
    /// A call that names nobody else.
    pub(crate) const ALONE: Self = Self::Act("");
}

/// What a permit is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecondPerson {
    /// One person is enough.
    NotNeeded,
    /// The act may be asked for, and not done.
    Asked,
    /// The act may be done if the request of this id has been approved, and is of this act.
    Named(String),
}

/// A step that the rules refuse.
pub(crate) fn refused(error: &ApprovalError) -> Refusal {
    let not_usable = |why: &str| {
        Refusal::new(ErrorReason::ApprovalNotUsable, error.to_string()).with("why", why)
    };
    match error {
        ApprovalError::NotAllowed | ApprovalError::NotApprover | ApprovalError::Anybody => {
            Refusal::new(ErrorReason::AccessDenied, error.to_string())
        }
        ApprovalError::Time => Refusal::field("valid_seconds", error.to_string()),
        ApprovalError::Length { .. } => Refusal::field("act", error.to_string()),
        ApprovalError::NotNeeded => not_usable("not-needed"),
        ApprovalError::SamePerson => not_usable("same-person"),
        ApprovalError::NotRequester => not_usable("not-requester"),
        ApprovalError::Other => not_usable("other"),
        ApprovalError::State { found } => not_usable("state").with("state", found),
    }
}

/// There is no such request.
pub(crate) fn unknown() -> Refusal {
    let problem = "there is no such request, or it ended long ago; list them";
    Refusal::new(ErrorReason::ApprovalUnknown, problem)
}

/// It is not known yet.
pub(crate) fn recovering() -> Refusal {
    let problem = "the daemon has not read yet which requests for a second person there are; retry";
    Refusal::new(ErrorReason::Recovering, problem)
}
