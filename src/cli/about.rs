//! What each command is about, for those who are told that they may not make one of its calls: a command may ask for
//! something else first.

use clap::Command;
use indelible_access::{Action, RoleSet};

/// The command that a command line names, such as `clock accept`, and what it is about.
pub(crate) struct Asked {
    /// The words of the command.
    pub(crate) command: String,
    /// What it is about. None for what only looks whether the daemon is there.
    pub(crate) action: Option<Action>,
}

/// Every command that calls a daemon, and what it is about.
const ABOUT: &[(&str, Action)] = &[
    ("ledger create", Action::CreateLedger),
    ("ledger list", Action::ListLedgers),
    ("ledger show", Action::DescribeLedger),
    ("ledger key", Action::DescribeLedger),
    ("ledger succeed", Action::CreateSuccessor),
    ("ledger end", Action::CloseLedger),
    ("append", Action::Append),
    ("import cloudtrail", Action::Append),
    ("import cloudevents", Action::Append),
    ("import ndjson", Action::Append),
    ("import aigc", Action::Append),
    ("import codeatelier", Action::Append),
    ("get", Action::Read),
    ("list", Action::Read),
    ("tail", Action::Follow),
    ("receipt", Action::Prove),
    ("checkpoint", Action::Prove),
    ("consistency", Action::Prove),
    ("verify", Action::Verify),
    ("report", Action::Report),
    ("projection list", Action::Project),
    ("projection show", Action::Project),
    ("projection rebuild", Action::RebuildProjections),
    ("export", Action::Export),
    ("export-events", Action::Read),
    ("decrypt", Action::Read),
    ("erase", Action::Erase),
    ("erasures", Action::ReadDataSubjects),
    ("certificate", Action::ReadDataSubjects),
    ("subject show", Action::ReadDataSubjects),
    ("subject export", Action::ReadDataSubjects),
    ("hold place", Action::PlaceHold),
    ("hold release", Action::ReleaseHold),
    ("hold list", Action::ReadDataSubjects),
    ("retention set", Action::ChangeRetention),
    ("retention show", Action::DescribeLedger),
    ("retention preview", Action::Verify),
    ("retention run", Action::ConfigureLedger),
    ("retention list", Action::DescribeLedger),
    ("keys rotate data", Action::RotateKeys),
    ("keys rotate epoch", Action::RotateKeys),
    ("keys rotate kek", Action::RotateStoreKeys),
    ("keys rotate identity", Action::RotateStoreKeys),
    ("keys list", Action::Prove),
    ("keys revoke identity", Action::RevokeKeys),
    ("keys revoke epoch", Action::RevokeKeys),
    ("producer register", Action::ManageProducers),
    ("producer revoke", Action::ManageProducers),
    ("producer list", Action::Prove),
    ("producer require", Action::ConfigureLedger),
    ("access log", Action::Read),
    ("token create", Action::MakeToken),
    ("token list", Action::ListTokens),
    ("token revoke", Action::RevokeToken),
    ("request list", Action::ListRequests),
    ("request show", Action::ReadRequest),
    ("request approve", Action::Approve),
    ("request decline", Action::Approve),
    ("request withdraw", Action::ReadRequest),
    ("status", Action::ReadStatus),
    ("clock accept", Action::AcceptClock),
    ("doctor", Action::ReadStatus),
    ("backup create", Action::ManageBackups),
    ("backup list", Action::ReadStatus),
    ("backup prune", Action::ManageBackups),
    ("backup stop", Action::ManageBackups),
    ("backup forget", Action::ManageBackups),
    ("bench", Action::Append),
    ("policy add", Action::ManagePolicies),
    ("policy bind", Action::ManagePolicies),
    ("policy baseline", Action::ManagePolicies),
    ("policy list", Action::ReadGovernance),
    ("policy show", Action::ReadGovernance),
    ("decide", Action::Decide),
    ("decision complete", Action::Decide),
    ("decision release", Action::Decide),
    ("budgets list", Action::ReadGovernance),
    ("budgets reservations", Action::ReadGovernance),
    ("agent declare", Action::ManagePolicies),
    ("agent list", Action::ReadGovernance),
    ("agent heartbeat", Action::Decide),
    ("agent approvals", Action::ReadGovernance),
    ("agent grant", Action::AnswerAgents),
    ("agent deny", Action::AnswerAgents),
    ("agent claim", Action::AnswerAgents),
    ("agent escalate", Action::AnswerAgents),
    ("agent tools", Action::Decide),
    ("override request", Action::Decide),
    ("override sign", Action::AnswerAgents),
    ("override reject", Action::AnswerAgents),
    ("override list", Action::ReadGovernance),
    ("override signer", Action::ManagePolicies),
    ("override signers", Action::ReadGovernance),
    ("proposal create", Action::Decide),
    ("proposal vote", Action::Decide),
    ("proposal approve", Action::AnswerAgents),
    ("proposal execute", Action::Decide),
    ("proposal reject", Action::AnswerAgents),
    ("proposal list", Action::ReadGovernance),
    ("agent halt", Action::HaltAgents),
    ("agent resume", Action::HaltAgents),
    ("agent halts", Action::ReadGovernance),
    ("policy explain", Action::ReadGovernance),
    ("policy compliance", Action::Read),
];

