//! Room for the calls that keep a thread and the disk busy for a long time. A call beyond the limit is refused at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;
use crate::limits::{
    ERASURES_MAX, EXPORTS_MAX, PROJECTIONS_MAX, REBUILDS_MAX, REPORTS_MAX, VERIFICATIONS_MAX,
};
use indelible_proto::v1::ErrorReason;

/// Counts the calls that run. Dropping a permit makes room.
pub(super) struct Slots {
    verifications: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    erasures: Arc<Semaphore>,
    reports: Arc<Semaphore>,
    projections: Arc<Semaphore>,
    rebuilds: Arc<Semaphore>,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            verifications: Arc::new(Semaphore::new(VERIFICATIONS_MAX)),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            erasures: Arc::new(Semaphore::new(ERASURES_MAX)),
            reports: Arc::new(Semaphore::new(REPORTS_MAX)),
            projections: Arc::new(Semaphore::new(PROJECTIONS_MAX)),
            rebuilds: Arc::new(Semaphore::new(REBUILDS_MAX)),
        }
    }

    pub(super) fn verification(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.verifications, "verifications", VERIFICATIONS_MAX)
    }

    pub(super) fn export(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.exports, "exports", EXPORTS_MAX)
    }

    pub(super) fn erasure(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.erasures, "erasures", ERASURES_MAX)
    }

    pub(super) fn report(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.reports, "reports", REPORTS_MAX)
    }

    pub(super) fn projection(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.projections, "queries of projections", PROJECTIONS_MAX)
    }

    pub(super) fn rebuild(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        take(&self.rebuilds, "rebuilds", REBUILDS_MAX)
    }
}

fn take(room: &Arc<Semaphore>, what: &str, most: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(room).try_acquire_owned().map_err(|_| {
        Refusal::new(
            ErrorReason::CallsExhausted,
            format!(
                "{most} {what} are running, which is the most allowed; retry when one has ended"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;

    #[test]
    fn one_too_many_is_refused_until_another_ends() {
        let slots = Slots::new();
        let mut taken: Vec<_> = (0..VERIFICATIONS_MAX)
            .map(|_| slots.verification().unwrap())
            .collect();
        let refused = Status::from(slots.verification().unwrap_err());
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(slots.export().is_ok(), "each kind has room of its own");
        taken.pop();
        assert!(slots.verification().is_ok());
    }
}
