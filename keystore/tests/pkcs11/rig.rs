//! A process, a directory and a token for each test.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use indelible_keystore::{KeyError, Pin, Pkcs11Options, Pkcs11Provider, ProviderFault};
use zeroize::Zeroizing;

pub(crate) const TOKEN: &str = "indelible tests";
pub(crate) const OTHER_TOKEN: &str = "another token";
pub(crate) const KEY: &str = "kek";
pub(crate) const PIN: &str = "correct-horse-7";
const SO_PIN: &str = "battery-staple-8";
const CHILD: &str = "INDELIBLE_TEST_TOKEN_DIRECTORY";

/// Which module a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    SoftHsm,
    Kryoptic,
    /// SoftHSM behind a module that does as it is told.
    Faulty,
}

/// What a test works with, in its own process.
pub(crate) struct Rig {
    pub(crate) make: Make,
    pub(crate) module: PathBuf,
    pub(crate) directory: PathBuf,
}

/// Runs a case in a process of its own, whose environment names a new token directory.
pub(crate) fn apart(module: &str, case: &str, make: Make, body: fn(&Rig)) {
    if let Some(directory) = env::var_os(CHILD) {
        let directory = PathBuf::from(directory);
        let rig = Rig {
            make,
            module: module_path(make, &directory),
            directory,
        };
        rig.make_token(TOKEN);
        body(&rig);
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    configure(make, path);
    // The name as the test harness has it: without the crate's.
    let name = module.split_once("::").expect("a path").1;
    let output = Command::new(env::current_exe().expect("this program"))
        .args([&format!("{name}::{case}"), "--exact", "--nocapture"])
        .env(CHILD, path)
        .env("SOFTHSM2_CONF", path.join("softhsm2.conf"))
        .env("KRYOPTIC_CONF", path.join("kryoptic.conf"))
        .env("FAULTY_REAL", softhsm())
        .env("FAULTY_ORDERS", path.join("orders"))
        .env("FAULTY_LOG", path.join("log"))
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

fn configure(make: Make, directory: &Path) {
    let shown = directory.display();
    match make {
        Make::SoftHsm | Make::Faulty => {
            fs::create_dir(directory.join("tokens")).expect("a directory");
            let text = format!(
                "directories.tokendir = {shown}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
            );
            fs::write(directory.join("softhsm2.conf"), text).expect("it is written");
        }
        Make::Kryoptic => {
            let slot = |number| {
                format!(
                    "[[slots]]\nslot = {number}\ndbtype = \"sqlite\"\ndbargs = \"{shown}/{number}.sql\"\n"
                )
            };
            fs::write(directory.join("kryoptic.conf"), slot(1) + &slot(2)).expect("it is written");
        }
    }
}

/// SoftHSM as Debian installs it; `scripts/setup test` sees to that.
fn softhsm() -> PathBuf {
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
    .expect("SoftHSM is installed: run scripts/setup test")
}

fn module_path(make: Make, directory: &Path) -> PathBuf {
    match make {
        Make::SoftHsm => softhsm(),
        Make::Kryoptic => kryoptic(),
        Make::Faulty => {
            let (source, built) = (
                Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pkcs11/faulty_module.c"),
                directory.join("faulty_module.so"),
            );
            succeed(
                Command::new("cc")
                    .args(["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o"])
                    .args([&built, &source])
                    .arg("-ldl"),
            );
            built
        }
    }
}

/// Builds Kryoptic, the first time in a target directory.
fn kryoptic() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/rigs/kryoptic");
            let output = succeed(&mut Command::new(script));
            let text = String::from_utf8(output.stdout).expect("a path");
            PathBuf::from(text.trim_end())
        })
        .clone()
}

pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

impl Rig {
    /// Prepares a token, from another process: what is prepared once for a process is the provider's here.
    pub(crate) fn make_token(&self, label: &str) {
        match self.make {
            Make::SoftHsm | Make::Faulty => {
                succeed(Command::new("softhsm2-util").args([
                    "--init-token",
                    "--free",
                    "--label",
                    label,
                    "--so-pin",
                    SO_PIN,
                    "--pin",
                    PIN,
                ]));
            }
            Make::Kryoptic => {
                let slot = if label == TOKEN { "1" } else { "2" };
                let tool = || {
                    let mut tool = Command::new("pkcs11-tool");
                    tool.arg("--module")
                        .arg(&self.module)
                        .args(["--slot", slot]);
                    tool
                };
                succeed(tool().args(["--init-token", "--label", label, "--so-pin", SO_PIN]));
                succeed(tool().args([
                    "--login",
                    "--login-type",
                    "so",
                    "--so-pin",
                    SO_PIN,
                    "--init-pin",
                    "--pin",
                    PIN,
                ]));
            }
        }
    }

    /// Options that make the KEK if it is not there.
    pub(crate) fn options(&self) -> Pkcs11Options {
        let mut options = Pkcs11Options::new(&self.module, TOKEN, KEY);
        options.create = true;
        options
    }

    pub(crate) fn open(&self) -> Pkcs11Provider {
        self.try_open(self.options(), PIN).expect("it opens")
    }

    pub(crate) fn try_open(
        &self,
        options: Pkcs11Options,
        text: &str,
    ) -> Result<Pkcs11Provider, KeyError> {
        Pkcs11Provider::open(options, pin(text).into())
    }

    /// A session of the test's own, past the provider. The module must be prepared already.
    pub(crate) fn session(&self) -> (Pkcs11, Slot, Session) {
        let library = Pkcs11::new(&self.module).expect("it loads");
        let slot = slot_of(&library, TOKEN);
        let session = library.open_rw_session(slot).expect("a session");
        (library, slot, session)
    }

    /// The same, with the module prepared and the token logged in to by the test.
    pub(crate) fn session_alone(&self) -> (Pkcs11, Session) {
        let library = Pkcs11::new(&self.module).expect("it loads");
        library
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .expect("it is prepared");
        let session = library
            .open_rw_session(slot_of(&library, TOKEN))
            .expect("a session");
        session
            .login(UserType::User, Some(&AuthPin::new(PIN.into())))
            .expect("it logs in");
        (library, session)
    }

    /// Tells the faulty module how to behave from now on.
    pub(crate) fn order(&self, orders: &str) {
        // In one step, for the module reads it at any time.
        let next = self.directory.join("orders.tmp");
        fs::write(&next, orders).expect("it is written");
        fs::rename(next, self.directory.join("orders")).expect("it is renamed");
    }

    /// How many logins the faulty module has seen.
    pub(crate) fn logins(&self) -> usize {
        fs::read_to_string(self.directory.join("log"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}

fn slot_of(library: &Pkcs11, label: &str) -> Slot {
    library
        .get_slots_with_token()
        .expect("slots")
        .into_iter()
        .find(|slot| {
            library
                .get_token_info(*slot)
                .is_ok_and(|facts| facts.label() == label)
        })
        .expect("the token is there")
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(Zeroizing::new(text.as_bytes().to_vec())).expect("the PIN is fit")
}

/// The fault of an error, and what was said of it.
pub(crate) fn fault<T>(outcome: Result<T, KeyError>) -> (ProviderFault, String) {
    match outcome {
        Err(KeyError::Provider { fault, detail, .. }) => (fault, detail),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was to be refused"),
    }
}
