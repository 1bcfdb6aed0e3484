//! Tokens that are not accepted: what their bearers are told, and where it stands.

use std::time::Duration;

use indelible_access::{AddressKey, JwtError};
use indelible_proto::v1::ErrorReason;

use super::{Tokens, lock};
use crate::{
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
    tokens::OwnToken,
};

/// How the limit on failures is called.
const FAILED: &str = "failed_authentications_per_minute";

/// A token that is not accepted. Its bearer is told why only where that tells nothing to a stranger.
pub(super) fn rejected(tokens: &Tokens, error: &JwtError) -> Refusal {
    let told = match error.is_for_the_bearer() {
        true => format!("the token is not accepted: {error}"),
        false => "the token is not accepted; the daemon's log says why, of the first few of one address in a minute".to_owned(),
    };
    not_accepted(tokens, &error.to_string(), &told)
}

pub(super) fn not_accepted(tokens: &Tokens, problem: &str, told: &str) -> Refusal {
    refused_token(tokens, None, problem, told)
}

/// The same of a token of the daemon's own, if its bearer has shown which it is: then it stands in `_system`, too.
pub(super) fn refused_token(
    tokens: &Tokens,
    bearer: Option<&OwnToken>,
    problem: &str,
    told: &str,
) -> Refusal {
    failed(tokens);
    let token = bearer.map(|own| own.record.principal.as_str());
    if let Some(token) = token {
        (tokens.bearers.on_over)(token);
    }
    refused(
        Kind::TokenRefused,
        || tokens.origin(),
        || tracing::warn!(from = tokens.origin(), token, problem, "refused a token"),
    );
    Refusal::new(ErrorReason::TokenNotAccepted, told)
}

/// Refuses to look at a token from an address that brought too many that were refused.
pub(super) fn may_try(tokens: &Tokens) -> Result<(), Refusal> {
    let (Some(failures), Some(address)) = (&tokens.bearers.failures, tokens.from) else {
        return Ok(());
    };
    let penalties = lock(&failures.penalties);
    let Err(retry) = penalties.may_try(AddressKey::of(address), failures.now()) else {
        return Ok(());
    };
    drop(penalties);
    refused(
        Kind::FailedTooOften,
        || tokens.origin(),
        || {
            tracing::warn!(
                from = tokens.origin(),
                "refused to look at a token: too many of this address were not accepted"
            );
        },
    );
    let problem = format!(
        "more than {} tokens a minute of this address were not accepted (limits.{FAILED}); its tokens are not looked at for a \
         while",
        failures.per_minute
    );
    Err(Refusal::new(ErrorReason::RateExceeded, problem)
        .with("limit", FAILED)
        .with("per_minute", failures.per_minute)
        .after(retry.max(Duration::from_millis(1))))
}

fn failed(tokens: &Tokens) {
    if let (Some(failures), Some(address)) = (&tokens.bearers.failures, tokens.from) {
        let now = failures.now();
        lock(&failures.penalties).failed(AddressKey::of(address), now);
    }
}
