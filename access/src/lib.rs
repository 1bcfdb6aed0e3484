//! Who may do what: principals, roles, bindings, tokens, approvals, rates and quotas.
//!
//! There is no I/O, clock, randomness or asynchronous code in this crate: whoever calls it gives the time and the random
//! bytes, so the same inputs give the same decision, and a test can try all of them.
//!
//! - A [`Caller`] is who calls, as the transport found out: a [`Principal`], its other names and its groups.
//! - A [`Binding`] gives a principal or a group a [`Role`] on a ledger, on a prefix or on the store ([`Reach`]).
//! - A [`Table`] is made of all bindings, and [`Table::decide`] says whether a caller may do an [`Action`]. Bindings add
//!   up, and nothing subtracts. What no binding grants is refused.

mod action;
mod approval;
mod binding;
mod caller;
mod cedar;
mod decide;
mod explain;
mod hash;
mod jwt;
pub mod limits;
mod lint;
mod penalty;
mod principal;
mod quota;
mod rate;
mod reach;
mod role;
mod sources;
mod table;
mod token;

pub use action::{Action, ActionSet, Bound};
pub use approval::{ApprovalError, Asked, Request, RequestId, State, Wanted};
pub use binding::{
    Binding,
    file::{Entry, FileError, bindings, parse},
};
pub use caller::{Caller, CallerError};
pub use cedar::schema as cedar_schema;
pub use decide::{Decision, Grant, Scope, SourceRule, ledger_name};
pub use explain::{Explanation, Place, Refusal};
pub use jwt::{
    Algorithm, Issuer, IssuerError, IssuerTerms, JwtError, KeySet, KeysError, Verified,
    may_fetch_keys,
};
pub use lint::{Finding, Known, Lint};
pub use penalty::{AddressKey, Penalties, PenaltyRule};
pub use principal::{Method, Principal, PrincipalError};
pub use quota::{
    KeptCount, NotACount, NotTaken, Quota, QuotaExceeded, Quotas,
    file::{QuotaEntry, quotas},
};
pub use rate::{Account, Accounts, Cell, Exceeded, Rate, Rates};
pub use reach::{Prefix, Reach, ReachError};
pub use role::{Role, RoleSet};
pub use sources::{SourceError, SourcePattern};
pub use table::{DualControl, Table};
pub use token::{
    NewToken, Presented, RightsError, TOKEN_PREFIX, TOKEN_RANDOM_BYTES, TokenDigest, TokenError,
    TokenGrant, TokenRecord, TokenRefusal, TokenRights, TooWide, WishError,
};
