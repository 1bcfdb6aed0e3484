//! How many connections are open from each address, or by each user of this machine.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use indelible_access::AddressKey;
use tokio::sync::OwnedSemaphorePermit;

/// Among whose connections one is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    Address(AddressKey),
    User(u32),
}

/// The connections that are open, by their origin.
pub(super) struct Origins {
    most: usize,
    open: Mutex<HashMap<Origin, usize>>,
}

/// One of them. Dropped, it is closed.
pub(super) struct Counted {
    origins: Arc<Origins>,
    origin: Origin,
}

/// A connection's place: among all that may be open, and among those of its origin.
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_origin: Option<Counted>,
}

impl Place {
    pub(super) fn new(of_all: OwnedSemaphorePermit, of_origin: Option<Counted>) -> Self {
        Self {
            _of_all: of_all,
            _of_origin: of_origin,
        }
    }
}

impl Origins {
    /// Lets each origin have so many.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// How many each may have.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Counts one more, unless there are as many as may be.
    pub(super) fn count(self: &Arc<Self>, origin: Origin) -> Option<Counted> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(origin).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Counted {
            origins: Arc::clone(self),
            origin,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let open = &self.origins.open;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has none takes no memory.
        if let Some(count) = open.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_refused_until_another_is_closed() {
        let origins = Origins::new(2);
        let address = |text: &str| Origin::Address(AddressKey::of(text.parse().unwrap()));
        let (one, same, other) = (
            address("2001:db8::1"),
            address("2001:db8::ffff"),
            address("2001:db8:0:1::1"),
        );
        let first = origins.count(one).unwrap();
        let _second = origins.count(same).unwrap();
        assert!(origins.count(one).is_none());
        assert!(origins.count(other).is_some() && origins.count(Origin::User(7)).is_some());
        drop(first);
        assert!(origins.count(same).is_some());
        drop(_second);
        assert!(origins.open.lock().unwrap().is_empty());
    }
}
