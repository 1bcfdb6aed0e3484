//! `indelible access check`: whether somebody may do something, and why.

mod answer;
mod others;
mod token;

use clap::Args;
use indelible_access::{
    Action, Bound, Caller, Decision, Explanation, Method, Principal, Role, Scope, SourceRule, Table,
};

use self::{
    answer::{Answer, Verdict},
    others::{may_be_also, may_be_in_its_certificate},
    token::Given,
};
use super::{
    binding_view::BindingView,
    bindings::{Bindings, Read},
};
use crate::cli::{error::CliError, session::Session};

/// What no call of this version needs.
const WITHOUT_A_CALL: [Action; 1] = [Action::ReadAccess];

/// Say whether somebody may do something, by which bindings, or what they lack
///
/// It is asked of a configuration file; what a token gives is asked of its daemon. Exit code 1 if they may not, and 6 if that
/// is not known.
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
    /// The names and groups that are given are all that the caller has
    #[arg(long)]
    exactly: bool,
}

/// How the store as a whole is named.
const STORE: &str = "@store";

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
    /// Whether a daemon must be asked, too: it alone knows what a token gives.
    pub(super) fn is_about_a_token(&self) -> bool {
        self.who.iter().any(Principal::is_token)
    }

    pub(super) async fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let mut read = self.bindings.read()?;
        let mut notes = self.notes();
        let mut of_token = None;
        if let [token] = self.who.as_slice()
            && token.is_token()
        {
            match token::given(session, token, &read.methods).await {
                Given::Bindings(bindings) => read.add(bindings),
                Given::Nothing(why) => {
                    notes.push(why);
                    of_token = Some(Verdict::No);
                }
                Given::Unknown(why) => {
                    notes.push(why);
                    of_token = Some(Verdict::Unknown);
                }
            }
        } else if self.is_about_a_token() {
            return Err(CliError::Usage(
                "whoever bears a token has no other name: ask about it by itself".to_owned(),
            ));
        }
        let table = read.table();
        let caller = Caller::supposed(named(&self.who))
            .map_err(|error| CliError::Usage(error.to_string()))?;
        let scope = self.scope()?;
        let explanation = table.explain(&caller, self.can, scope);
        let by_table = self.verdict(&table, &caller, scope);
        let verdict = match of_token {
            Some(verdict) => verdict,
            None if self.is_making_by_a_token() => Verdict::No,
            None => by_table,
        };
        let (verdict, unless_also) = self.with_others(&table, scope, verdict);
        self.tell(
            session,
            &read,
            &table,
            (verdict, explanation),
            (unless_also, notes),
        )?;
        match verdict {
            Verdict::Yes => Ok(()),
            Verdict::Unknown => Err(CliError::NotKnown),
            _ => Err(CliError::NotGranted),
        }
    }

    fn tell(
        &self,
        session: &mut Session,
        read: &Read,
        table: &Table,
        (verdict, explanation): (Verdict, Explanation<'_>),
        (unless_also, notes): (Vec<String>, Vec<String>),
    ) -> Result<(), CliError> {
        let caller = Caller::supposed(named(&self.who))
            .map_err(|error| CliError::Usage(error.to_string()))?;
        // What a list shows of a ledger is granted by whatever lets the caller see that ledger.
        let by = match (verdict, self.shown()) {
            (Verdict::Yes, Some((seeing, scope))) => table.explain(&caller, seeing, scope).by,
            (Verdict::No | Verdict::Unknown, _) => Vec::new(),
            _ => explanation.by,
        };
        let asks_for_the_daemons_user = verdict != Verdict::Yes
            && !explanation.roles.is_empty()
            && self
                .who
                .iter()
                .any(|one| one.method() == Method::UnixSocket && !one.is_group());
        session.output.answer(&Answer {
            who: self.who.iter().map(Principal::to_string).collect(),
            action: self.can.name(),
            ledger: self.ledger(),
            source: self.source.as_deref(),
            granted: (verdict != Verdict::Unknown).then_some(verdict == Verdict::Yes),
            verdict,
            by: by.into_iter().map(BindingView::of).collect(),
            roles: explanation.roles.iter().map(Role::name).collect(),
            unless_the_daemons_user: asks_for_the_daemons_user,
            cannot_call: cannot_call(&self.who, read),
            unless_also,
            notes,
        })
    }

    /// A token makes no tokens, whatever its roles.
    fn is_making_by_a_token(&self) -> bool {
        let makes = matches!(self.can, Action::MakeToken | Action::MakePrivilegedToken);
        makes && self.is_about_a_token()
    }

    /// What the bindings alone don't say.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if WITHOUT_A_CALL.contains(&self.can) {
            notes.push("This version has no call that needs it.".to_owned());
        }
        if self.can.takes_two() {
            notes.push(
                "Once the configuration binds an approver, or an administrator of the store makes one by a token, it takes two people: \
                 somebody else must approve it first."
                    .to_owned(),
            );
        }
        if self.is_making_by_a_token() {
            notes.push("A token makes no tokens, whatever its roles.".to_owned());
        }
        if self.can == Action::RevokeToken {
            notes.push("Whoever made a token, or bears it, may revoke it in any case.".to_owned());
        }
        notes
    }

    /// The verdict, and the names and groups that would change it. It is not known where the caller may have one of them.
    fn with_others(
        &self,
        table: &Table,
        scope: Scope<'_>,
        verdict: Verdict,
    ) -> (Verdict, Vec<String>) {
        if verdict == Verdict::Yes || self.exactly || self.is_about_a_token() {
            return (verdict, Vec::new());
        }
        let mut others: Vec<_> = table.bindings().iter().map(|one| &one.principal).collect();
        others.dedup();
        others.retain(|other| {
            let alone = Caller::supposed(vec![(*other).clone()]);
            let would = alone.map(|caller| self.verdict(table, &caller, scope));
            would.is_ok_and(|would| would == Verdict::Yes)
        });
        let named =
            |others: Vec<&&Principal>| others.into_iter().map(ToString::to_string).collect();
        let unknown: Vec<_> = others
            .iter()
            .filter(|one| may_be_also(&self.who, one))
            .collect();
        match unknown.is_empty() {
            false => (Verdict::Unknown, named(unknown)),
            true => {
                let possible = others
                    .iter()
                    .filter(|one| may_be_in_its_certificate(&self.who, one));
                (verdict, named(possible.collect()))
            }
        }
    }

    fn verdict(&self, table: &Table, caller: &Caller, scope: Scope<'_>) -> Verdict {
        match table.decide(caller, self.can, scope) {
            Decision::Denied => Verdict::No,
            decision => self.judged(table, caller, decision),
        }
    }

    /// The ledger that it is asked about.
    fn ledger(&self) -> Option<&str> {
        self.on.as_deref().filter(|on| *on != STORE)
    }

    /// What it is asked about, which must fit the action.
    fn scope(&self) -> Result<Scope<'_>, CliError> {
        let name = self.can.name();
        if self.source.is_some() && self.can != Action::Append {
            return Err(CliError::Usage(format!(
                "{name} is not about events of a source: leave out --source"
            )));
        }
        if self
            .ledger()
            .is_some_and(|on| on.is_empty() || on.contains('*') || on.ends_with('/'))
        {
            return Err(CliError::Usage(
                "--on takes the name of one ledger, which may be one that is not there yet, or @store".to_owned(),
            ));
        }
        match (self.ledger(), self.can.bound()) {
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
        Some((self.can.shows()?, Scope::Ledger(self.ledger()?)))
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
        match (&self.source, self.ledger()) {
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
fn cannot_call(who: &[Principal], read: &Read) -> Vec<String> {
    let is_of_a_stranger = |one: &Principal| {
        let issuer = one.issuer();
        issuer.is_some_and(|issuer| read.issuers.iter().all(|known| known != issuer))
    };
    let cannot = |one: &&Principal| {
        one.as_str() == "unix:nobody"
            || !read.methods.contains(&one.method())
            || is_of_a_stranger(one)
    };
    who.iter()
        .filter(cannot)
        .map(Principal::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of the table of actions whose cell of calls is empty.
    #[test]
    fn what_no_call_needs_is_what_the_page_says() {
        let page = include_str!("../../../docs/access.md");
        let mut without = Vec::new();
        for row in page.lines().filter(|row| row.starts_with("| `")) {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let [_, name, _, calls, ..] = cells.as_slice() else {
                continue;
            };
            let action = Action::from_name(name.trim_matches('`'));
            // Privileged tokens are made by the call that makes all, and one is shown by the call that lists all.
            let by_another = [Action::MakePrivilegedToken, Action::ReadToken];
            let has_call = !calls.is_empty() || action.is_some_and(|it| by_another.contains(&it));
            without.extend(action.filter(|_| !has_call));
        }
        assert_eq!(without, WITHOUT_A_CALL);
    }
}
