//! Sizes for people.

/// So many bytes in the unit that people read: `512 B`, `1.4 kB`, `72.3 GB`, by powers of a thousand.
#[must_use]
pub(crate) fn bytes_for_people(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut tenths = u128::from(bytes).div_euclid(100);
    for (place, unit) in units.iter().enumerate() {
        // Cut, not rounded: no more is said than there is.
        if tenths < 10_000 || place + 1 == units.len() {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1_000;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_four_digits_at_most() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_449, "1.4 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (72_313_401_344, "72.3 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes_for_people(bytes), text);
        }
    }
}
