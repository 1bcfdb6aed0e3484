//! Events on their way in from other systems and out to them: pure functions, without a clock, a file or a socket.

pub mod envelope;
pub mod hex;
pub mod import;
pub mod outgoing;
pub mod producer;
