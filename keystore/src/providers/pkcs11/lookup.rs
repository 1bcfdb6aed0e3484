//! Which token is meant, whether a key in it is fit to be a KEK, and by what id the KEK is known.

use data_encoding::HEXLOWER;

use super::{
    api::{Module, SecretFacts, SecretKind, Token},
    options::Pkcs11Options,
    plan::Plan,
    token_error::TokenError,
};
use crate::{
    crypto::derive::derive, error::ProviderFault, keys::secret::KEY_BYTES, provider::KekId,
};

/// An id as long as this was drawn at random, by us or by somebody as careful, and names
/// the key wherever it is copied or restored to. A shorter one is a number within its token.
pub(super) const UNIQUE_ID_BYTES_MIN: usize = 16;
const UNIQUE_ID_CONTEXT: &str = "indelible 2026-11-20 token kek id from unique key id v0";
const TOKEN_ID_CONTEXT: &str = "indelible 2026-11-20 token kek id from token and key v0";

pub(super) fn find_token(module: &Module, options: &Pkcs11Options) -> Result<Token, TokenError> {
    let missing = |detail| Err(TokenError::Fault(ProviderFault::TokenMissing, detail));
    let mut tokens = module.tokens()?;
    let there = tokens
        .iter()
        .map(|token| format!("{:?} (serial {})", token.label, token.serial))
        .collect::<Vec<_>>();
    tokens.retain(|token| {
        token.label == options.token_label
            && options
                .token_serial
                .as_ref()
                .is_none_or(|serial| *serial == token.serial)
    });
    match (tokens.pop(), tokens.is_empty()) {
        (Some(token), true) => Ok(token),
        (Some(_), false) => missing(format!(
            "more than one token is labelled {:?}; configure the serial number of one of {}",
            options.token_label,
            there.join(", ")
        )),
        (None, _) if there.is_empty() => missing("the module shows no token".to_owned()),
        (None, _) => missing(format!(
            "no token is labelled {:?}{}; the module shows {}",
            options.token_label,
            match &options.token_serial {
                Some(serial) => format!(" with the serial number {serial}"),
                None => String::new(),
            },
            there.join(", ")
        )),
    }
}

/// A KEK must be a key of which the token says that it can't be read out.
pub(super) fn check_fitness(facts: &SecretFacts) -> Result<SecretKind, TokenError> {
    let unfit = |detail: &str| {
        Err(TokenError::Fault(
            ProviderFault::KeyUnfit,
            format!("the key {:?} {detail}", facts.label),
        ))
    };
    let Some(kind) = facts.kind else {
        return unfit("is neither an AES nor an HMAC key");
    };
    if facts.is_sensitive != Some(true) {
        return unfit("is not sensitive, so the token would reveal it");
    }
    if facts.is_extractable != Some(false) {
        return unfit("is extractable, so the token would hand it out");
    }
    match facts.bytes {
        Some(bytes) if bytes != KEY_BYTES as u64 => unfit("is not 32 bytes long"),
        _ => Ok(kind),
    }
}

pub(super) fn kek_id(token: &Token, facts: &SecretFacts) -> KekId {
    let mut id = [0; 16];
    if facts.id.len() >= UNIQUE_ID_BYTES_MIN {
        derive(UNIQUE_ID_CONTEXT, &[&facts.id], &mut id);
    } else {
        let mut parts = Vec::new();
        for part in [token.serial.as_bytes(), facts.label.as_bytes(), &facts.id] {
            parts.extend_from_slice(&(part.len() as u64).to_be_bytes());
            parts.extend_from_slice(part);
        }
        derive(TOKEN_ID_CONTEXT, &[&parts], &mut id);
    }
    KekId::from_bytes(id)
}

pub(super) fn describe(
    token: &Token,
    facts: &SecretFacts,
    plan: &Plan,
    refused: &[(&'static str, String)],
) -> String {
    let birth = match facts.was_made_in_token {
        Some(true) => "made in the token",
        Some(false) => "imported",
        None => "of unknown origin",
    };
    let mut text = format!(
        "token {:?} (serial {}, {}), key {:?} (id {}, {birth}), {}",
        token.label,
        token.serial,
        token.maker.trim(),
        facts.label,
        HEXLOWER.encode(&facts.id),
        plan.name()
    );
    for (name, why) in refused {
        text.push_str(&format!("; refused {name}: {why}"));
    }
    text
}
