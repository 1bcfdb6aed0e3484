//! How long a page is.

use super::refusal::Refusal;
use crate::limits::{
    PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, PROJECTION_ROWS_DEFAULT, PROJECTION_ROWS_MAX,
};

/// 0 means the default; a size above the limit is reduced to it; a negative size is refused.
pub(super) fn page_items(page_size: i32) -> Result<usize, Refusal> {
    items(page_size, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX)
}

/// The same for the rows of a table.
pub(super) fn page_rows(page_size: i32) -> Result<usize, Refusal> {
    items(page_size, PROJECTION_ROWS_DEFAULT, PROJECTION_ROWS_MAX)
}

fn items(page_size: i32, default: usize, most: usize) -> Result<usize, Refusal> {
    match usize::try_from(page_size) {
        Ok(0) => Ok(default),
        Ok(items) => Ok(items.min(most)),
        Err(_) => Err(Refusal::field("page_size", "must not be negative")),
    }
}

/// The items of a list from place `from` on, as many as a page holds, and the place where the next page begins. The list
/// is sorted by its places.
pub(super) fn page_of<T>(
    all: Vec<T>,
    place: impl Fn(&T) -> u64,
    from: u64,
    items: usize,
) -> (Vec<T>, Option<u64>) {
    let first = all.partition_point(|item| place(item) < from);
    let next = all.get(first.saturating_add(items)).map(&place);
    let page = all.into_iter().skip(first).take(items).collect();
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap() {
        let all: Vec<u64> = (0..25).map(|number| number * 3).collect();
        let (mut from, mut seen, mut pages) = (Some(0), Vec::new(), 0);
        while let Some(at) = from {
            let (page, next) = page_of(all.clone(), |number| *number, at, 10);
            seen.extend(page);
            from = next;
            pages += 1;
        }
        assert_eq!((seen, pages), (all, 3));
        assert_eq!(
            page_of(Vec::<u64>::new(), |n| *n, 0, 10),
            (Vec::new(), None)
        );
    }

    #[test]
    fn page_sizes_are_those_that_the_wire_promises() {
        let items = |size| page_items(size).unwrap();
        assert_eq!(
            [items(0), items(1), items(1_000), items(1_001)],
            [100, 1, 1_000, 1_000]
        );
        assert_eq!(items(i32::MAX), 1_000);
        let rows = |size| page_rows(size).unwrap();
        assert_eq!([rows(0), rows(1), rows(i32::MAX)], [1_000, 1, 10_000]);
        assert!(page_items(-1).is_err());
    }
}
