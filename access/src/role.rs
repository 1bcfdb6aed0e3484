//! The roles: each a fixed set of actions.

use crate::action::{Action, ActionSet};

/// What somebody is bound to do. [`Role::actions`] is the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Appends events, perhaps of some sources only.
    Writer,
    /// Reads and follows records, and has them proved.
    Reader,
    /// Takes the evidence away: records, proofs, bundles and reports. Opens nothing that is sealed.
    Auditor,
    /// Opens what is sealed.
    Decryptor,
    /// Answers for data subjects: holds and erasures.
    PrivacyOfficer,
    /// Runs ledgers, keys and the daemon. Reads no record.
    Operator,
    /// Is the second person for what can't be undone.
    Approver,
    /// Hands out tokens and sees who may do what. Reads no record and appends none.
    Administrator,
    /// Grants and denies acts of agents. Is no second person for what can't be undone, and puts no such rule in force.
    AgentApprover,
}

impl Role {
    /// All roles, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Writer,
        Self::Reader,
        Self::Auditor,
        Self::Decryptor,
        Self::PrivacyOfficer,
        Self::Operator,
        Self::Approver,
        Self::Administrator,
        Self::AgentApprover,
    ];

    /// The name in configuration, records and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Auditor => "auditor",
            Self::Decryptor => "decryptor",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Administrator => "administrator",
            Self::AgentApprover => "agent-approver",
        }
    }

    /// The role of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// What the role may do, where it is bound.
    #[expect(clippy::too_many_lines, reason = "it is one table")]
    pub const fn actions(self) -> ActionSet {
        let own: &[Action] = match self {
            Self::Writer => &[Action::Append, Action::Decide],
            Self::Reader => &[
                Action::Read,
                Action::Follow,
                Action::Prove,
                Action::Project,
                Action::ReadGovernance,
            ],
            Self::Auditor => &[
                Action::Read,
                Action::Follow,
                Action::Prove,
                Action::Verify,
                Action::Project,
                Action::Report,
                Action::Export,
                Action::ReadDataSubjects,
                Action::ReadStatus,
                Action::ReadAccess,
                Action::ListTokens,
                Action::ReadToken,
                Action::ListRequests,
                Action::ReadRequest,
                Action::ReadGovernance,
            ],
            Self::Decryptor => &[
                Action::Read,
                Action::Follow,
                Action::Decrypt,
                Action::ReportOpened,
                Action::ExportOpened,
            ],
            Self::PrivacyOfficer => &[
                Action::ReadDataSubjects,
                Action::Erase,
                Action::PlaceHold,
                Action::ReleaseHold,
                Action::ListRequests,
                Action::ReadRequest,
            ],
            Self::Operator => &[
                Action::CreateLedger,
                Action::ConfigureLedger,
                Action::ChangeRetention,
                Action::CloseLedger,
                Action::CreateSuccessor,
                Action::ManageProducers,
                Action::Prove,
                Action::Verify,
                Action::RebuildProjections,
                Action::RotateKeys,
                Action::RotateStoreKeys,
                Action::RevokeKeys,
                Action::ReadStatus,
                Action::AcceptClock,
                Action::ManageBackups,
                Action::ListRequests,
                Action::ReadRequest,
                Action::ManagePolicies,
                Action::ReadGovernance,
                Action::HaltAgents,
                Action::HaltAllLedgers,
            ],
            Self::Approver => &[Action::Approve, Action::ListRequests, Action::ReadRequest],
            Self::Administrator => &[
                Action::ReadStatus,
                Action::ReadAccess,
                Action::MakeToken,
                Action::MakePrivilegedToken,
                Action::RevokeToken,
                Action::ListTokens,
                Action::ReadToken,
                Action::ListRequests,
                Action::ReadRequest,
            ],
            Self::AgentApprover => &[
                Action::ReadGovernance,
                Action::AnswerAgents,
                Action::HaltAgents,
                Action::HaltAllLedgers,
            ],
        };
        ActionSet::of(own).and(OF_EVERY_ROLE)
    }

    /// Whether a token with this role takes two people: it hands on power, or opens or destroys what is people's own.
    pub const fn is_privileged(self) -> bool {
        match self {
            Self::Writer | Self::Reader | Self::Auditor | Self::Operator => false,
            Self::Decryptor
            | Self::PrivacyOfficer
            | Self::Approver
            | Self::Administrator
            | Self::AgentApprover => true,
        }
    }

    /// Whether it says yes to what others ask for. Nobody has such a role without being bound to it, root included.
    pub const fn answers_others(self) -> bool {
        matches!(self, Self::Approver | Self::AgentApprover)
    }
}

