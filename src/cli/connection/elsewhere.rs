//! Looking for the daemon where a configuration has it listen.

use super::{Connection, with_scheme};

impl Connection {
    /// Looks for the daemon there, if nobody said where it is.
    pub(crate) fn look_at(&mut self, address: &str) {
        if self.is_default_address {
            self.address = with_scheme(address);
        }
    }

    /// Whether nobody said where the daemon is.
    pub(crate) fn is_anywhere(&self) -> bool {
        self.is_default_address
    }

    /// Whether that is where the daemon is looked for.
    pub(crate) fn looks_at(&self, address: &str) -> bool {
        self.address == with_scheme(address)
    }
}
