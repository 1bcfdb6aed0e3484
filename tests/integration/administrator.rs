//! The database's administrator, who can write every byte of a stopped daemon's store with right checksums and holds no
//! key: whatever of it is altered, exchanged, removed, doubled or put back, nothing false is served, sealed, held or
//! erased.

mod earlier_build;
mod keys;
mod subjects;
mod support;
