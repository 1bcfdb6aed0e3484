//! Commands that get what an auditor verifies, and that verify.

pub(crate) mod checkpoint;
pub(crate) mod consistency;
pub(crate) mod export;
pub(crate) mod receipt;
pub(crate) mod verify;
