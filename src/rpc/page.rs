//! How long a page is.

use super::refusal::Refusal;
use crate::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};

/// 0 means the default, more than the most means the most, less than nothing is a mistake.
pub(super) fn page_items(page_size: i32) -> Result<usize, Refusal> {
    match usize::try_from(page_size) {
        Ok(0) => Ok(PAGE_ITEMS_DEFAULT),
        Ok(items) => Ok(items.min(PAGE_ITEMS_MAX)),
        Err(_) => Err(Refusal::field("page_size", "must not be negative")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_are_those_that_the_wire_promises() {
        let items = |size| page_items(size).unwrap();
        assert_eq!(
            [items(0), items(1), items(1_000), items(1_001)],
            [100, 1, 1_000, 1_000]
        );
        assert_eq!(items(i32::MAX), 1_000);
        assert!(page_items(-1).is_err());
    }
}
