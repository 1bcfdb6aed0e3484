//! The token that a call bears, and whom that makes the caller.
//!
//! A token takes the place of whatever the connection shows, and never adds to it: a call is one caller's. A token that is not
//! accepted is refused, and never passed over, because a client that shows one means to be that caller.

mod lost;
mod refused;

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use indelible_access::{Caller, TOKEN_PREFIX, Verified};
use indelible_proto::v1::ErrorReason;
use tokio::task::unconstrained;
use tonic::codegen::http::{HeaderMap, header::AUTHORIZATION};

use self::refused::{Bringer, Failures};
use super::presented::{Connected, Presented};
use crate::{
    issuers::{Issuers, Trusted, now},
    rpc::refusal::Refusal,
    tokens::{OwnRefusal, OwnToken, OwnTokens},
};

/// The only scheme of `authorization`, in whatever case.
const SCHEME: &str = "bearer";

/// Resolves when a token is not accepted any more, with what its bearer is told.
pub(super) type Lost = Pin<Box<dyn Future<Output = Refusal> + Send>>;

/// Told of each call that bears a token of the daemon's own which is revoked, has expired or does not count here: by the
/// token's principal.
pub(crate) type OnOver = Box<dyn Fn(&str) + Send + Sync>;

/// What tokens are held against.
pub(crate) struct Bearers {
    issuers: Issuers,
    own: OwnTokens,
    failures: Option<Failures>,
    on_over: OnOver,
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
        self.bringer().origin()
    }

    fn bringer(&self) -> Bringer<'_> {
        Bringer {
            failures: self.bearers.failures.as_ref(),
            address: self.from,
            presented: &self.connected.presented,
        }
    }
}

impl Bearers {
    /// Tokens of these issuers, and the daemon's own. An address may bring so many in a minute that are refused; without a
    /// number, any.
    pub(crate) fn new(
        issuers: Issuers,
        own: OwnTokens,
        on_over: OnOver,
        failures_per_minute: Option<u32>,
    ) -> Arc<Self> {
        Arc::new(Self {
            issuers,
            own,
            failures: failures_per_minute.map(Failures::new),
            on_over,
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
        Err(problem) => return Err(tokens.bringer().not_accepted(problem)),
    };
    let digest = blake3::hash(token.as_bytes());
    let bearers = &tokens.bearers;
    let kept = lock(&tokens.kept).clone();
    match kept.filter(|kept| kept.digest == digest) {
        Some(kept) if kept.holds(bearers) => return Ok(Some(kept)),
        // It was accepted here before, so that it is no guess.
        Some(_) => {}
        None => tokens.bringer().may_try()?,
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
            let bearers = &tokens.bearers;
            let shown = bearers.own.shown_to_be(token, &error);
            let principal = shown.as_ref().map(|own| own.record.principal.as_str());
            if let Some(principal) = principal {
                (bearers.on_over)(principal);
            }
            Err(tokens.bringer().own_not_accepted(principal, &problem))
        }
    }
}

/// Whom a token of an issuer makes the caller.
async fn of_issuer(tokens: &Tokens, token: String) -> Result<(Caller, Of), Refusal> {
    let issuers = &tokens.bearers.issuers;
    if issuers.is_empty() {
        let problem = "it is not a token of this daemon, and no issuer of tokens is configured; leave it out, or name its issuer \
                       under [[issuers]] of the configuration";
        return Err(tokens.bringer().not_accepted(problem));
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
        Err(error) => Err(tokens.bringer().rejected(&error)),
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
        return Err(tokens.bringer().not_accepted(problem));
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
