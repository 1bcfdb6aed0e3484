//! What all calls of a connection share.

use std::sync::Arc;

use tonic::transport::server::TcpConnectInfo;

use super::{
    budget::{Budget, Share},
    deadlines::Deadlines,
};

/// What all calls of a connection share.
pub(super) struct Peer {
    pub(super) info: TcpConnectInfo,
    pub(super) share: Arc<Share>,
    pub(super) deadlines: Deadlines,
}

impl Peer {
    pub(super) fn new(
        info: TcpConnectInfo,
        budget: &Arc<Budget>,
        deadlines: Deadlines,
    ) -> Arc<Self> {
        Arc::new(Self {
            info,
            share: Share::of(budget),
            deadlines,
        })
    }
}
