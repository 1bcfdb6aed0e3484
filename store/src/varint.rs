//! Unsigned LEB128 integers, in their shortest form only.

/// Appends `value`.
pub(crate) fn push(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes one integer off the front of `bytes`; `None` if it is cut short, too
/// large or longer than it needs to be.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().copied().enumerate().take(10) {
        if index == 9 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            if byte == 0 && index > 0 {
                return None;
            }
            *bytes = &bytes[index + 1..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_pushed_is_taken(value: u64, shift in 0_u32..64) {
            let mut bytes = Vec::new();
            push(&mut bytes, value >> shift);
            bytes.push(0x55);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(take(&mut rest), Some(value >> shift));
            prop_assert_eq!(rest, &[0x55]);
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for bytes in [&[][..], &[0x80], &[0x80, 0x00], &[0xff; 11], &[0xff; 10]] {
            assert_eq!(take(&mut &*bytes), None, "{bytes:x?}");
        }
        let mut largest = vec![0xff; 9];
        largest.push(1);
        assert_eq!(take(&mut largest.as_slice()), Some(u64::MAX));
    }
}
