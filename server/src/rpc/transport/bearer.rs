//! The token that a call bears, and whom that makes the caller.
//!
//! A token takes the place of whatever the connection shows, and never adds to it: a call is one caller's. A token that is not
//! accepted is refused, and never passed over, because a client that shows one means to be that caller.

mod lost;

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::{
    AddressKey, Caller, JwtError, Penalties, PenaltyRule, TOKEN_PREFIX, Verified,
};
use indelible_proto::v1::ErrorReason;
use tokio::task::unconstrained;
use tonic::codegen::http::{HeaderMap, header::AUTHORIZATION};

use super::presented::{Connected, Presented};
use crate::{
    issuers::{Issuers, Trusted, now},
    limits::FAILED_ADDRESSES_MAX,
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
    tokens::{OwnRefusal, OwnToken, OwnTokens},
};

/// How the limit on failures is called.
const FAILED: &str = "failed_authentications_per_minute";

const MINUTE: Duration = Duration::from_secs(60);

/// The only scheme of `authorization`, in whatever case.
const SCHEME: &str = "bearer";

/// Resolves when a token is not accepted any more, with what its bearer is told.
pub(super) type Lost = Pin<Box<dyn Future<Output = Refusal> + Send>>;

/// What tokens are held against.
pub(crate) struct Bearers {
    issuers: Issuers,
    own: OwnTokens,
    failures: Option<Failures>,
}

/// How often each address brought a token that was not accepted.
struct Failures {
    per_minute: u32,
    penalties: Mutex<Penalties>,
    begun: Instant,
}

/// A token that was accepted on a connection.
pub(super) struct Borne {
    digest: blake3::Hash,
    connected: Arc<Connected>,
    of: Of,
}

/// Whose word a token is.
enum Of {
    /// An issuer's.
    Issuer {
        token: String,
        /// The keys that it was verified with.
        trusted: Trusted,
        /// From when on it must be verified again.
        until: u64,
    },
    /// The daemon's own.
    Own(Arc<OwnToken>),
}

/// The tokens of one connection.
pub(super) struct Tokens {
    bearers: Arc<Bearers>,
    connected: Arc<Connected>,
    /// Its address, where it has one.
    from: Option<IpAddr>,
    /// The token that was accepted last.
    kept: Mutex<Option<Arc<Borne>>>,
}

impl Tokens {
    pub(super) fn new(
        bearers: &Arc<Bearers>,
        connected: &Arc<Connected>,
        from: Option<IpAddr>,
    ) -> Self {
        Self {
            bearers: Arc::clone(bearers),
            connected: Arc::clone(connected),
            from,
            kept: Mutex::default(),
        }
    }

    /// Resolves when a token of this connection is not accepted any more.
    pub(super) fn lost(&self, borne: Arc<Borne>) -> Lost {
        borne.lost(Arc::clone(&self.bearers))
    }

    /// Where the connection is from, for the log.
    pub(super) fn origin(&self) -> String {
        self.connected.presented.origin(self.from)
    }
}

impl Bearers {
    /// Tokens of these issuers, and the daemon's own. An address may bring so many in a minute that are refused; without a
    /// number, any.
    pub(crate) fn new(
        issuers: Issuers,
        own: OwnTokens,
        failures_per_minute: Option<u32>,
    ) -> Arc<Self> {
        let failures = failures_per_minute.map(|per_minute| Failures {
            per_minute,
            penalties: Mutex::new(Penalties::new(PenaltyRule {
                failures_max: per_minute,
                forgive: MINUTE / per_minute.max(1),
                addresses_max: FAILED_ADDRESSES_MAX,
            })),
            begun: Instant::now(),
        });
        Arc::new(Self {
            issuers,
            own,
            failures,
        })
    }
}

impl Borne {
    /// Who calls.
    pub(super) fn connected(&self) -> &Arc<Connected> {
        &self.connected
    }

    /// Whether it is accepted without being looked at again.
    fn holds(&self, bearers: &Bearers) -> bool {
        match &self.of {
            Of::Issuer { trusted, until, .. } => {
                now() < *until && Arc::ptr_eq(trusted, &bearers.issuers.trusted())
            }
            Of::Own(token) => {
                let now = now();
                let holds = token.refused(now).is_none();
                if holds {
                    bearers.own.note_use(token, now);
                }
                holds
            }
        }
    }

    /// Resolves when the token is over, or the keys that vouch for it are. For calls that last.
    fn lost(self: Arc<Self>, bearers: Arc<Bearers>) -> Lost {
        match &self.of {
            Of::Issuer { .. } => Box::pin(async move {
                if let Of::Issuer {
                    token,
                    trusted,
                    until,
                } = &self.of
                {
                    lost::of_issuer(&bearers.issuers, token, trusted, *until).await;
                }
                over()
            }),
            // A revocation that was answered is seen at the next look, however much else the task has done.
            Of::Own(_) => Box::pin(unconstrained(async move {
                let mut changes = bearers.own.watched();
                loop {
                    if let Some(over) = self.connected.over() {
                        return over;
                    }
                    let until = self.connected.expires().unwrap_or(u64::MAX);
                    lost::pause(until, &mut changes).await;
                }
            })),
        }
    }
}

