//! How statements are signed and verified.

use super::error::KeyEventError;
use crate::origin::Origin;

/// Gives a statement what the identity of its place signs of it, and how that is verified.
macro_rules! signed_by_identity {
    ($statement:ident, $prefix:literal) => {
        impl $statement {
            /// Decodes and verifies under the identity of its place: it is of that identity's ledger, and each of the
            /// identity's keys signed it. Whether what it says fits that place is the caller's to compare.
            pub fn verify(
                signed: &$crate::header::SignedStatement<'_>,
                identity: &$crate::key_event::identity_keys::LedgerIdentity,
            ) -> Result<Self, $crate::key_event::error::KeyEventError> {
                Self::verify_signatures(signed, identity)
            }
        }

        super::signed::signed_by_identity!($statement, $prefix, verify_signatures);
    };
    ($statement:ident, $prefix:literal, $verify:ident) => {
        impl $statement {
            /// What each key of the identity signs.
            pub fn message(statement: &[u8]) -> Vec<u8> {
                [$prefix.as_slice(), statement].concat()
            }

            fn $verify(
                signed: &$crate::header::SignedStatement<'_>,
                identity: &$crate::key_event::identity_keys::LedgerIdentity,
            ) -> Result<Self, $crate::key_event::error::KeyEventError> {
                let statement = Self::decode(signed.statement)?;
                super::signed::expect_origin(&statement.origin, identity.origin())?;
                let message = Self::message(signed.statement);
                identity.keys().verify(&message, &signed.signatures)?;
                Ok(statement)
            }
        }
    };
}
pub(super) use signed_by_identity;

/// A statement is of the ledger of that origin.
pub(super) fn expect_origin(found: &Origin, expected: &str) -> Result<(), KeyEventError> {
    if found.as_str() == expected {
        return Ok(());
    }
    Err(KeyEventError::OtherOrigin {
        expected: expected.to_owned(),
        found: found.as_str().to_owned(),
    })
}
