//! A search of this process's own memory for a secret that was to be wiped.
//!
//! The needle is kept masked, so that the search finds the secret and not itself.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
};

use zeroize::Zeroizing;

const MASK: u8 = 0x5c;
const WINDOW_BYTES: usize = 1 << 16;

/// The second half of a secret: the allocator writes over the first bytes of what
/// is given back to it, so the whole would not be found even if nobody wiped it.
pub(crate) fn masked(secret: &[u8]) -> Vec<u8> {
    secret[secret.len() / 2..]
        .iter()
        .map(|byte| byte ^ MASK)
        .collect()
}

/// How often the masked secret's plain bytes stand in writable memory.
pub(crate) fn occurrences(masked: &[u8]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").expect("the memory map");
    let memory = File::open("/proc/self/mem").expect("the memory");
    // Wiped when dropped, for it holds what it found.
    let mut window = Zeroizing::new(vec![0; WINDOW_BYTES + masked.len() - 1]);
    let buffer = window.as_ptr() as u64..window.as_ptr() as u64 + window.len() as u64;
    let mut found = 0;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        let Some((start, end)) = range.split_once('-') else {
            continue;
        };
        if !rights.starts_with("rw") {
            continue;
        }
        let address = |text| u64::from_str_radix(text, 16).expect("an address");
        let (mut at, end) = (address(start), address(end));
        while at < end {
            // Windows overlap, so that what lies across an edge is found too.
            let length = window.len().min((end - at) as usize);
            if memory.read_exact_at(&mut window[..length], at).is_ok() {
                // The search's own buffer is no place that a secret was left in.
                found += positions(&window[..length], masked)
                    .filter(|offset| !buffer.contains(&(at + *offset as u64)))
                    .count();
            }
            at += WINDOW_BYTES as u64;
        }
    }
    found
}

fn positions<'a>(haystack: &'a [u8], masked: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    haystack
        .windows(masked.len())
        .enumerate()
        .filter(move |(_, window)| {
            window
                .iter()
                .zip(masked)
                .all(|(byte, mask)| byte ^ MASK == *mask)
        })
        .map(|(offset, _)| offset)
}
