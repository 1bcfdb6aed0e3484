//! The token that a call bears, and whom that makes the caller.
//!
//! A token takes the place of whatever the connection shows, and never adds to it: a call is one caller's. A token that is not
//! accepted is refused, and never passed over, because a client that shows one means to be that caller.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::{
    AddressKey, Caller, Issuer, JwtError, Penalties, PenaltyRule, TOKEN_PREFIX, Verified,
};
use indelible_proto::v1::ErrorReason;
use tokio::time::sleep;
use tonic::codegen::http::{HeaderMap, header::AUTHORIZATION};

use super::presented::{Connected, Presented};
use crate::{
    issuers::{Issuers, Trusted, now},
    limits::{FAILED_ADDRESSES_MAX, TOKEN_SECONDS},
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
};

/// How the limit on failures is called.
const FAILED: &str = "failed_authentications_per_minute";

const MINUTE: Duration = Duration::from_secs(60);

/// The only scheme of `authorization`, in whatever case.
const SCHEME: &str = "bearer";

/// Resolves when a token is not accepted any more.
pub(super) type Lost = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What tokens are held against.
pub(crate) struct Bearers {
    issuers: Issuers,
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
    token: String,
    connected: Arc<Connected>,
    /// The keys that it was verified with.
    trusted: Trusted,
    /// From when on it must be verified again.
    until: u64,
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
    /// Tokens of these issuers. An address may bring so many in a minute that are refused; without a number, any.
    pub(crate) fn new(issuers: Issuers, failures_per_minute: Option<u32>) -> Arc<Self> {
        let failures = failures_per_minute.map(|per_minute| Failures {
            per_minute,
            penalties: Mutex::new(Penalties::new(PenaltyRule {
                failures_max: per_minute,
                forgive: MINUTE / per_minute.max(1),
                addresses_max: FAILED_ADDRESSES_MAX,
            })),
            begun: Instant::now(),
        });
        Arc::new(Self { issuers, failures })
    }
}

impl Borne {
    /// Who calls.
    pub(super) fn connected(&self) -> &Arc<Connected> {
        &self.connected
    }

    /// Resolves when the token is over, or the keys that vouch for it are. For calls that last.
    fn lost(self: Arc<Self>, bearers: Arc<Bearers>) -> Lost {
        Box::pin(async move {
            let mut watched = bearers.issuers.watched();
            let mut until = self.until;
            // Keys that changed before there was anything to watch.
            let mut is_due = !Arc::ptr_eq(&self.trusted, &bearers.issuers.trusted());
            loop {
                if is_due || now() >= until {
                    let trusted = bearers.issuers.trusted();
                    match Issuer::verify(&trusted, &self.token, now()) {
                        Ok(verified) => until = verified.until,
                        Err(_) => return,
                    }
                }
                let left = Duration::from_nanos(until.saturating_sub(now()));
                is_due = tokio::select! {
                    // The clock may be set meanwhile.
                    () = sleep(left.min(Duration::from_secs(TOKEN_SECONDS))) => false,
                    changed = watched.changed() => match changed {
                        Ok(()) => true,
                        Err(_ending) => std::future::pending().await,
                    },
                };
            }
        })
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
        Some(kept)
            if now() < kept.until && Arc::ptr_eq(&kept.trusted, &bearers.issuers.trusted()) =>
        {
            return Ok(Some(kept));
        }
        // It was accepted here before, so that it is no guess.
        Some(_) => {}
        None => may_try(tokens)?,
    }
    check_way(tokens, &token)?;
    let trusted = bearers.issuers.trusted();
    // Boxed, since few calls bring a token that was not seen before, and what it takes is put aside for each.
    match Box::pin(bearers.issuers.verify(&token)).await {
        Ok(Verified { caller, until }) => {
            let borne = Arc::new(Borne {
                digest,
                token,
                connected: connected(tokens, caller),
                trusted,
                until,
            });
            *lock(&tokens.kept) = Some(Arc::clone(&borne));
            Ok(Some(borne))
        }
        Err(error) => Err(rejected(tokens, &error)),
    }
}

/// What a call is told whose token is over before the call is.
pub(super) fn over() -> Refusal {
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
fn check_way(tokens: &Tokens, token: &str) -> Result<(), Refusal> {
    let is_open = match tokens.connected.presented {
        Presented::Address(address) => !address.to_canonical().is_loopback(),
        Presented::Process(_) | Presented::Certificate(_) | Presented::Encrypted(_) => false,
    };
    if is_open {
        let problem = "a token is taken over TLS, over a Unix socket, or on loopback; over this connection others may have read \
                       it, so revoke it";
        return Err(not_accepted(tokens, problem, problem));
    }
    if token.starts_with(TOKEN_PREFIX) {
        let problem = "this version makes and takes no tokens of its own; bring one of an issuer that the configuration names";
        return Err(not_accepted(tokens, problem, problem));
    }
    if tokens.bearers.issuers.is_empty() {
        let problem = "no issuer of tokens is configured, so no token is accepted; leave it out, or name its issuer under \
                       [[issuers]] of the configuration";
        return Err(not_accepted(tokens, problem, problem));
    }
    Ok(())
}

fn connected(tokens: &Tokens, caller: Caller) -> Arc<Connected> {
    let presented = tokens.connected.presented.clone();
    Arc::new(Connected::bearing(presented, caller))
}

/// A token that is not accepted. Its bearer is told why only where that tells nothing to a stranger.
fn rejected(tokens: &Tokens, error: &JwtError) -> Refusal {
    let told = match error.is_for_the_bearer() {
        true => format!("the token is not accepted: {error}"),
        false => "the token is not accepted; the daemon's log says why".to_owned(),
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
