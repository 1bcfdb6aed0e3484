//! Calls that read the store or compute for long, kept off the threads that serve the network.

use tonic::Status;

use super::refusal::Refusal;

/// Runs `work` on a thread that may block. Its refusal is the call's; a panic in it is the daemon's.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Status> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(Status::from),
        Err(panicked) => Err(Refusal::internal(&panicked).into()),
    }
}
