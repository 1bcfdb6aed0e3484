//! The engine's manifest: it names the first and last key of every table that
//! ever was, until it is written again.

use std::ffi::CString;

use rocksdb::{AsRawPtr, DB};

use super::engine_error;
use super::store::RocksStore;
use crate::error::{Result, StoreError};

/// The engine's own limits, which it goes by at all other times.
const AS_EVER: [(&str, &str); 3] = [
    ("max_manifest_file_size", "1073741824"),
    ("max_manifest_space_amp_pct", "500"),
    ("delete_obsolete_files_period_micros", "21600000000"),
];

/// Limits that the next change of any table exceeds. The last one has the
/// engine look through its whole directory for what it doesn't need: an old
/// manifest does not always stand in its lists, and would stay for six hours.
const AT_ONCE: [(&str, &str); 3] = [
    ("max_manifest_file_size", "0"),
    ("max_manifest_space_amp_pct", "0"),
    ("delete_obsolete_files_period_micros", "0"),
];

impl RocksStore {
    /// Runs `change`, which makes the engine write to its manifest, so that it
    /// begins a new one with nothing in it but the tables of now, and deletes
    /// every file that it doesn't need.
    pub(super) fn with_new_manifest(&self, change: impl FnOnce() -> Result<()>) -> Result<()> {
        set_options(&self.db, AT_ONCE)?;
        let changed = change();
        set_options(&self.db, AS_EVER)?;
        changed
    }
}

/// Sets options of the engine as a whole, which the crate has no call for.
fn set_options<const N: usize>(db: &DB, options: [(&str, &str); N]) -> Result<()> {
    let text = |text: &str| {
        CString::new(text).map_err(|error| StoreError::Engine {
            action: "set its options",
            detail: error.to_string(),
            cause: None,
        })
    };
    let mut names = Vec::with_capacity(N);
    let mut values = Vec::with_capacity(N);
    for (name, value) in options {
        names.push(text(name)?);
        values.push(text(value)?);
    }
    let name_pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let value_pointers: Vec<_> = values.iter().map(|value| value.as_ptr()).collect();
    let mut failure = std::ptr::null_mut();
    #[expect(
        unsafe_code,
        reason = "the crate has no call for this; the arrays hold N C strings each that outlive the call, and the engine's answer is read only when it gave one, once, before it is freed"
    )]
    let failure = unsafe {
        librocksdb_sys::rocksdb_set_db_options(
            db.as_raw_ptr(),
            N as i32,
            name_pointers.as_ptr(),
            value_pointers.as_ptr(),
            &raw mut failure,
        );
        match failure.is_null() {
            true => None,
            false => {
                let words = std::ffi::CStr::from_ptr(failure)
                    .to_string_lossy()
                    .into_owned();
                librocksdb_sys::rocksdb_free(failure.cast());
                Some(words)
            }
        }
    };
    match failure {
        None => Ok(()),
        Some(detail) => Err(StoreError::Engine {
            action: "set its options",
            cause: engine_error::cause(&detail),
            detail,
        }),
    }
}
