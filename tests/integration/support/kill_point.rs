//! Kills the unmodified daemon at a chosen one of its changes of files, or lets that one fail: a library that it preloads
//! counts them, and says which one it was.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::place::Place;

const SOURCE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/rigs/kill-point/kill_point.c"
);
/// A kind of change, as text that ends with a 0.
const KIND_BYTES: usize = 64;
/// So many changes are told apart.
const CHANGES_MAX: usize = 4_096;
/// Where the numbers end, and the kind begins that alone counts.
const ONLY_AT: usize = 4 * 8;
/// Where the change stands that the daemon was killed before.
const LAST_AT: usize = ONLY_AT + KIND_BYTES;
/// Where the kinds of all changes begin.
const MADE_AT: usize = LAST_AT + KIND_BYTES;
/// What the library and the test share.
const SHARED_BYTES: usize = MADE_AT + CHANGES_MAX * KIND_BYTES;

/// The library, built once for all tests of a run.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(directory).unwrap();
        let (own, library) = (
            directory.join(format!("kill_point.{}", std::process::id())),
            directory.join("kill_point.so"),
        );
        let built = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .args([own.as_path(), Path::new(SOURCE)])
            .output()
            .expect("a C compiler is there: run scripts/setup test");
        assert!(built.status.success(), "{built:?}");
        fs::rename(own, &library).unwrap();
        library
    })
}

/// Where a daemon is to be killed.
pub(crate) struct KillPoint {
    path: PathBuf,
    shared: File,
}

impl KillPoint {
    /// For daemons over a place; none is killed before [`Self::arm`].
    pub(crate) fn new(place: &Place) -> Self {
        let path = place.file("kill-point");
        let shared = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        shared.set_len(SHARED_BYTES as u64).unwrap();
        Self { path, shared }
    }

    /// Adds the library to a daemon's command.
    pub(crate) fn preload(&self, mut command: Command) -> Command {
        command
            .env("LD_PRELOAD", library())
            .env("KILL_POINT", &self.path);
        command
    }

    /// From here on changes are counted, and the daemon is killed right before the `nth`, counted from 1: of all of them, or
    /// of those of one kind.
    pub(crate) fn arm(&self, nth: u64, kind: Option<&str>) {
        self.set(nth, kind.unwrap_or_default(), 0, 0);
    }

    /// From here on calls of a kind are counted, and so many of them fail with this error, from the `nth` on, counted from 1.
    /// The kind is its beginning: `write`, `pwrite`, `sync`, `rename`, `open`, `truncate` or `unlink`.
    pub(crate) fn arm_failures(&self, nth: u64, kind: &str, error: i32, times: u64) {
        self.set(nth, kind, u64::try_from(error).unwrap(), times);
    }

    fn set(&self, nth: u64, kind: &str, error: u64, times: u64) {
        let mut shared = vec![0; SHARED_BYTES - 8];
        let kind = kind.as_bytes();
        assert!(kind.len() < KIND_BYTES, "{kind:?}");
        shared[8..16].copy_from_slice(&error.to_ne_bytes());
        shared[16..24].copy_from_slice(&times.to_ne_bytes());
        shared[ONLY_AT - 8..][..kind.len()].copy_from_slice(kind);
        self.shared.write_all_at(&shared, 8).unwrap();
        self.shared.write_all_at(&nth.to_ne_bytes(), 0).unwrap();
    }

    /// Counts no more, and says how many changes of each kind there were.
    pub(crate) fn disarm(&self) -> BTreeMap<String, u64> {
        self.shared.write_all_at(&[0; 8], 0).unwrap();
        let mut seen = [0; 8];
        self.shared.read_exact_at(&mut seen, 8).unwrap();
        let seen = usize::try_from(u64::from_ne_bytes(seen)).unwrap();
        assert!(seen <= CHANGES_MAX, "{seen} changes");
        let mut kinds = BTreeMap::new();
        for number in 0..seen {
            // One that another thread was about to write when the daemon was killed has no text.
            if let Some(kind) = self.kind_at(MADE_AT + number * KIND_BYTES) {
                *kinds.entry(kind).or_default() += 1;
            }
        }
        kinds
    }

    /// The kind of the change that the daemon was killed before, or that failed last: what was called, and on which file, its
    /// number left out. None if nothing came to that.
    pub(crate) fn hit(&self) -> Option<String> {
        self.kind_at(LAST_AT)
    }

    fn kind_at(&self, at: usize) -> Option<String> {
        let mut text = [0; KIND_BYTES];
        self.shared.read_exact_at(&mut text, at as u64).unwrap();
        let text = text.split(|byte| *byte == 0).next().unwrap();
        let kind = std::str::from_utf8(text).unwrap();
        (!kind.is_empty()).then(|| kind.to_owned())
    }
}
