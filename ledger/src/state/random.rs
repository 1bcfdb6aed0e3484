//! The one place from which randomness comes.

use std::cell::RefCell;

use indelible_evidence::hash::Salt;

/// Outputs drawn from one seed before a fresh one is asked of the operating system.
const DRAWS_BEFORE_RESEED: u32 = 4096;

/// Fills `out` from the operating system's generator.
///
/// # Panics
/// When the operating system has no randomness to give: nothing may be sealed or salted then.
#[expect(
    clippy::expect_used,
    reason = "without randomness no salt and no key is safe, and no caller can mend it"
)]
pub(crate) fn fill(out: &mut [u8]) {
    getrandom::fill(out).expect("the operating system gives randomness");
}

/// `N` bytes from the operating system's generator.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    fill(&mut out);
    out
}

/// An id of one of the daemon's own events: 32 hexadecimal digits.
pub(crate) fn event_id() -> String {
    bytes::<16>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A generator of salts: BLAKE3 keyed with an operating-system seed, in counter mode. Asking the kernel
/// for each event's 64 bytes would cost more than all the event's hashing.
struct SaltSource {
    key: [u8; 32],
    draws: u32,
}

impl SaltSource {
    fn draw(&mut self) -> [u8; 64] {
        if self.draws == DRAWS_BEFORE_RESEED {
            fill(&mut self.key);
            self.draws = 0;
        }
        let mut out = [0; 64];
        blake3::Hasher::new_keyed(&self.key)
            .update(&self.draws.to_le_bytes())
            .finalize_xof()
            .fill(&mut out);
        self.draws += 1;
        out
    }
}

thread_local! {
    static SALTS: RefCell<SaltSource> = const { RefCell::new(SaltSource { key: [0; 32], draws: DRAWS_BEFORE_RESEED }) };
}

/// Two fresh salts.
pub(crate) fn salts() -> (Salt, Salt) {
    let drawn = SALTS.with_borrow_mut(SaltSource::draw);
    let (first, second) = drawn.split_at(32);
    let mut salts = ([0; 32], [0; 32]);
    salts.0.copy_from_slice(first);
    salts.1.copy_from_slice(second);
    (Salt::from_bytes(salts.0), Salt::from_bytes(salts.1))
}
