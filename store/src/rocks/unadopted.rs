//! A store that was restored, and never adopted.

use std::path::Path;

use super::directory::NOT_ADOPTED;
use super::generation::{Generation, LIVE};
use crate::error::StoreError;

/// Whether all that a directory holds is a store that was restored and never adopted: whoever opens the directory throws it away,
/// so it counts for none.
pub(super) fn is_unadopted(path: &Path) -> Result<bool, StoreError> {
    let is_there = |path: &Path| path.try_exists().map_err(StoreError::io("look for", path));
    let mark = path.join(Generation::FIRST.name()).join(NOT_ADOPTED);
    Ok(is_there(&mark)? && !is_there(&path.join(LIVE))?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Otherwise a start would take it for a store, throw it away, and make a new one beside the anchor of the real one.
    #[test]
    fn a_store_that_was_restored_and_not_adopted_counts_for_none() {
        let place = tempfile::tempdir().unwrap();
        let store = place.path().join(Generation::FIRST.name());
        fs::create_dir(&store).unwrap();
        assert!(!is_unadopted(place.path()).unwrap());
        fs::write(store.join(NOT_ADOPTED), "").unwrap();
        assert!(is_unadopted(place.path()).unwrap());
        // The mark is taken away last.
        fs::write(place.path().join(LIVE), "").unwrap();
        assert!(!is_unadopted(place.path()).unwrap());
    }
}
