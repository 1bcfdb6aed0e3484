//! Python environments for the emulators, made once below the target directory.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// Where everything that tests install lives.
pub(super) fn directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target directory")
        .join("rigs")
}

/// The Python of an environment that holds exactly these requirements. The first call installs them,
/// which needs a package index; others wait for it, in this process and in all others.
pub(super) fn interpreter(name: &str, requirements: &str) -> PathBuf {
    let (root, home) = (directory(), directory().join(name));
    fs::create_dir_all(&root).expect("the directory of the rigs");
    let lock = File::create(root.join(format!("{name}.lock"))).expect("the lock file");
    lock.lock().expect("the lock");
    let (python, installed) = (home.join("bin/python"), home.join("installed.txt"));
    if fs::read_to_string(&installed).is_ok_and(|found| found == requirements) {
        return python;
    }
    if home.exists() {
        fs::remove_dir_all(&home).expect("the half-made environment is removed");
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&home));
    let list = root.join(format!("{name}.txt"));
    fs::write(&list, requirements).expect("the requirements are written");
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--requirement",
    ];
    run(Command::new(&python).args(pip).arg(&list));
    // Last, so that an installation that was cut short is begun again.
    fs::write(&installed, requirements).expect("the mark is written");
    python
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .expect("python3 is installed: scripts/setup test");
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
