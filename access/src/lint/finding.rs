//! What a lint finds, and what it is told of the world.

use crate::{
    binding::Binding,
    principal::{Method, Principal},
};

/// Declares the lints once: variant and name.
macro_rules! lints {
    ($($(#[$doc:meta])* $variant:ident, $name:literal;)*) => {
        /// What is odd.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Lint {
            $($(#[$doc])* $variant,)*
        }

        impl Lint {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in answers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

lints! {
    /// Another binding grants all of it.
    Covered, "covered";
    /// The role can do nothing in that place but know of it.
    NothingThere, "nothing-there";
    /// There is no ledger in that place, or can't be one.
    NoLedger, "no-ledger";
    /// Nobody can call as that principal.
    Nobody, "nobody";
    /// One principal may do everything.
    Everything, "everything";
    /// Whoever is put into a group, or whatever ledger is made, extends who administers what.
    WideAdministrator, "wide-administrator";
    /// The sources of a writer are all sources.
    EverySource, "every-source";
    /// One principal asks for what takes two, and approves it for others.
    AsksAndApproves, "asks-and-approves";
    /// There is one approver.
    OneApprover, "one-approver";
    /// What takes two people can't be done there.
    NoApprover, "no-approver";
    /// Nobody administers the store.
    NoAdministrator, "no-administrator";
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is odd.
    pub lint: Lint,
    /// The line of the configuration file.
    pub line: Option<u32>,
    /// In which way, and what to do.
    pub text: String,
}

/// What is known of the world. What is not known is not judged by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The names of all ledgers.
    pub ledgers: Option<&'a [&'a str]>,
    /// The ways in which callers can show who they are.
    pub methods: Option<&'a [Method]>,
    /// The issuers that are configured.
    pub issuers: Option<&'a [&'a str]>,
    /// The tokens that are valid.
    pub tokens: Option<&'a [Principal]>,
    /// Whether what can't be undone takes two people already, whoever is bound: an approver was bound at some time.
    pub two_people: bool,
}

/// A binding without the line, which stands before the finding.
pub(super) fn plain(bound: &Binding) -> Binding {
    Binding {
        line: None,
        ..bound.clone()
    }
}
