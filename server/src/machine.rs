//! What the operating system says of this machine and this process, for monitoring.

pub mod clock;
pub mod process;
