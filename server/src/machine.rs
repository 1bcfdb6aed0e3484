//! What the operating system says of this machine and this process, for monitoring and for `indelible doctor`.

pub mod clock;
pub mod memory;
pub mod process;
pub mod volume;