/// What a call asks for beside its own action, for an option: whoever is refused it may have the roles of the command.
const BESIDE: [Action; 3] = [Action::Decrypt, Action::ReportOpened, Action::ExportOpened];

/// What a command asks for beside what it is about, on the same ledgers: what is missing is named by the error itself.
const ALSO: &[(&str, &[Action])] = &[
    ("subject show", &[Action::Read]),
    (
        "subject export",
        &[Action::Read, Action::Decrypt, Action::Prove],
    ),
    ("policy compliance", &[Action::ReadGovernance]),
    (
        "certificate",
        &[Action::Follow, Action::Read, Action::Prove],
    ),
];

impl Asked {
    /// What this process was asked for on its command line.
    pub(crate) fn on_the_command_line(parser: Command) -> Option<Self> {
        let matches = parser.try_get_matches_from(std::env::args_os()).ok()?;
        let (mut words, mut matches) = (Vec::new(), &matches);
        while let Some((word, below)) = matches.subcommand() {
            words.push(word);
            matches = below;
        }
        Some(Self::of(&words.join(" ")))
    }

    fn of(command: &str) -> Self {
        let found = ABOUT.iter().find(|(name, _)| *name == command);
        Self {
            command: command.to_owned(),
            action: found.map(|(_, action)| *action),
        }
    }

    /// The line that says which command it was and what that needs, where it is not what was refused.
    pub(crate) fn told(&self, refused: Option<&str>) -> String {
        let command = format!("indelible {}", self.command);
        let also = ALSO.iter().find(|(name, _)| *name == self.command);
        let also = also.map_or(&[][..], |(_, actions)| *actions);
        let mut beside = BESIDE.iter().chain(also);
        let is_beside = beside.any(|beside| Some(beside.name()) == refused);
        match self.action {
            Some(action) if Some(action.name()) != refused && !is_beside => {
                let roles = RoleSet::that_may(action).iter();
                let roles: Vec<_> = roles.map(|role| role.name()).collect();
                let (action, roles) = (action.name(), roles.join(" or "));
                format!("{command}, which is about {action}: that needs the role {roles}")
            }
            _ => command,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// The commands that call no daemon.
    const OFFLINE: [&str; 26] = [
        "access check",
        "access export",
        "access lint",
        "access list",
        "backup restore",
        "backup verify",
        "completions",
        "config check",
        "config show",
        "frameworks",
        "keys rescue",
        "man",
        "policy artifacts",
        "policy calibrate",
        "policy diff",
        "policy lint",
        "policy test",
        "policy validate",
        "producer proof",
        "replay",
        "report render",
        "serve",
        "system succeed",
        "upgrade confirm",
        "upgrade revert",
        "upgrade status",
    ];

    #[test]
    fn every_command_says_what_it_is_about() {
        fn leaves(command: &Command, path: &str) -> Vec<String> {
            let below = command.get_subcommands().flat_map(|below| {
                let name = format!("{path} {}", below.get_name());
                let mut all = leaves(below, &name);
                // A command with commands below it may do something by itself, too.
                if all.is_empty() || !below.is_subcommand_required_set() {
                    all.push(name.trim().to_owned());
                }
                all
            });
            below.collect()
        }
        let all: BTreeSet<_> = leaves(&Cli::command(), "").into_iter().collect();
        let is_online =
            |name: &&String| !OFFLINE.contains(&name.as_str()) && !name.starts_with("context");
        let online: BTreeSet<_> = all.iter().filter(is_online).cloned().collect();
        let said = ABOUT.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(online, said);
    }

    #[test]
    fn what_a_command_is_about_is_told_where_something_else_was_refused() {
        let asked = Asked::of("clock accept");
        assert_eq!(
            asked.told(Some("read-status")),
            "indelible clock accept, which is about accept-clock: that needs the role operator"
        );
        assert_eq!(asked.told(Some("accept-clock")), "indelible clock accept");
        assert_eq!(Asked::of("list").told(Some("read")), "indelible list");
        // An auditor who may not disclose keys has the role that an export needs.
        let refused = Some("export-opened");
        assert_eq!(Asked::of("export").told(refused), "indelible export");
        // A privacy officer who may not prove has the role that it is about.
        let archive = Asked::of("subject export");
        assert_eq!(archive.told(Some("prove")), "indelible subject export");
    }
}
