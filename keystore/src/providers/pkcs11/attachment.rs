//! One provider's hold on its token: found by name, logged in, and found again after a loss.

use std::{collections::HashMap, sync::Arc};

use data_encoding::HEXLOWER;

use super::{
    api::{KeyHandle, Module, SecretFacts, SecretKind, Token, TokenSession},
    lookup::{UNIQUE_ID_BYTES_MIN, check_fitness, describe, find_token, kek_id},
    options::{MechanismChoice, Pkcs11Options},
    pin::Pin,
    plan::Plan,
    token_error::TokenError,
    wrapping::Kek,
};
use crate::{
    crypto::entropy,
    error::{KeyError, ProviderFault},
    provider::KekId,
};

/// What opening found out.
pub(crate) struct Opened {
    pub(crate) kek_id: KekId,
    pub(crate) detail: String,
    pub(crate) has_ed25519: bool,
}

/// The handles that last as long as the session does.
struct Found {
    session: TokenSession,
    kek: KeyHandle,
    signing: HashMap<Vec<u8>, KeyHandle>,
}

/// Owned by the worker thread.
pub(crate) struct Attachment {
    options: Pkcs11Options,
    pin: Arc<Pin>,
    plan: Option<Plan>,
    found: Option<Found>,
    /// A PIN that was refused is never sent again: tokens lock.
    shut_out: Option<(ProviderFault, String)>,
}

/// What an operation works with.
pub(crate) struct Bound<'a> {
    pub(crate) plan: &'a Plan,
    found: &'a mut Found,
}

impl Bound<'_> {
    pub(crate) fn kek(&self) -> Kek<'_> {
        Kek {
            session: &self.found.session,
            key: self.found.kek,
        }
    }

    pub(crate) fn session(&self) -> &TokenSession {
        &self.found.session
    }

    /// A signing key that was found in this session already.
    pub(crate) fn known_signing_key(&self, locator: &[u8]) -> Option<KeyHandle> {
        self.found.signing.get(locator).copied()
    }

    pub(crate) fn remember_signing_key(&mut self, locator: &[u8], key: KeyHandle) {
        self.found.signing.insert(locator.to_vec(), key);
    }
}

impl Attachment {
    /// Finds token and key for the first time, and how the key can wrap.
    pub(crate) fn open(
        options: Pkcs11Options,
        pin: Arc<Pin>,
        module: &Module,
        others: &HashMap<u64, Attachment>,
    ) -> Result<(Self, Opened), TokenError> {
        let mut attachment = Self {
            options,
            pin,
            plan: None,
            found: None,
            shut_out: None,
        };
        let (token, session) = attachment.log_in(module, others)?;
        let (kek, facts) = match attachment.find_kek(&session)? {
            Some(found) => found,
            None => attachment.create_kek(&session, &token)?,
        };
        let kind = check_fitness(&facts)?;
        let kek_id = kek_id(&token, &facts);
        let (plan, refused) = Plan::find(
            &Kek {
                session: &session,
                key: kek,
            },
            kek_id,
            kind,
            attachment.options.mechanism,
        )?;
        let opened = Opened {
            kek_id,
            detail: describe(&token, &facts, &plan, &refused),
            has_ed25519: module.has_ed25519(&token),
        };
        attachment.plan = Some(plan);
        attachment.found = Some(Found {
            session,
            kek,
            signing: HashMap::new(),
        });
        Ok((attachment, opened))
    }

    /// Closes the session. The next operation finds everything again.
    pub(crate) fn let_go(&mut self) {
        self.found = None;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.found.is_some()
    }

    /// Whether its session is still of use.
    pub(crate) fn is_logged_in(&self) -> bool {
        let found = self.found.as_ref();
        found.is_some_and(|found| found.session.is_logged_in())
    }

    /// Finds everything again, and checks that nothing has changed.
    pub(crate) fn reconnect(
        &mut self,
        module: &Module,
        others: &HashMap<u64, Attachment>,
    ) -> Result<(), TokenError> {
        if let Some((fault, detail)) = &self.shut_out {
            return Err(TokenError::Fault(*fault, detail.clone()));
        }
        let (token, session) = self.log_in(module, others).map_err(removed)?;
        let Some(plan) = &self.plan else {
            return Err(TokenError::Unclear("the token was never opened".to_owned()));
        };
        let missing =
            |detail: &str| TokenError::Fault(ProviderFault::KeyMissing, detail.to_owned());
        let (kek, facts) = self
            .find_kek(&session)?
            .ok_or_else(|| missing("the key has disappeared"))?;
        let again = Kek {
            session: &session,
            key: kek,
        };
        if kek_id(&token, &facts) != plan.kek_id {
            return Err(missing("another key has that name now"));
        }
        match plan.open_canary(&again) {
            Ok(()) => {}
            Err(lost @ TokenError::Lost(_)) => return Err(lost),
            Err(_) => {
                return Err(missing(
                    "the key of that name does not open what it wrapped before",
                ));
            }
        }
        self.found = Some(Found {
            session,
            kek,
            signing: HashMap::new(),
        });
        Ok(())
    }