/// The caller whom a token of these headers names, if there is one. The token is taken out of them: nothing behind this
/// reads it, or could tell it.
pub(super) async fn borne(
    tokens: &Tokens,
    headers: &mut HeaderMap,
) -> Result<Option<Arc<Borne>>, Refusal> {
    if !headers.contains_key(AUTHORIZATION) {
        return Ok(None);
    }
    let token = token(headers).map(str::to_owned);
    headers.remove(AUTHORIZATION);
    let token = match token {
        Ok(token) => token,
        Err(problem) => return Err(not_accepted(tokens, problem, problem)),
    };
    let digest = blake3::hash(token.as_bytes());
    let bearers = &tokens.bearers;
    let kept = lock(&tokens.kept).clone();
    match kept.filter(|kept| kept.digest == digest) {
        Some(kept) if kept.holds(bearers) => return Ok(Some(kept)),
        // It was accepted here before, so that it is no guess.
        Some(_) => {}
        None => may_try(tokens)?,
    }
    check_way(tokens)?;
    let (caller, of) = match token.starts_with(TOKEN_PREFIX) {
        true => of_daemon(tokens, &token)?,
        false => of_issuer(tokens, token).await?,
    };
    let own = match &of {
        Of::Own(own) => Some(Arc::clone(own)),
        Of::Issuer { .. } => None,
    };
    let presented = tokens.connected.presented.clone();
    let borne = Arc::new(Borne {
        digest,
        connected: Arc::new(Connected::bearing(presented, caller, own)),
        of,
    });
    *lock(&tokens.kept) = Some(Arc::clone(&borne));
    Ok(Some(borne))
}

/// Whom a token of the daemon's own makes the caller.
fn of_daemon(tokens: &Tokens, token: &str) -> Result<(Caller, Of), Refusal> {
    match tokens.bearers.own.admit(token, now()) {
        Ok((caller, own)) => Ok((caller, Of::Own(own))),
        // That is no fault of the caller's.
        Err(error @ OwnRefusal::NotRead) => {
            Err(Refusal::new(ErrorReason::Recovering, error.to_string()))
        }
        Err(error) => {
            let problem = error.to_string();
            Err(not_accepted(tokens, &problem, &problem))
        }
    }
}

/// Whom a token of an issuer makes the caller.
async fn of_issuer(tokens: &Tokens, token: String) -> Result<(Caller, Of), Refusal> {
    let issuers = &tokens.bearers.issuers;
    if issuers.is_empty() {
        let problem = "it is not a token of this daemon, and no issuer of tokens is configured; leave it out, or name its issuer \
                       under [[issuers]] of the configuration";
        return Err(not_accepted(tokens, problem, problem));
    }
    let trusted = issuers.trusted();
    // Boxed, since few calls bring a token that was not seen before, and what it takes is put aside for each.
    match Box::pin(issuers.verify(&token)).await {
        Ok(Verified { caller, until }) => {
            let of = Of::Issuer {
                token,
                trusted,
                until,
            };
            Ok((caller, of))
        }
        Err(error) => Err(rejected(tokens, &error)),
    }
}

/// What a call is told whose token of an issuer is over before the call is.
fn over() -> Refusal {
    let problem = "the token of this call has expired, or the keys of its issuer have changed or are too old; call again with a \
                   new token";
    Refusal::new(ErrorReason::TokenNotAccepted, problem)
}

/// The token of these headers: one, by the one scheme that there is.
fn token(headers: &HeaderMap) -> Result<&str, &'static str> {
    const FORM: &str = "authorization must be Bearer, one space, and a token";
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err("authorization comes more than once, and a call is one caller's");
    };
    let text = value.to_str().map_err(|_| FORM)?;
    let (scheme, token) = text.split_once(' ').ok_or(FORM)?;
    match scheme.eq_ignore_ascii_case(SCHEME) && !token.is_empty() && !token.contains(' ') {
        true => Ok(token),
        false => Err(FORM),
    }
}

/// A token that others could read on its way is worth nothing.
fn check_way(tokens: &Tokens) -> Result<(), Refusal> {
    let is_open = match tokens.connected.presented {
        Presented::Address(address) => !address.to_canonical().is_loopback(),
        Presented::Process(_) | Presented::Certificate(_) | Presented::Encrypted(_) => false,
    };
    if is_open {
        let problem = "a token is taken over TLS, over a Unix socket, or on loopback; over this connection others may have read \
                       it, so revoke it";
        return Err(not_accepted(tokens, problem, problem));
    }
    Ok(())
}

/// A token that is not accepted. Its bearer is told why only where that tells nothing to a stranger.
fn rejected(tokens: &Tokens, error: &JwtError) -> Refusal {
    let told = match error.is_for_the_bearer() {
        true => format!("the token is not accepted: {error}"),
        false => "the token is not accepted; the daemon's log says why, of the first few of one address in a minute".to_owned(),
    };
    not_accepted(tokens, &error.to_string(), &told)
}

fn not_accepted(tokens: &Tokens, problem: &str, told: &str) -> Refusal {
    failed(tokens);
    refused(
        Kind::TokenRefused,
        || tokens.origin(),
        || tracing::warn!(from = tokens.origin(), problem, "refused a token"),
    );
    Refusal::new(ErrorReason::TokenNotAccepted, told)
}

/// Refuses to look at a token from an address that brought too many that were refused.
fn may_try(tokens: &Tokens) -> Result<(), Refusal> {
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

impl Failures {
    /// Nanoseconds on a clock that does not go back.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
