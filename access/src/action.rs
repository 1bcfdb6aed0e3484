//! What a call can want: a closed list.

/// What an action is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// One ledger, which need not exist.
    Ledger,
    /// The store as a whole.
    Store,
    /// A ledger or the store, as what it concerns is of one or of the other.
    Either,
    /// No place: it is granted to whoever holds it anywhere, and the answer shows only what the caller may see.
    Anywhere,
}

/// Declares the actions once: variant, name, what it is bound to, whether it takes two people.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $bound:ident, $two:literal;)*) => {
        /// What a call wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// All actions, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in configuration, records and answers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it is asked about.
            pub const fn bound(self) -> Bound {
                match self {
                    $(Self::$variant => Bound::$bound,)*
                }
            }

            /// Whether it can't be undone, and so takes two people where there is an approver.
            pub const fn takes_two(self) -> bool {
                match self {
                    $(Self::$variant => $two,)*
                }
            }
        }
    };
}

actions! {
    /// Creating the ledger of a name.
    CreateLedger, "create-ledger", Ledger, false;
    /// Seeing that a ledger exists, its state, size, settings and verifier key.
    DescribeLedger, "describe-ledger", Ledger, false;
    /// Listing ledgers: those that the caller may describe.
    ListLedgers, "list-ledgers", Anywhere, false;
    /// Changing what a ledger does with records.
    ConfigureLedger, "configure-ledger", Ledger, false;
    /// Changing after which time records may be disposed of.
    ChangeRetention, "change-retention", Ledger, true;
    /// Ending a ledger for good.
    CloseLedger, "close-ledger", Ledger, true;
    /// Ending a quarantined ledger and starting the one that takes its place.
    CreateSuccessor, "create-successor", Ledger, true;
    /// Appending events, perhaps of some sources only.
    Append, "append", Ledger, false;
    /// Registering and revoking the keys under which producers sign their events.
    ManageProducers, "manage-producers", Ledger, false;
    /// Reading records and listing events. What is sealed stays sealed.
    Read, "read", Ledger, false;
    /// Being sent records as they are made. What is sealed stays sealed.
    Follow, "follow", Ledger, false;
    /// Opening what is sealed, beside the action that reads or proves it.
    Decrypt, "decrypt", Ledger, false;
    /// Proofs, checkpoints and the keys that sign them.
    Prove, "prove", Ledger, false;
    /// Having the daemon verify a whole ledger.
    Verify, "verify", Ledger, false;
    /// Reading projections.
    Project, "project", Ledger, false;
    /// Making the stored states of projections again.
    RebuildProjections, "rebuild-projections", Ledger, false;
    /// Making a report.
    Report, "report", Ledger, false;
    /// Opening what is sealed for a report, beside making it.
    ReportOpened, "report-opened", Ledger, false;
    /// Exporting a bundle. What is sealed stays sealed.
    Export, "export", Ledger, false;
    /// Disclosing the keys of events in a bundle, beside exporting it.
    ExportOpened, "export-opened", Ledger, false;
    /// Seeing what there is about a data subject: keys, holds, erasures.
    ReadDataSubjects, "read-data-subjects", Ledger, false;
    /// Erasing a data subject.
    Erase, "erase", Ledger, true;
    /// Ordering that a data subject is not erased.
    PlaceHold, "place-hold", Ledger, false;
    /// Taking such an order back.
    ReleaseHold, "release-hold", Ledger, false;
    /// Exchanging the data key or the epoch key of a ledger.
    RotateKeys, "rotate-keys", Ledger, false;
    /// Exchanging the identity key or the key-encryption key, for all ledgers.
    RotateStoreKeys, "rotate-store-keys", Store, false;
    /// Revoking a signing key.
    RevokeKeys, "revoke-keys", Ledger, true;
    /// Seeing how the daemon is.
    ReadStatus, "read-status", Store, false;
    /// Saying that the daemon's clock is right.
    AcceptClock, "accept-clock", Store, false;
    /// Making backups of the whole store, and taking them away.
    ManageBackups, "manage-backups", Store, false;
    /// Seeing bindings, and what others may do and why.
    ReadAccess, "read-access", Store, false;
    /// Making a token, within the place that the maker administers.
    MakeToken, "make-token", Either, false;
    /// Making a token with a role that hands on power or opens what is sealed, within the place that the maker
    /// administers.
    MakePrivilegedToken, "make-privileged-token", Either, true;
    /// Revoking a token.
    RevokeToken, "revoke-token", Either, false;
    /// Listing tokens: those that the caller may see or revoke.
    ListTokens, "list-tokens", Anywhere, false;
    /// Seeing what is kept of a token, but for its secret.
    ReadToken, "read-token", Either, false;
    /// Listing requests that wait for a second person: those about what the caller may see requests of.
    ListRequests, "list-requests", Anywhere, false;
    /// Seeing one such request.
    ReadRequest, "read-request", Either, false;
    /// Being the second person.
    Approve, "approve", Either, false;
    /// Registering and binding policies, and saying who speaks and answers for agents.
    ManagePolicies, "manage-policies", Ledger, false;
    /// Asking for decisions, completing them, and telling that an agent is there.
    Decide, "decide", Ledger, false;
    /// Seeing policies, agents, budgets, approvals of agents' acts, and halts.
    ReadGovernance, "read-governance", Ledger, false;
    /// Granting and denying acts of agents.
    AnswerAgents, "answer-agents", Ledger, false;
    /// Halting agents and resuming them.
    HaltAgents, "halt-agents", Ledger, false;
    /// Halting the agents of all ledgers and resuming them.
    HaltAllLedgers, "halt-all-ledgers", Store, false;
}

