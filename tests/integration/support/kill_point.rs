//! Kills the unmodified daemon at a chosen one of its changes of files: a library that it preloads counts them, and says
//! which one it was.

use std::{
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
/// What the library and the test share: two numbers and a text.
const SHARED_BYTES: usize = 8 + 8 + 512;

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

    /// From here on changes are counted, and the daemon is killed right before the `nth`, counted from 1.
    pub(crate) fn arm(&self, nth: u64) {
        self.shared.write_all_at(&[0; SHARED_BYTES - 8], 8).unwrap();
        self.shared.write_all_at(&nth.to_ne_bytes(), 0).unwrap();
    }

    /// Counts no more, and says how many changes there were.
    pub(crate) fn disarm(&self) -> u64 {
        self.shared.write_all_at(&[0; 8], 0).unwrap();
        let mut seen = [0; 8];
        self.shared.read_exact_at(&mut seen, 8).unwrap();
        u64::from_ne_bytes(seen)
    }

    /// The change that the daemon was killed before: what was called, and on which file, its number left out. None if
    /// it was not killed.
    pub(crate) fn hit(&self) -> Option<String> {
        let mut text = [0; SHARED_BYTES - 16];
        self.shared.read_exact_at(&mut text, 16).unwrap();
        let text = text.split(|byte| *byte == 0).next().unwrap();
        let (call, path) = std::str::from_utf8(text).unwrap().split_once(' ')?;
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind: String = name.chars().filter(|c| !c.is_ascii_digit()).collect();
        Some(format!("{call} {kind}"))
    }
}
