//! The PKCS#11 provider: a KEK in a token, and identities beside it.

use std::sync::Arc;

use super::{
    attachment::Bound, identity::TokenIdentities, options::Pkcs11Options, pin::Pin,
    token_error::TokenError, worker::Connection,
};
use crate::{
    error::{KeyError, ProviderFault},
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::SecretKey,
        wrapped::WrappedKey,
    },
    provider::{IdentitySource, KekId, KekProvider, ProviderDescription, ProviderKind},
};

/// Wraps with a secret key of a PKCS#11 token, which never leaves it.
///
/// The KEK's id is derived from the key's `CKA_ID` alone where that has 16 bytes or more,
/// as it has when this crate made the key: it then stays the same when the vendor's tools
/// copy or restore the key to another token. A shorter one is joined with the token's
/// serial number and the key's label.
pub struct Pkcs11Provider {
    connection: Arc<Connection>,
    kek_id: KekId,
    detail: String,
    identities: Option<TokenIdentities>,
}

impl Pkcs11Provider {
    /// Finds token and key, logs in, and tries out how the key can wrap. Loading the
    /// module makes it part of this process.
    ///
    /// The PIN is shared and never copied: a token that is away now is opened again later.
    pub fn open(options: Pkcs11Options, pin: Arc<Pin>) -> Result<Self, KeyError> {
        let (connection, opened) = Connection::open(options, pin)?;
        let connection = Arc::new(connection);
        Ok(Self {
            identities: opened
                .has_ed25519
                .then(|| TokenIdentities::new(Arc::clone(&connection))),
            connection,
            kek_id: opened.kek_id,
            detail: opened.detail,
        })
    }
}

impl KekProvider for Pkcs11Provider {
    fn describe(&self) -> ProviderDescription {
        ProviderDescription {
            kind: ProviderKind::Pkcs11,
            kek_id: self.kek_id,
            outlives_process: true,
            detail: self.detail.clone(),
        }
    }

    fn wrap(&self, context: &KeyContext, key: &SecretKey) -> Result<WrappedKey, KeyError> {
        let context = context.clone();
        let mut copy = SecretKey::zeroed();
        copy.expose_mut().copy_from_slice(key.expose());
        self.connection.call(move |bound| {
            bound
                .plan
                .wrap(&bound.kek(), &context, &copy)
                .map_err(sealing)
        })
    }

    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        // What stands in the clear needs no token.
        wrapped.open(ProviderKind::Pkcs11, &self.kek_id, context)?;
        let (context, wrapped) = (context.clone(), wrapped.clone());
        self.connection
            .call(move |bound| bound.plan.unwrap_key(&bound.kek(), &context, &wrapped))
    }

    fn health(&self) -> Result<(), KeyError> {
        self.connection.call(|bound| {
            let context = KeyContext::new("health", KeyPurpose::Data, [0; 16])?;
            round_trip(bound, &context)
        })
    }

    fn identities(&self) -> Option<&dyn IdentitySource> {
        Some(self.identities.as_ref()?)
    }
}

/// A round trip with a key that is thrown away.
fn round_trip(bound: &Bound<'_>, context: &KeyContext) -> Result<(), TokenError> {
    let key = SecretKey::generate()?;
    let (plan, kek) = (bound.plan, bound.kek());
    let wrapped = plan.wrap(&kek, context, &key).map_err(sealing)?;
    plan.unwrap_key(&kek, context, &wrapped).map(drop)
}

/// Nothing that came from outside takes part in sealing, so whatever goes wrong is the token's fault.
fn sealing(error: TokenError) -> TokenError {
    match error {
        TokenError::Refused(detail) | TokenError::Unclear(detail) => {
            TokenError::Fault(ProviderFault::Failing, detail)
        }
        other => other,
    }
}
