//! What applies if neither a flag nor the file says anything.

/// Where the daemon listens.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:7311";

/// What origins begin with: good enough for trials only.
pub const ORIGIN_PREFIX_DEFAULT: &str = "localhost";
