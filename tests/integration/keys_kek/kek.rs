//! Where a KEK comes from, and daemons under it.

use super::*;

/// Where a KEK comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kek {
    /// A passphrase in a file of this name.
    Passphrase(&'static str),
    /// The environment.
    Environment,
}

pub(super) const A: Kek = Kek::Passphrase("passphrase-a");
pub(super) const B: Kek = Kek::Passphrase("passphrase-b");

impl Kek {
    pub(super) fn file(self, place: &Place) -> PathBuf {
        match self {
            Self::Passphrase(name) => place.file(name),
            Self::Environment => unreachable!("it has no file"),
        }
    }

    pub(super) fn section(self, place: &Place, heading: &str) -> String {
        let source = match self {
            Self::Passphrase(_) => format!(
                "provider = \"passphrase-file\"\npath = {:?}\n",
                self.file(place)
            ),
            Self::Environment => {
                format!("provider = \"environment\"\nvariable = \"{VARIABLE}\"\n")
            }
        };
        format!("{heading}\n{source}")
    }
}

/// The command that runs a daemon under these KEKs.
fn serve(place: &Place, kek: Kek, previous: &[Kek]) -> Command {
    let mut text = format!("data = {:?}\n", place.data());
    text.push_str(&kek.section(place, "[kek]"));
    for previous in previous {
        text.push_str(&previous.section(place, "[[previous-kek]]"));
    }
    let file = place.file("indelible.toml");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(INDELIBLE);
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(file)
        .env(VARIABLE, ENVIRONMENT_KEK)
        .stdin(Stdio::null());
    command
}

pub(super) async fn start(place: &Place, kek: Kek, previous: &[Kek]) -> Daemon {
    let mut daemon = Daemon::spawn(serve(place, kek, previous), place).unwrap();
    daemon.await_serving().await;
    daemon
}

/// A start under these KEKs is refused; returns what is said.
pub(super) fn refused(place: &Place, kek: Kek, previous: &[Kek]) -> String {
    let daemon = Daemon::spawn(serve(place, kek, previous), place).unwrap();
    let (status, log) = daemon.wait();
    assert!(!status.success(), "{log}");
    log
}
