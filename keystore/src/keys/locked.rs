//! Memory that is never swapped or dumped, for keys that stay a while.

use std::{
    fmt, io,
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
};

use super::secret::{KEY_BYTES, SecretKey};

/// A fixed number of places for keys, in pages of their own that are locked into memory and left out of core
/// dumps. Each place is wiped when its key is dropped.
#[derive(Clone)]
pub struct LockedMemory {
    pages: Arc<Pages>,
}

struct Pages {
    start: NonNull<u8>,
    bytes: usize,
    locked: bool,
    free: Mutex<Vec<usize>>,
}

#[expect(
    unsafe_code,
    reason = "the pages are plain memory, and each place has one owner at a time"
)]
// SAFETY: places are handed out under the lock, and only their owner touches them.
unsafe impl Send for Pages {}
#[expect(
    unsafe_code,
    reason = "the pages are plain memory, and each place has one owner at a time"
)]
// SAFETY: as above; shared access goes through the lock or through a place's one owner.
unsafe impl Sync for Pages {}

impl LockedMemory {
    /// Takes pages for at most `places` keys from the operating system. Where it refuses to lock them,
    /// [`Self::is_locked`] says so, and the keys may reach the swap.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn new(places: usize) -> io::Result<Self> {
        let bytes = (places.max(1) * KEY_BYTES).next_multiple_of(page_bytes());
        #[expect(
            unsafe_code,
            reason = "only the C library gives pages that can be locked"
        )]
        // SAFETY: a new private mapping; nothing else refers to it.
        let mapped = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        let start = if mapped == libc::MAP_FAILED {
            None
        } else {
            NonNull::new(mapped.cast::<u8>())
        }
        .ok_or_else(io::Error::last_os_error)?;
        Ok(Self {
            pages: Arc::new(Pages {
                start,
                bytes,
                locked: lock(start, bytes),
                free: Mutex::new((0..places).rev().collect()),
            }),
        })
    }

    /// Whether the operating system keeps these pages out of the swap.
    pub fn is_locked(&self) -> bool {
        self.pages.locked
    }

    /// Moves a key here; gives it back when every place is taken.
    ///
    /// # Errors
    /// The key, if there is no place for it.
    pub fn keep(&self, key: SecretKey) -> Result<LockedKey, SecretKey> {
        let mut free = self
            .pages
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(place) = free.pop() else {
            return Err(key);
        };
        drop(free);
        let mut kept = LockedKey {
            pages: Arc::clone(&self.pages),
            place,
        };
        kept.place_mut().copy_from_slice(key.expose());
        Ok(kept)
    }
}

impl fmt::Debug for LockedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedMemory(..)")
    }
}

fn page_bytes() -> usize {
    #[expect(unsafe_code, reason = "the C library is the only way to this number")]
    // SAFETY: sysconf takes a plain number.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).unwrap_or(4_096)
}

fn lock(start: NonNull<u8>, bytes: usize) -> bool {
    #[expect(
        unsafe_code,
        reason = "the C library is the only way to these settings"
    )]
    // SAFETY: the range is the mapping that was just made.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_DONTDUMP);
        libc::mlock(start.as_ptr().cast(), bytes) == 0
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "pages go back the way they came")]
        // SAFETY: no place is owned any more, since each owner holds a reference to these pages.
        unsafe {
            libc::munmap(self.start.as_ptr().cast(), self.bytes);
        }
    }
}

/// A key in locked memory; wiped when dropped.
pub struct LockedKey {
    pages: Arc<Pages>,
    place: usize,
}

impl LockedKey {
    /// The key's bytes, for the derivation that uses them. Copy them nowhere else.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        #[expect(unsafe_code, reason = "the place lies in pages of our own")]
        // SAFETY: the place lies within the pages, which live as long as `self`, and nobody else has it.
        unsafe {
            self.pages
                .start
                .add(self.place * KEY_BYTES)
                .cast::<[u8; KEY_BYTES]>()
                .as_ref()
        }
    }

    fn place_mut(&mut self) -> &mut [u8; KEY_BYTES] {
        #[expect(unsafe_code, reason = "the place lies in pages of our own")]
        // SAFETY: as above, and `self` is borrowed mutably.
        unsafe {
            self.pages
                .start
                .add(self.place * KEY_BYTES)
                .cast::<[u8; KEY_BYTES]>()
                .as_mut()
        }
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(self.place_mut());
        self.pages
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.place);
    }
}

impl fmt::Debug for LockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretKey {
        SecretKey::generate().expect("the system gives random bytes")
    }

    #[test]
    fn a_key_is_kept_whole_and_its_place_is_wiped_and_used_again() {
        let memory = LockedMemory::new(2).expect("there is memory");
        let (first, second) = (key(), key());
        let bytes = *first.expose();
        let kept = memory.keep(first).expect("there is a place");
        let _other = memory.keep(second).expect("there is another");
        assert_eq!(*kept.expose(), bytes);
        assert!(memory.keep(key()).is_err(), "both places are taken");
        let place = kept.place;
        drop(kept);
        let again = LockedKey {
            pages: Arc::clone(&memory.pages),
            place,
        };
        assert_eq!(*again.expose(), [0; KEY_BYTES]);
        std::mem::forget(again);
        assert!(memory.keep(key()).is_ok());
    }
}
