//! Tokens that are not accepted: what their bearers are told, what the log has of it, and how often that may be.

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::{AddressKey, JwtError, Penalties, PenaltyRule};
use indelible_proto::v1::ErrorReason;

use super::super::presented::Presented;
use crate::{
    limits::FAILED_ADDRESSES_MAX,
    refusals::{Kind, refused},
    rpc::refusal::Refusal,
};

/// How the limit on failures is called.
const FAILED: &str = "failed_authentications_per_minute";

const MINUTE: Duration = Duration::from_secs(60);

/// How often each address brought a token that was not accepted.
pub(super) struct Failures {
    per_minute: u32,
    penalties: Mutex<Penalties>,
    begun: Instant,
}

/// Who brings tokens over a connection, as far as a refusal goes.
pub(super) struct Bringer<'a> {
    /// How often its address, or another, was refused; nothing where that is not counted.
    pub(super) failures: Option<&'a Failures>,
    /// Its address, where it has one.
    pub(super) address: Option<IpAddr>,
    /// What the connection shows.
    pub(super) presented: &'a Presented,
}

impl Failures {
    /// Counts them, and lets so many in a minute be of one address.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            penalties: Mutex::new(Penalties::new(PenaltyRule {
                failures_max: per_minute,
                forgive: MINUTE / per_minute.max(1),
                addresses_max: FAILED_ADDRESSES_MAX,
            })),
            begun: Instant::now(),
        }
    }

    /// Nanoseconds on a clock that does not go back.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn penalties(&self) -> MutexGuard<'_, Penalties> {
        self.penalties
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bringer<'_> {
    /// A token that is not accepted. Its bearer is told why only where that tells nothing to a stranger.
    pub(super) fn rejected(&self, error: &JwtError) -> Refusal {
        let told = match error.is_for_the_bearer() {
            true => format!("the token is not accepted: {error}"),
            false => "the token is not accepted; the daemon's log says why, of the first few of one address in a minute"
                .to_owned(),
        };
        self.refused(None, &error.to_string(), &told)
    }

    /// The same where its bearer may know why.
    pub(super) fn not_accepted(&self, problem: &str) -> Refusal {
        self.refused(None, problem, problem)
    }

    /// A token of the daemon's own; by its principal, if its bearer has shown which it is.
    pub(super) fn own_not_accepted(&self, token: Option<&str>, problem: &str) -> Refusal {
        self.refused(token, problem, problem)
    }

    fn refused(&self, token: Option<&str>, problem: &str, told: &str) -> Refusal {
        if let (Some(failures), Some(address)) = (self.failures, self.address) {
            let now = failures.now();
            failures.penalties().failed(AddressKey::of(address), now);
        }
        refused(
            Kind::TokenRefused,
            || self.origin(),
            || tracing::warn!(from = self.origin(), token, problem, "refused a token"),
        );
        Refusal::new(ErrorReason::TokenNotAccepted, told)
    }

    /// Refuses to look at a token from an address that brought too many that were refused.
    pub(super) fn may_try(&self) -> Result<(), Refusal> {
        let (Some(failures), Some(address)) = (self.failures, self.address) else {
            return Ok(());
        };
        let tried = failures
            .penalties()
            .may_try(AddressKey::of(address), failures.now());
        let Err(retry) = tried else {
            return Ok(());
        };
        refused(
            Kind::FailedTooOften,
            || self.origin(),
            || {
                tracing::warn!(
                    from = self.origin(),
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

    /// Where the connection is from, for the log.
    pub(super) fn origin(&self) -> String {
        self.presented.origin(self.address)
    }
}
