//! Waits for the end of a token, for calls that last.

use std::{sync::Arc, time::Duration};

use indelible_access::Issuer;
use tokio::{sync::watch, time::sleep};

use crate::{
    issuers::{Issuers, Trusted, now},
    limits::TOKEN_SECONDS,
};

/// Waits until a token of an issuer is over, or until the keys that vouch for it are.
pub(super) async fn of_issuer(issuers: &Issuers, token: &str, trusted: &Trusted, until: u64) {
    let mut watched = issuers.watched();
    let mut until = until;
    // Keys that changed before there was anything to watch.
    let mut is_due = !Arc::ptr_eq(trusted, &issuers.trusted());
    loop {
        if is_due || now() >= until {
            let trusted = issuers.trusted();
            match Issuer::verify(&trusted, token, now()) {
                Ok(verified) => until = verified.until,
                Err(_) => return,
            }
        }
        is_due = pause(until, &mut watched).await;
    }
}

/// Waits until a time comes, but no longer than [`TOKEN_SECONDS`], since the clock may be set meanwhile; or until something
/// changes. Whether that was so.
pub(super) async fn pause<T>(until: u64, watched: &mut watch::Receiver<T>) -> bool {
    let left = Duration::from_nanos(until.saturating_sub(now()));
    tokio::select! {
        () = sleep(left.min(Duration::from_secs(TOKEN_SECONDS))) => false,
        changed = watched.changed() => match changed {
            Ok(()) => true,
            Err(_ending) => std::future::pending().await,
        },
    }
}
