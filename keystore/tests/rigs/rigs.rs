//! KMS-compatible servers for tests: installed once, started on loopback, ended with the test.
//!
//! Uses nothing but the standard library and is included by path: by this crate's tests and by the
//! root crate's. An emulator that can't be installed or started is a failed test, never a skipped one.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each crate that includes this uses a part of it"
)]

mod emulator;
mod http;
mod python;

pub(crate) use emulator::{Emulator, Flavour};
