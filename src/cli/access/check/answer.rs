//! What is answered to whether somebody may do something.

use std::fmt;

use serde::Serialize;

use crate::cli::access::binding_view::BindingView;

/// How far somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Yes,
    No,
    /// It is asked about every source, and granted for some.
    SomeSources,
    /// It is asked about one source, and granted for others.
    OtherSources,
    /// It may be done, and this ledger is not among what the answer shows.
    NotShown,
    /// It depends on what is not known here.
    Unknown,
}

#[derive(Serialize)]
pub(super) struct Answer<'a> {
    pub(super) who: Vec<String>,
    pub(super) action: &'static str,
    pub(super) ledger: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    /// Nothing where it is not known.
    pub(super) granted: Option<bool>,
    pub(super) verdict: Verdict,
    /// The bindings that grant it.
    pub(super) by: Vec<BindingView>,
    /// The roles that would.
    pub(super) roles: Vec<&'static str>,
    /// Whether the daemon may run as that user, who may do everything then.
    pub(super) unless_the_daemons_user: bool,
    /// Those of the names with which nobody can call where the daemon listens as the file says.
    pub(super) cannot_call: Vec<String>,
    /// Names and groups that would grant it, if the caller has one of them, too; whether it has is not known here.
    pub(super) unless_also: Vec<String>,
    /// What else is to be known of it.
    pub(super) notes: Vec<String>,
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.ledger.unwrap_or("the store");
        let (who, action) = (self.who.join(", "), self.action);
        match (self.verdict, self.source) {
            (Verdict::Yes, Some(source)) => {
                write!(f, "yes: {who} may {action} events of {source} on {place}")?;
            }
            (Verdict::Yes, None) => write!(f, "yes: {who} may {action} on {place}")?,
            (Verdict::No, _) => {
                write!(f, "no: {who} may not {action} on {place}")?;
                match self.roles.as_slice() {
                    [] => f.write_str("; nobody can")?,
                    roles => write!(f, "; it needs the role {}", roles.join(" or "))?,
                }
            }
            (Verdict::Unknown, _) => {
                write!(f, "not known: whether {who} may {action} on {place}")?;
                if !self.unless_also.is_empty() {
                    let others = self.unless_also.join(", ");
                    write!(
                        f,
                        ". They may if they are also {others}; name all names and groups that they have with --as, and add --exactly"
                    )?;
                }
            }
            (Verdict::SomeSources, _) => write!(
                f,
                "no: {who} may {action} on {place} for some sources only; ask about one with --source:"
            )?,
            (Verdict::OtherSources, _) => write!(
                f,
                "no: {who} may not {action} on {place} for this source, but for others:"
            )?,
            (Verdict::NotShown, _) => write!(
                f,
                "no: {who} may {action}, and the answer does not show {place}:"
            )?,
        }
        for binding in &self.by {
            write!(f, "\n  {binding}")?;
        }
        if self.unless_the_daemons_user {
            f.write_str("\nIf the daemon runs as that user, they may do everything all the same.")?;
        }
        if self.verdict != Verdict::Unknown && !self.unless_also.is_empty() {
            let others = self.unless_also.join(", ");
            write!(
                f,
                "\nA certificate that also has one of these names may: {others}."
            )?;
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        let mut cannot_call = self.cannot_call.iter();
        cannot_call.try_for_each(|who| {
            write!(f, "\nBut nobody can call as {who}: the file has no place to listen that would show it.")
        })
    }
}
