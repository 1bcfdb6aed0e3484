//! Calls that read the store or compute for long, kept off the threads that serve the network.

use tokio::sync::OwnedSemaphorePermit;
use tonic::Status;

use super::{refusal::Refusal, transport::Room};

/// Runs `work`, which makes a page, as [`blocking`] does. Its turn, which [`Room::page`] gives, is over when the work ends,
/// even if its client gives up.
pub(super) async fn making_page<T: Send + 'static>(
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Status> {
    blocking(move || {
        let outcome = work();
        drop(turn);
        outcome
    })
    .await
}

/// Runs `work` on a thread that may block. Its refusal is the call's; a panic in it is the daemon's.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Status> {
    // The work goes on if its client gives up. Until it ends, the room for what it makes stays taken.
    let room = Room::current();
    let work = move || {
        let outcome = work();
        drop(room);
        outcome
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(Status::from),
        Err(panicked) => Err(Refusal::internal(&panicked).into()),
    }
}