/// Whoever has any role somewhere may know what is there.
const OF_EVERY_ROLE: ActionSet = ActionSet::of(&[Action::DescribeLedger, Action::ListLedgers]);

/// Some roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleSet(u16);

// One bit for each.
const _: () = assert!(Role::ALL.len() <= u16::BITS as usize);

impl RoleSet {
    /// The roles that may do an action.
    pub fn that_may(action: Action) -> Self {
        let may = |role: &&Role| role.actions().has(action);
        Role::ALL.iter().filter(may).copied().collect()
    }

    /// Whether it has a role.
    pub const fn has(self, role: Role) -> bool {
        self.0 >> role as u8 & 1 == 1
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in their order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .iter()
            .copied()
            .filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(
            roles
                .into_iter()
                .fold(0, |bits, role| bits | 1 << role as u8),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::ON_LEDGERS_OF_THE_STORE;

    #[test]
    fn names_lead_back_to_their_roles() {
        for role in Role::ALL.iter().copied() {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("Writer"), None);
        assert_eq!(Role::from_name("privacy officer"), None);
    }

    #[test]
    fn every_action_is_some_role_s() {
        for action in Action::ALL.iter().copied() {
            assert!(RoleSet::that_may(action).iter().count() > 0, "{action:?}");
        }
    }

    /// Who may do one thing must not, by that alone, be able to do the other.
    #[test]
    fn duties_are_separate() {
        let apart = [
            (Role::Auditor, Action::Decrypt),
            (Role::Auditor, Action::ExportOpened),
            (Role::Auditor, Action::ReportOpened),
            (Role::Auditor, Action::Append),
            (Role::Reader, Action::Decrypt),
            (Role::Reader, Action::Export),
            (Role::Writer, Action::Read),
            (Role::Writer, Action::Prove),
            (Role::Decryptor, Action::Export),
            (Role::Decryptor, Action::Report),
            (Role::PrivacyOfficer, Action::Decrypt),
            (Role::PrivacyOfficer, Action::Approve),
            (Role::Operator, Action::Read),
            (Role::Operator, Action::Erase),
            (Role::Operator, Action::MakeToken),
            (Role::Operator, Action::Approve),
            (Role::Operator, Action::AnswerAgents),
            (Role::Operator, Action::Decide),
            (Role::Writer, Action::ManagePolicies),
            (Role::Writer, Action::AnswerAgents),
            (Role::Writer, Action::HaltAgents),
            (Role::Writer, Action::HaltAllLedgers),
            (Role::Approver, Action::Decide),
            (Role::Approver, Action::ManagePolicies),
            (Role::Approver, Action::AnswerAgents),
            (Role::AgentApprover, Action::Approve),
            (Role::AgentApprover, Action::Decide),
            (Role::AgentApprover, Action::ManagePolicies),
            (Role::Approver, Action::Erase),
            (Role::Approver, Action::RevokeKeys),
            (Role::Administrator, Action::Read),
            (Role::Administrator, Action::Append),
            (Role::Administrator, Action::Decrypt),
            (Role::Administrator, Action::Approve),
            (Role::Administrator, Action::Erase),
        ];
        for (role, action) in apart {
            assert!(!role.actions().has(action), "{role:?} may {action:?}");
        }
    }

    #[test]
    fn an_approver_can_ask_for_nothing_that_it_approves() {
        for action in Action::ALL.iter().filter(|action| action.takes_two()) {
            assert!(!Role::Approver.actions().has(*action), "{action:?}");
        }
    }

    #[test]
    fn roles_that_give_power_over_people_are_privileged() {
        for role in Role::ALL.iter().copied() {
            let gives = [
                Action::Decrypt,
                Action::Erase,
                Action::Approve,
                Action::AnswerAgents,
                Action::MakeToken,
            ];
            let powerful = gives.iter().any(|action| role.actions().has(*action));
            assert_eq!(role.is_privileged(), powerful, "{role:?}");
        }
    }

    #[test]
    fn whoever_has_a_role_may_know_what_is_there() {
        for role in Role::ALL.iter().copied() {
            assert!(role.actions().has(Action::ListLedgers), "{role:?}");
            let on_the_stores = role.actions().within(ON_LEDGERS_OF_THE_STORE);
            assert!(on_the_stores.has(Action::DescribeLedger), "{role:?}");
        }
    }
}
