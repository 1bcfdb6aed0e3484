//! `indelible access check`: whether somebody may do something, and why.

use std::fmt;

use clap::Args;
use indelible_access::{
    Action, Binding, Bound, Caller, Decision, Method, Principal, Role, Scope, SourceRule, Table,
};
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
        let read = self.bindings.read()?;
        let table = read.table();
        let caller = Caller::supposed(named(&self.who))
            .map_err(|error| CliError::Usage(error.to_string()))?;
        let scope = self.scope()?;
        let explanation = table.explain(&caller, self.can, scope);
        let verdict = match explanation.decision {
            Decision::Denied => Verdict::No,
            Decision::Granted(_) => self.judged(&table, &caller, explanation.decision),
        };
        // What a list shows of a ledger is granted by whatever lets the caller see that ledger.
        let shown = self.shown();
        let by = match (verdict, &shown) {
            (Verdict::Yes, Some((seeing, scope))) => table.explain(&caller, *seeing, *scope).by,
            _ => explanation.by,
        };
        let asks_for_the_daemons_user = verdict != Verdict::Yes
            && self
                .who
                .iter()
                .any(|one| one.method() == Method::UnixSocket && !one.is_group());
        session.output.answer(&Answer {
            who: self.who.iter().map(Principal::to_string).collect(),
            action: self.can.name(),
            ledger: self.on.as_deref(),
            source: self.source.as_deref(),
            granted: verdict == Verdict::Yes,
            verdict,
            by: by.into_iter().map(BindingView::of).collect(),
            roles: explanation.roles.iter().map(Role::name).collect(),
            unless_the_daemons_user: asks_for_the_daemons_user,
            cannot_call: cannot_call(&self.who, &read.methods),
        })?;
        match verdict {
            Verdict::Yes => Ok(()),
            _ => Err(CliError::NotGranted),
        }
    }

    /// What it is asked about, which must fit the action.
    fn scope(&self) -> Result<Scope<'_>, CliError> {
        let name = self.can.name();
        if self.source.is_some() && self.can != Action::Append {
            return Err(CliError::Usage(format!(
                "{name} is not about events of a source: leave out --source"
            )));
        }
        match (&self.on, self.can.bound()) {
            (Some(ledger), Bound::Ledger | Bound::Either | Bound::Anywhere) => {
                Ok(Scope::Ledger(ledger))
            }
            (Some(_), Bound::Store) => Err(CliError::Usage(format!(
                "{name} is about the store as a whole: leave out --on"
            ))),
            (None, Bound::Ledger) => Err(CliError::Usage(format!(
                "{name} is asked about a ledger: name it with --on"
            ))),
            (None, _) => Ok(Scope::Store),
        }
    }

    /// What a list must let the caller see, if it is asked about a ledger.
    fn shown(&self) -> Option<(Action, Scope<'_>)> {
        Some((self.can.shows()?, Scope::Ledger(self.on.as_deref()?)))
    }

    /// What is granted in general may be for some sources only, and a list may leave out what it is asked about.
    fn judged(&self, table: &Table, caller: &Caller, decision: Decision) -> Verdict {
        if let Some((seeing, scope)) = self.shown() {
            return match table.decide(caller, seeing, scope).is_granted() {
                true => Verdict::Yes,
                false => Verdict::NotShown,
            };
        }
        let of_some =
            matches!(decision, Decision::Granted(grant) if grant.sources == SourceRule::Some);
        match (&self.source, &self.on) {
            (Some(source), Some(ledger)) if of_some => {
                match table.decide_source(caller, ledger, source).is_granted() {
                    true => Verdict::Yes,
                    false => Verdict::OtherSources,
                }
            }
            _ if of_some => Verdict::SomeSources,
            _ => Verdict::Yes,
        }
    }
}

/// Those with whose names nobody can call.
fn cannot_call(who: &[Principal], methods: &[Method]) -> Vec<String> {
    let cannot =
        |one: &&Principal| one.as_str() == "unix:nobody" || !methods.contains(&one.method());
    who.iter()
        .filter(cannot)
        .map(Principal::to_string)
        .collect()
}

/// How far somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Yes,
    No,
    /// It is asked about every source, and granted for some.
    SomeSources,
    /// It is asked about one source, and granted for others.
    OtherSources,
    /// It may be done, and this ledger is not among what the answer shows.
    NotShown,
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
    source: Option<&'a str>,
    granted: bool,
    verdict: Verdict,
    /// The bindings that grant it.
    by: Vec<BindingView>,
    /// The roles that would.
    roles: Vec<&'static str>,
    /// Whether the daemon may run as that user, who may do everything then.
    unless_the_daemons_user: bool,
    /// Those of the names with which nobody can call where the daemon listens as the file says.
    cannot_call: Vec<String>,
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
        let mut cannot_call = self.cannot_call.iter();
        cannot_call.try_for_each(|who| {
            write!(f, "\nBut nobody can call as {who}: the file has no place to listen that would show it.")
        })
    }
}
