//! `indelible access check`: whether somebody may do something, and why.

use std::fmt;

use clap::Args;
use indelible_access::{Action, Binding, Bound, Caller, Principal, Role, Scope};
use serde::Serialize;

use super::bindings::Bindings;
use crate::cli::{error::CliError, session::Session};

/// Say whether somebody may do something, by which bindings, or what they lack
///
/// Exit code 1 if they may not.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    bindings: Bindings,
    /// Who: unix:alice, unix-group:staff, spiffe://…, dns:…; several times for one caller's names and groups
    #[arg(long = "as", value_name = "PRINCIPAL", required = true, value_parser = principal)]
    who: Vec<Principal>,
    /// What, for example append, read, decrypt, erase
    #[arg(long, value_name = "ACTION", value_parser = action)]
    can: Action,
    /// On which ledger; leave it out for what is of the store as a whole
    #[arg(long, value_name = "LEDGER")]
    on: Option<String>,
    /// Of which source, for append
    #[arg(long, value_name = "SOURCE", requires = "on")]
    source: Option<String>,
}

/// The daemon finds a user by name and by number; of users, root's number alone is known here.
fn named(who: &[Principal]) -> Vec<Principal> {
    let mut named = who.to_vec();
    if who.iter().any(|one| one.as_str() == "unix:root") {
        named.extend(Principal::unix_user(0));
    }
    named
}

fn principal(text: &str) -> Result<Principal, String> {
    Principal::parse(text).map_err(|error| error.to_string())
}

fn action(text: &str) -> Result<Action, String> {
    Action::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
        format!("there is no such action; there are {}", names.join(", "))
    })
}

impl Check {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let table = self.bindings.table()?;
        let caller = Caller::supposed(named(&self.who))
            .map_err(|error| CliError::Usage(error.to_string()))?;
        let scope = match (&self.on, self.can.bound()) {
            (Some(ledger), _) => Scope::Ledger(ledger),
            (None, Bound::Ledger) => {
                return Err(CliError::Usage(format!(
                    "{} is asked about a ledger: name it with --on",
                    self.can.name()
                )));
            }
            (None, _) => Scope::Store,
        };
        let explanation = table.explain(&caller, self.can, scope);
        let of_source = match (&self.source, &self.on) {
            (Some(source), Some(ledger)) if self.can == Action::Append => {
                table.decide_source(&caller, ledger, source).is_granted()
            }
            _ => true,
        };
        let granted = explanation.decision.is_granted() && of_source;
        session.output.answer(&Answer {
            who: self.who.iter().map(Principal::to_string).collect(),
            action: self.can.name(),
            ledger: self.on.as_deref(),
            granted,
            of_other_sources_only: !of_source && explanation.decision.is_granted(),
            by: explanation
                .by
                .iter()
                .map(|binding| BindingView::of(binding))
                .collect(),
            roles: explanation.roles.iter().map(Role::name).collect(),
        })?;
        match granted {
            true => Ok(()),
            false => Err(CliError::NotGranted),
        }
    }
}

/// A binding, as it is shown.
#[derive(Serialize)]
pub(super) struct BindingView {
    principal: String,
    role: &'static str,
    on: String,
    sources: Vec<String>,
    line: Option<u32>,
    #[serde(skip)]
    text: String,
}

impl BindingView {
    pub(super) fn of(binding: &Binding) -> Self {
        Self {
            principal: binding.principal.to_string(),
            role: binding.role.name(),
            on: binding.reach.to_string(),
            sources: binding.sources.iter().map(ToString::to_string).collect(),
            line: binding.line,
            text: binding.to_string(),
        }
    }
}

impl fmt::Display for BindingView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    who: Vec<String>,
    action: &'static str,
    ledger: Option<&'a str>,
    granted: bool,
    of_other_sources_only: bool,
    /// The bindings that grant it.
    by: Vec<BindingView>,
    /// The roles that would.
    roles: Vec<&'static str>,
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.ledger.unwrap_or("the store");
        let (who, action) = (self.who.join(", "), self.action);
        if self.granted {
            write!(f, "yes: {who} may {action} on {place}")?;
            for binding in &self.by {
                write!(f, "\n  {binding}")?;
            }
            return Ok(());
        }
        write!(f, "no: {who} may not {action} on {place}")?;
        match (self.of_other_sources_only, self.roles.as_slice()) {
            (true, _) => f.write_str(", but for other sources:")?,
            (false, []) => return f.write_str("; nobody can"),
            (false, roles) => return write!(f, "; it needs the role {}", roles.join(" or ")),
        }
        for binding in &self.by {
            write!(f, "\n  {binding}")?;
        }
        Ok(())
    }
}
