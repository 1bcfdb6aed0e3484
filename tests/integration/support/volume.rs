//! A small file system of the test's own: an ext4 image on a loop device, whose power can be cut.

use std::{
    fs::File,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// `FS_IOC_SHUTDOWN`: the file system takes nothing more.
const SHUTDOWN: libc::c_ulong = 0x8004_587d;
/// Without writing out what it holds: not even its log.
const NO_LOG_FLUSH: u32 = 2;
/// How long a file system may stay busy after its last user has gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mounted image. Dropping it unmounts it and removes it.
pub(crate) struct Volume {
    directory: TempDir,
    mounted: bool,
}

/// Runs a program and says what went wrong.
fn run(program: &str, arguments: &[&str], path: &Path, more: Option<&Path>) -> Result<(), String> {
    let mut command = Command::new(program);
    command
        .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
        .args(arguments)
        .arg(path);
    let output = command
        .args(more)
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    // fsck says with 1 that it has repaired something, which it had to.
    match output.status.code() {
        Some(0) => Ok(()),
        Some(1) if program == "fsck.ext4" => Ok(()),
        _ => Err(format!(
            "{program}: {} {}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        )),
    }
}

impl Volume {
    /// Makes and mounts one. The error says why this machine can't.
    pub(crate) fn new(megabytes: u64) -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let mut volume = Self {
            directory,
            mounted: false,
        };
        let image = File::create(volume.image()).unwrap();
        image.set_len(megabytes << 20).unwrap();
        std::fs::create_dir(volume.root()).unwrap();
        run("mkfs.ext4", &["-q", "-F"], &volume.image(), None)?;
        volume.mount()?;
        Ok(volume)
    }

    fn image(&self) -> PathBuf {
        self.directory.path().join("image")
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("mounted")
    }

    fn mount(&mut self) -> Result<(), String> {
        // The image's owner on the device must be gone first; the kernel frees it when it can.
        run("mount", &["-o", "loop"], &self.image(), Some(&self.root()))?;
        self.mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match run("umount", &[], &self.root(), None) {
                Ok(()) => break,
                Err(problem) if Instant::now() >= deadline => return Err(problem),
                Err(_busy) => sleep(Duration::from_millis(20)),
            }
        }
        self.mounted = false;
        Ok(())
    }

    /// Cuts the power: from now on nothing reaches the image, and what had not is lost.
    pub(crate) fn cut(&self) {
        let root = File::open(self.root()).unwrap();
        let flags = NO_LOG_FLUSH;
        #[expect(
            unsafe_code,
            reason = "the standard library has no ioctl; the descriptor is open, and the call reads one number"
        )]
        // SAFETY: the descriptor lives until the end of this function, and the argument outlives the call.
        let outcome = unsafe { libc::ioctl(root.as_raw_fd(), SHUTDOWN, &raw const flags) };
        assert_eq!(outcome, 0, "{}", std::io::Error::last_os_error());
    }

    /// Brings the power back: the file system replays its log and is mounted again. Whoever had
    /// files open must have ended.
    pub(crate) fn restore(&mut self) {
        self.unmount().unwrap();
        run("fsck.ext4", &["-p"], &self.image(), None).unwrap();
        self.mount().unwrap();
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted
            && let Err(problem) = self.unmount()
        {
            eprintln!("{} stays mounted: {problem}", self.root().display());
        }
    }
}
