//! Where an item of a CBOR sequence ends, to cut sequences apart.

/// How much of some bytes the CBOR item at their beginning takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This many bytes.
    Complete(usize),
    /// More than there are.
    Incomplete,
    /// More than it may, or it is no item of the format at all.
    Invalid,
}

/// Finds where the item at the beginning of `bytes` ends, without looking into it further than that takes. It
/// cuts sequences apart; what it accepts still has to be decoded strictly.
pub fn extent(bytes: &[u8], bytes_max: usize) -> Extent {
    let (mut position, mut items) = (0usize, 1usize);
    while items > 0 {
        // Each item that is still to come takes a byte at least.
        if position.saturating_add(items) > bytes_max {
            return Extent::Invalid;
        }
        let Some(&initial) = bytes.get(position) else {
            return Extent::Incomplete;
        };
        let argument_bytes = match initial & 0x1f {
            0..=23 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Extent::Invalid,
        };
        let Some(argument) = bytes.get(position + 1..position + 1 + argument_bytes) else {
            return Extent::Incomplete;
        };
        let value = match argument_bytes {
            0 => u64::from(initial & 0x1f),
            _ => argument
                .iter()
                .fold(0u64, |value, &byte| value << 8 | u64::from(byte)),
        };
        position += 1 + argument_bytes;
        items -= 1;
        if initial >> 5 == 0 || (initial == 0xf4 || initial == 0xf5) {
            continue;
        }
        let Ok(value) = usize::try_from(value) else {
            return Extent::Invalid;
        };
        match initial >> 5 {
            2 | 3 => position = position.saturating_add(value),
            4 => items = items.saturating_add(value),
            5 => items = items.saturating_add(value.saturating_mul(2)),
            _ => return Extent::Invalid,
        }
    }
    if position > bytes_max {
        Extent::Invalid
    } else if position > bytes.len() {
        Extent::Incomplete
    } else {
        Extent::Complete(position)
    }
}
