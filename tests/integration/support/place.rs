//! Where one daemon keeps its things: data directory, anchor and passphrase, in a directory of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A directory for one store, removed with the value.
pub(crate) struct Place {
    own: TempDir,
    /// Where the store and the anchor are.
    root: PathBuf,
    passphrase: PathBuf,
}

impl Place {
    /// A new and empty one.
    pub(crate) fn new() -> Self {
        let own = tempfile::tempdir().unwrap();
        let root = own.path().to_owned();
        Self::over(own, root)
    }

    /// A store in `root`, which is somebody else's to remove; the passphrase lies elsewhere.
    pub(crate) fn at(root: &Path) -> Self {
        Self::over(tempfile::tempdir().unwrap(), root.to_owned())
    }

    fn over(own: TempDir, root: PathBuf) -> Self {
        let passphrase = own.path().join("passphrase");
        fs::write(&passphrase, "correct horse battery staple\n").unwrap();
        Self {
            own,
            root,
            passphrase,
        }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The anchor beside it.
    pub(crate) fn anchor(&self) -> PathBuf {
        self.root.join("data.anchor")
    }

    /// A file of the test's own, beside the store.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// What the daemons say. Not beside the store: it may be at the mercy of a test.
    pub(crate) fn log(&self) -> PathBuf {
        self.own.path().join("daemon.log")
    }

    /// The file with the passphrase.
    pub(crate) fn passphrase(&self) -> &Path {
        &self.passphrase
    }

    /// Copies the data directory, and nothing beside it. No daemon may have it open.
    pub(crate) fn copy_data(&self, name: &str) -> PathBuf {
        let to = self.file(name);
        copy(&self.data(), &to);
        to
    }

    /// Puts a copy in the data directory's place.
    pub(crate) fn restore_data(&self, from: &Path) {
        fs::remove_dir_all(self.data()).unwrap();
        copy(from, &self.data());
    }
}

/// Copies a file or a directory with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(
        status.success(),
        "cp -a {} {}",
        from.display(),
        to.display()
    );
}
