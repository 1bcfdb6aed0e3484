//! What all calls of a connection share.

use std::sync::Arc;

use super::{
    budget::{Budget, Share},
    deadlines::Deadlines,
    presented::{Connected, Presented},
};

/// What all calls of a connection share.
pub(super) struct Peer {
    pub(super) connected: Arc<Connected>,
    pub(super) share: Arc<Share>,
    pub(super) deadlines: Deadlines,
}

impl Peer {
    pub(super) fn new(
        presented: Presented,
        budget: &Arc<Budget>,
        deadlines: Deadlines,
    ) -> Arc<Self> {
        Arc::new(Self {
            connected: Arc::new(Connected::new(presented)),
            share: Share::of(budget),
            deadlines,
        })
    }
}
