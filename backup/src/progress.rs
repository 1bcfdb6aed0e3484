//! How far something is that takes long.

use std::ops::ControlFlow;

/// How far the copying or checking is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Bytes that are there, copied now or before.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes that were copied now.
    pub copied_bytes: u64,
}

/// Told how far it is, and asked whether to go on.
pub type OnCopy<'a> = &'a mut dyn FnMut(Copied) -> ControlFlow<()>;
