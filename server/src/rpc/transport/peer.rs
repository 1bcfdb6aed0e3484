//! What all calls of a connection share.

use std::{net::IpAddr, sync::Arc};

use super::{
    bearer::{Bearers, Tokens},
    budget::{Budget, Share},
    deadlines::Deadlines,
    presented::{Connected, Presented},
};

/// What all calls of a connection share.
pub(super) struct Peer {
    pub(super) connected: Arc<Connected>,
    pub(super) tokens: Tokens,
    pub(super) share: Arc<Share>,
    pub(super) deadlines: Deadlines,
}

impl Peer {
    pub(super) fn new(
        presented: Presented,
        from: Option<IpAddr>,
        bearers: &Arc<Bearers>,
        budget: &Arc<Budget>,
        deadlines: Deadlines,
    ) -> Arc<Self> {
        let is_the_operators = presented.is_the_operators();
        let connected = Arc::new(Connected::new(presented));
        Arc::new(Self {
            tokens: Tokens::new(bearers, &connected, from),
            connected,
            share: Share::of(budget, is_the_operators),
            deadlines,
        })
    }
}
