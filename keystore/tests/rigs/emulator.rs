//! The two emulators of KMS. Neither is AWS: what each does otherwise, tests must say.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use super::{http, python};

const READY_WITHIN: Duration = Duration::from_secs(60);
const LAUNCH: &str = include_str!("launch.py");

/// Which emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// MiniStack 1.5.33: has Ed25519, refuses disabled keys, does not notice damage.
    MiniStack,
    /// moto 5.2.5: notices damage, has ReEncrypt, does not refuse disabled keys.
    Moto,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::MiniStack => "ministack",
            Self::Moto => "moto",
        }
    }

    fn requirements(self) -> &'static str {
        match self {
            Self::MiniStack => include_str!("ministack.txt"),
            Self::Moto => include_str!("moto.txt"),
        }
    }

    fn health(self) -> &'static str {
        match self {
            Self::MiniStack => "/_ministack/health",
            Self::Moto => "/moto-api/",
        }
    }
}

/// A running emulator. It is ended by its own id when this is dropped, also by a panic, and ends itself
/// when the test's process is gone.
pub(crate) struct Emulator {
    flavour: Flavour,
    port: u16,
    child: Child,
    // Closed when this process ends, however it ends.
    _leash: Option<ChildStdin>,
    log: PathBuf,
}

impl Emulator {
    /// One for all tests that run at the same time; the last of them to end takes it along.
    pub(crate) fn shared(flavour: Flavour) -> Arc<Self> {
        static MINISTACK: Mutex<Weak<Emulator>> = Mutex::new(Weak::new());
        static MOTO: Mutex<Weak<Emulator>> = Mutex::new(Weak::new());
        let cell = match flavour {
            Flavour::MiniStack => &MINISTACK,
            Flavour::Moto => &MOTO,
        };
        let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
        cell.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start(flavour));
            *cell = Arc::downgrade(&started);
            started
        })
    }

    /// One of its own, for tests that end it or disturb it.
    pub(crate) fn start(flavour: Flavour) -> Self {
        let python = python::interpreter(flavour.name(), flavour.requirements());
        // Somebody else may take the port between the two of us: then another one.
        let mut said = String::new();
        for _ in 0..5 {
            let mut started = Self::launch(flavour, &python, free_port());
            if started.becomes_ready() {
                return started;
            }
            said = started.log();
        }
        panic!("{} did not start: {said}", flavour.name());
    }

    fn launch(flavour: Flavour, python: &PathBuf, port: u16) -> Self {
        let id = std::process::id();
        let log = python::directory().join(format!("{}-{id}-{port}.log", flavour.name()));
        let output = File::create(&log).expect("the log file");
        let mut child = Command::new(python)
            .args(["-c", LAUNCH, flavour.name(), &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(output.try_clone().expect("the log file"))
            .stderr(output)
            .spawn()
            .expect("python starts");
        Self {
            flavour,
            port,
            _leash: child.stdin.take(),
            child,
            log,
        }
    }

    fn becomes_ready(&mut self) -> bool {
        let end = Instant::now() + READY_WITHIN;
        let head = format!("GET {} HTTP/1.1\r\n", self.flavour.health());
        while Instant::now() < end {
            if self.child.try_wait().expect("its state").is_some() {
                return false;
            }
            if http::ask(self.port, &head, "").is_ok_and(|(status, _)| status == 200) {
                // Whoever answered may be another program, while ours did not get the port.
                return self.child.try_wait().expect("its state").is_none();
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Calls an operation of KMS; the answer's body. Panics unless it succeeds.
    pub(crate) fn call(&self, operation: &str, body: &str) -> String {
        let head = format!(
            "POST / HTTP/1.1\r\nX-Amz-Target: TrentService.{operation}\r\n\
             Content-Type: application/x-amz-json-1.1\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=rig/20260101/us-east-1/kms/aws4_request, \
             SignedHeaders=host, Signature=00\r\n"
        );
        let (status, body) = http::ask(self.port, &head, body).expect("the emulator answers");
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    /// Makes a symmetric key; its ARN.
    pub(crate) fn create_key(&self) -> String {
        self.create(r#"{"KeyUsage":"ENCRYPT_DECRYPT","KeySpec":"SYMMETRIC_DEFAULT"}"#)
    }

    /// Makes a key with the parameters of `CreateKey`; its ARN.
    pub(crate) fn create(&self, parameters: &str) -> String {
        let answer = self.call("CreateKey", parameters);
        let arn = answer
            .split("\"Arn\"")
            .nth(1)
            .and_then(|rest| rest.split('"').nth(1));
        arn.expect("an ARN").to_owned()
    }

    /// Stops it without ending it: connections are taken, nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Gives a key an alias, or moves the alias to it.
    pub(crate) fn alias(&self, name: &str, arn: &str, operation: &str) {
        self.call(
            operation,
            &format!(r#"{{"AliasName":"{name}","TargetKeyId":"{arn}"}}"#),
        );
    }

    /// Calls an operation that takes nothing but a key, for example `DisableKey`.
    pub(crate) fn on_key(&self, operation: &str, arn: &str) {
        // moto breaks down over an ARN here.
        let arn = arn.rsplit('/').next().unwrap_or(arn);
        self.call(operation, &format!(r#"{{"KeyId":"{arn}"}}"#));
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A test that failed leaves it behind.
        if !thread::panicking() {
            let _ = fs::remove_file(&self.log);
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