impl Action {
    /// The action of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name)
    }

    /// What the answer of a list shows: the items about which the caller may do this.
    pub const fn shows(self) -> Option<Self> {
        match self {
            Self::ListLedgers => Some(Self::DescribeLedger),
            Self::ListTokens => Some(Self::ReadToken),
            Self::ListRequests => Some(Self::ReadRequest),
            _ => None,
        }
    }
}

/// Some actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActionSet(u64);

// One bit for each.
const _: () = assert!(Action::ALL.len() <= u64::BITS as usize);

impl ActionSet {
    /// No action.
    pub const EMPTY: Self = Self(0);

    /// These actions.
    pub const fn of(actions: &[Action]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < actions.len() {
            bits |= 1 << actions[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// Whether it has an action.
    pub const fn has(self, action: Action) -> bool {
        self.0 >> action as u8 & 1 == 1
    }

    /// The actions of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The actions of this one that the other has, too.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The actions of this one that the other has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The actions, in their order.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| self.has(*action))
    }
}

/// What can be done with a ledger of the store itself, whose name begins with `_`: no role creates, closes, configures
/// or appends to it, and it has neither data subjects nor anything that is sealed. Tokens for reading it can be made.
pub(crate) const ON_LEDGERS_OF_THE_STORE: ActionSet = ActionSet::of(&[
    Action::DescribeLedger,
    Action::Read,
    Action::Follow,
    Action::Prove,
    Action::Verify,
    Action::Project,
    Action::RebuildProjections,
    Action::Report,
    Action::Export,
    Action::RotateKeys,
    Action::RevokeKeys,
    Action::MakeToken,
    Action::MakePrivilegedToken,
    Action::RevokeToken,
    Action::ReadToken,
    Action::ReadRequest,
    Action::Approve,
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_actions() {
        for action in Action::ALL.iter().copied() {
            assert_eq!(Action::from_name(action.name()), Some(action));
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(action.name().bytes().all(plain), "{action:?}");
        }
        assert_eq!(Action::from_name("Append"), None);
        assert_eq!(Action::from_name(""), None);
    }

    #[test]
    fn a_set_has_what_was_put_into_it_and_nothing_else() {
        for one in Action::ALL.iter().copied() {
            let set = ActionSet::of(&[one]);
            let found: Vec<_> = set.iter().collect();
            assert_eq!(found, [one]);
            assert_eq!(set.within(ActionSet::EMPTY), ActionSet::EMPTY);
            assert_eq!(set.without(set), ActionSet::EMPTY);
        }
        let all = ActionSet::of(Action::ALL);
        assert_eq!(all.iter().count(), Action::ALL.len());
    }

    #[test]
    fn every_list_shows_what_a_caller_may_see() {
        for action in Action::ALL.iter().copied() {
            let is_list = action.bound() == Bound::Anywhere;
            assert_eq!(action.shows().is_some(), is_list, "{action:?}");
        }
    }

    #[test]
    fn what_can_t_be_undone_takes_two() {
        let two: Vec<_> = Action::ALL
            .iter()
            .filter(|action| action.takes_two())
            .map(|action| action.name())
            .collect();
        assert_eq!(
            two,
            [
                "change-retention",
                "close-ledger",
                "create-successor",
                "erase",
                "revoke-keys",
                "make-privileged-token",
            ]
        );
    }

    #[test]
    fn nobody_appends_to_the_store_s_own_ledgers_or_changes_them() {
        for action in [
            Action::CreateLedger,
            Action::CloseLedger,
            Action::ConfigureLedger,
            Action::ChangeRetention,
            Action::CreateSuccessor,
            Action::Append,
            Action::ManageProducers,
            Action::Decrypt,
            Action::ReportOpened,
            Action::ExportOpened,
            Action::Erase,
            Action::PlaceHold,
            Action::ReleaseHold,
            Action::ManagePolicies,
            Action::Decide,
            Action::AnswerAgents,
            Action::HaltAgents,
        ] {
            assert!(!ON_LEDGERS_OF_THE_STORE.has(action), "{action:?}");
        }
    }
}
