//! How a KEK wraps: found out at the start by wrapping a canary, which is kept to ask again.

use super::{
    api::SecretKind,
    options::MechanismChoice,
    token_error::TokenError,
    wrapping::{IvChoice, Kek, Mechanism},
};
use crate::{
    error::ProviderFault,
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::SecretKey,
        wrapped::WrappedKey,
    },
    provider::{KekId, ProviderKind},
};

/// The chosen mechanism, seen to work, and what it wrapped then.
pub(crate) struct Plan {
    pub(crate) kek_id: KekId,
    pub(crate) mechanism: Mechanism,
    ivs: IvChoice,
    /// A key that was thrown away. Whether it still opens tells a damaged wrapped key from a failing token.
    canary: WrappedKey,
    context: KeyContext,
}

/// Mechanisms that were passed over, and why.
type Refused = Vec<(&'static str, String)>;

impl Plan {
    /// Tries the mechanisms that the operator allows, best first. The next one is tried only if the token says that it
    /// lacks this one, or turned out to be unfit for it: a failing token is no reason to wrap in a weaker way.
    pub(crate) fn find(
        kek: &Kek<'_>,
        kek_id: KekId,
        kind: SecretKind,
        choice: MechanismChoice,
    ) -> Result<(Self, Refused), TokenError> {
        let mut refused = Refused::new();
        for mechanism in candidates(kind, choice)? {
            match Self::try_mechanism(kek, kek_id, *mechanism) {
                Ok(plan) => return Ok((plan, refused)),
                Err(
                    TokenError::Unsupported(detail)
                    | TokenError::Fault(ProviderFault::InconsistentAnswer, detail),
                ) => refused.push((mechanism.name(), detail)),
                Err(TokenError::Refused(detail) | TokenError::Unclear(detail)) => {
                    return Err(TokenError::Fault(
                        ProviderFault::Failing,
                        format!("{} was tried: {detail}", mechanism.name()),
                    ));
                }
                Err(other) => return Err(other),
            }
        }
        let tried = refused
            .iter()
            .map(|(name, why)| format!("{name}: {why}"))
            .collect::<Vec<_>>();
        Err(TokenError::Fault(
            ProviderFault::MechanismMissing,
            tried.join("; "),
        ))
    }

    /// A round trip, and the same with what must not open.
    fn try_mechanism(
        kek: &Kek<'_>,
        kek_id: KekId,
        mechanism: Mechanism,
    ) -> Result<Self, TokenError> {
        let key = SecretKey::generate()?;
        let context = KeyContext::new("canary", KeyPurpose::Data, [0; 16])?;
        let front = WrappedKey::front(ProviderKind::Pkcs11, &kek_id, &context, &key);
        let (ivs, sealed) = seal_first(kek, mechanism, &front, &context, &key)?;
        let plan = Self {
            kek_id,
            mechanism,
            ivs,
            canary: WrappedKey::seal(front.clone(), &sealed),
            context,
        };
        match plan.open_canary(kek) {
            Ok(()) => {}
            Err(TokenError::Key(_)) => {
                return Err(inconsistent(
                    "the token does not return the key that it wrapped",
                ));
            }
            Err(other) => return Err(other),
        }
        let mut altered = sealed;
        if let Some(last) = altered.last_mut() {
            *last ^= 1;
        }
        match kek.open(&front, &plan.context, &altered) {
            Err(lost @ TokenError::Lost(_)) => Err(lost),
            Err(_) => Ok(plan),
            Ok(_) => Err(inconsistent("the token unwraps a key that was altered")),
        }
    }

    /// Wraps a key.
    pub(crate) fn wrap(
        &self,
        kek: &Kek<'_>,
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<WrappedKey, TokenError> {
        let front = WrappedKey::front(ProviderKind::Pkcs11, &self.kek_id, context, key);
        let sealed = kek.seal(self.mechanism, self.ivs, &front, context, key)?;
        Ok(WrappedKey::seal(front, &sealed))
    }

    /// Opens a wrapped key, whichever mechanism wrapped it.
    pub(crate) fn unwrap_key(
        &self,
        kek: &Kek<'_>,
        context: &KeyContext,
        wrapped: &WrappedKey,
    ) -> Result<SecretKey, TokenError> {
        let (front, sealed) = wrapped.open(ProviderKind::Pkcs11, &self.kek_id, context)?;
        match kek.open(front, context, sealed) {
            Ok(key) => {
                wrapped.check_commitment(context, &key)?;
                Ok(key)
            }
            Err(TokenError::Refused(_)) => Err(TokenError::damaged()),
            Err(TokenError::Unsupported(detail)) if sealed[0] != self.mechanism as u8 => {
                Err(TokenError::Fault(ProviderFault::MechanismMissing, detail))
            }
            Err(TokenError::Unclear(detail) | TokenError::Unsupported(detail)) => {
                Err(self.judge(kek, detail))
            }
            Err(other) => Err(other),
        }
    }

    /// What a general error means: with a canary that opens, the wrapped key is to blame.
    fn judge(&self, kek: &Kek<'_>, detail: String) -> TokenError {
        match self.open_canary(kek) {
            Ok(()) => TokenError::damaged(),
            Err(lost @ TokenError::Lost(_)) => lost,
            Err(_) => TokenError::Fault(ProviderFault::Failing, detail),
        }
    }

    /// Opens what was wrapped at the start.
    pub(crate) fn open_canary(&self, kek: &Kek<'_>) -> Result<(), TokenError> {
        let (front, sealed) =
            self.canary
                .open(ProviderKind::Pkcs11, &self.kek_id, &self.context)?;
        let key = kek.open(front, &self.context, sealed)?;
        Ok(self.canary.check_commitment(&self.context, &key)?)
    }

    pub(crate) fn name(&self) -> String {
        match self.ivs {
            IvChoice::Ours => self.mechanism.name().to_owned(),
            IvChoice::Tokens => format!("{} with the token's own IVs", self.mechanism.name()),
        }
    }
}

/// The first sealing, which finds out who chooses the IVs: some tokens accept none, and
/// refuse one in many ways. If both attempts fail, the first answer counts.
fn seal_first(
    kek: &Kek<'_>,
    mechanism: Mechanism,
    front: &[u8],
    context: &KeyContext,
    key: &SecretKey,
) -> Result<(IvChoice, Vec<u8>), TokenError> {
    let seal = |ivs| kek.seal(mechanism, ivs, front, context, key);
    let first = match seal(IvChoice::Ours) {
        Ok(sealed) => return Ok((IvChoice::Ours, sealed)),
        Err(first) => first,
    };
    if mechanism != Mechanism::AesGcm {
        return Err(first);
    }
    let is_final = matches!(
        first,
        TokenError::Lost(_) | TokenError::Fault(..) | TokenError::Key(_)
    );
    match (is_final, first) {
        (true, first) => Err(first),
        (false, first) => match seal(IvChoice::Tokens) {
            Ok(sealed) => Ok((IvChoice::Tokens, sealed)),
            Err(second) => Err(first.with(&second.detail())),
        },
    }
}

fn candidates(
    kind: SecretKind,
    choice: MechanismChoice,
) -> Result<&'static [Mechanism], TokenError> {
    match (kind, choice) {
        (SecretKind::Aes, MechanismChoice::Auto) => {
            Ok(&[Mechanism::AesGcm, Mechanism::Kwp, Mechanism::Kw])
        }
        (SecretKind::Aes, MechanismChoice::AesGcm) => Ok(&[Mechanism::AesGcm]),
        (SecretKind::Aes, MechanismChoice::Kwp) => Ok(&[Mechanism::Kwp]),
        (SecretKind::Aes, MechanismChoice::Kw) => Ok(&[Mechanism::Kw]),
        (SecretKind::Hmac, MechanismChoice::Auto | MechanismChoice::Hmac) => Ok(&[Mechanism::Hmac]),
        (kind, choice) => Err(TokenError::Fault(
            ProviderFault::KeyUnfit,
            format!("the key is an {kind:?} key, but the configuration asks for {choice:?}"),
        )),
    }
}

fn inconsistent(detail: &str) -> TokenError {
    TokenError::Fault(ProviderFault::InconsistentAnswer, detail.to_owned())
}