    /// What an operation works with; `None` while the attachment is not connected.
    pub(crate) fn bound(&mut self) -> Option<Bound<'_>> {
        Some(Bound {
            plan: self.plan.as_ref()?,
            found: self.found.as_mut()?,
        })
    }

    fn log_in(
        &mut self,
        module: &Module,
        others: &HashMap<u64, Attachment>,
    ) -> Result<(Token, TokenSession), TokenError> {
        let token = find_token(module, &self.options)?;
        let refused = self.refuse_in_advance(&token, others);
        let session = match refused {
            None => module.open_session(&token).and_then(|session| {
                session.log_in(&self.pin)?;
                Ok(session)
            }),
            Some(error) => Err(error),
        };
        if let Err(TokenError::Fault(
            fault @ (ProviderFault::WrongPin | ProviderFault::PinLocked),
            detail,
        )) = &session
        {
            self.shut_out = Some((*fault, detail.clone()));
        }
        Ok((token, session?))
    }

    /// What can be known of the PIN without spending one of its tries.
    fn refuse_in_advance(
        &self,
        token: &Token,
        others: &HashMap<u64, Attachment>,
    ) -> Option<TokenError> {
        // The process is logged in to a token as a whole, so the token would not look at this PIN.
        let differs = others.values().any(|other| {
            other.is_connected()
                && other.options.token_label == self.options.token_label
                && !other.pin.is_same(&self.pin)
        });
        if differs {
            return Some(TokenError::Fault(
                ProviderFault::WrongPin,
                "the process is logged in to this token with another PIN".to_owned(),
            ));
        }
        if token.is_locked {
            return Some(TokenError::Fault(
                ProviderFault::PinLocked,
                format!("the token {:?} says that its PIN is locked", token.label),
            ));
        }
        token.is_last_try.then(|| {
            TokenError::Fault(
                ProviderFault::WrongPin,
                format!(
                    "wrong PINs were tried on the token {:?} and one try is left, which the daemon does not use: log in once by hand with the right PIN",
                    token.label
                ),
            )
        })
    }

    fn find_kek(
        &self,
        session: &TokenSession,
    ) -> Result<Option<(KeyHandle, SecretFacts)>, TokenError> {
        let (label, id) = (
            self.options.key_label.as_deref(),
            self.options.key_id.as_deref(),
        );
        match session.find_secrets(label, id)?.as_slice() {
            [] => Ok(None),
            [key] => Ok(Some((*key, session.secret_facts(*key)?))),
            several => Err(TokenError::Fault(
                ProviderFault::KeyUnfit,
                format!(
                    "{} keys have that name; configure the id of one of them",
                    several.len()
                ),
            )),
        }
    }

    fn create_kek(
        &self,
        session: &TokenSession,
        token: &Token,
    ) -> Result<(KeyHandle, SecretFacts), TokenError> {
        let named = match (&self.options.key_label, &self.options.key_id) {
            (Some(label), Some(id)) => {
                format!("labelled {label:?} with the id {}", HEXLOWER.encode(id))
            }
            (Some(label), None) => format!("labelled {label:?}"),
            (None, Some(id)) => format!("with the id {}", HEXLOWER.encode(id)),
            (None, None) => "without a name".to_owned(),
        };
        let (true, Some(label)) = (self.options.create, &self.options.key_label) else {
            return Err(TokenError::Fault(
                ProviderFault::KeyMissing,
                format!("the token {:?} has no secret key {named}", token.label),
            ));
        };
        let id = match &self.options.key_id {
            Some(id) => id.clone(),
            None => {
                let mut id = vec![0; UNIQUE_ID_BYTES_MIN];
                entropy::fill(&mut id)?;
                id
            }
        };
        let kind = match self.options.mechanism {
            MechanismChoice::Hmac => SecretKind::Hmac,
            _ => SecretKind::Aes,
        };
        let key = session.generate_secret(kind, label, &id)?;
        Ok((key, session.secret_facts(key)?))
    }
}

/// On a reconnection, a token that is missing was taken away.
fn removed(error: TokenError) -> TokenError {
    match error {
        TokenError::Fault(ProviderFault::TokenMissing, detail) => {
            TokenError::Fault(ProviderFault::TokenRemoved, detail)
        }
        other => other,
    }
}

/// The error of an operation that asks for an attachment which is not there any more.
pub(crate) fn not_attached() -> TokenError {
    TokenError::Key(KeyError::Provider {
        provider: crate::provider::ProviderKind::Pkcs11,
        fault: ProviderFault::Failing,
        detail: "the provider was closed".to_owned(),
    })
}
