//! Appends over each transport, in turn: plain TCP, a Unix socket, and TLS where both sides show certificates and every
//! call is held against bindings.

use std::{
    error::Error,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    Options,
    daemon::{Daemon, Home},
    figures::Figures,
    load::{WARM_UP, bench_as},
    process::{free_address, output},
    signed::median,
};

const STREAM: [&str; 3] = ["stream", "--in-flight", "16"];
const UNARY: [&str; 3] = ["unary", "--in-flight", "64"];

/// A workload over one transport, beside the same over plain TCP, and the share that is aimed for.
const AIMS: [(&str, [&str; 3], Transport, f64); 3] = [
    ("stream", STREAM, Transport::MutualTls, 0.8),
    ("unary_64", UNARY, Transport::MutualTls, 0.75),
    ("unary_64", UNARY, Transport::Unix, 0.95),
];

#[derive(Clone, Copy)]
enum Transport {
    Plain,
    Unix,
    MutualTls,
}

impl Transport {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Unix => "unix",
            Self::MutualTls => "mutual_tls",
        }
    }
}

/// Takes turns: each workload over plain TCP and over the other transport, on fresh daemons, so many times.
pub(crate) fn measure(
    options: &Options,
    rounds: u32,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let mut rows = Vec::new();
    for (name, workload, transport, aim) in AIMS {
        let (mut plain, mut other, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let beside = rate(options, Transport::Plain, &workload)?;
            let ours = rate(options, transport, &workload)?;
            plain.push(beside);
            other.push(ours);
            shares.push(ours / beside);
        }
        let spread = shares
            .iter()
            .copied()
            .fold((f64::MAX, 0.0), |(least, most): (f64, f64), share| {
                (least.min(share), most.max(share))
            });
        let over = transport.name();
        let share = median(shares);
        figures.note(&format!("{over}.{name}.plain_per_second"), median(plain));
        figures.note(&format!("{over}.{name}.events_per_second"), median(other));
        figures.note(&format!("{over}.{name}.share"), share);
        let outcome = if share >= aim { "reached" } else { "missed" };
        rows.push(format!(
            "| {over} | {name} | {share:.3} ({:.3} to {:.3}) | at least {aim}: {outcome} |",
            spread.0, spread.1
        ));
    }
    println!("\n| over | workload | share of plain TCP | aim |\n| --- | --- | ---: | --- |");
    println!("{}", rows.join("\n"));
    Ok(())
}

/// Events that a fresh daemon acknowledges in a second.
fn rate(options: &Options, transport: Transport, workload: &[&str]) -> Result<f64, Box<dyn Error>> {
    let home = Home::fresh(options)?;
    let folder = fs::canonicalize(home.path())?;
    let address = free_address()?;
    let socket = format!("unix:{}", folder.join("socket").display());
    let tcp = address.to_string();
    let config = folder.join("indelible.toml");
    let (place, shown) = match transport {
        Transport::Plain => (format!("http://{tcp}"), Vec::new()),
        Transport::Unix => (socket.clone(), Vec::new()),
        Transport::MutualTls => {
            let certificates = Certificates::make(&folder)?;
            fs::write(&config, certificates.configuration())?;
            (format!("https://{tcp}"), certificates.shown())
        }
    };
    let mut arguments = ["--listen", &tcp, "--listen", &socket]
        .map(OsStr::new)
        .to_vec();
    if config.exists() {
        arguments.extend([OsStr::new("--config"), config.as_os_str()]);
    }
    let daemon = Daemon::start_with(options, home, address, socket.clone(), &arguments)?;
    let (seconds, warm_up) = (options.seconds.to_string(), WARM_UP.to_string());
    let time = [
        "--duration",
        &seconds,
        "--warm-up",
        &warm_up,
        "--address",
        &place,
    ];
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let whole = [workload, &time, &shown].concat();
    let report = bench_as(&options.indelible, &whole, options.seconds)?;
    daemon.stop()?;
    let failures = report["failures"]
        .as_object()
        .map_or(0, serde_json::Map::len);
    if failures > 0 {
        return Err(format!("appends failed: {}", report["failures"]).into());
    }
    report["events_per_second"]
        .as_f64()
        .ok_or_else(|| "a report without a rate".into())
}

/// An authority, and what it vouches for: the daemon and one client.
struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    const CLIENT: &'static str = "bench.example.org";

    fn make(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let made = Self {
            folder: folder.to_owned(),
        };
        let authority = [
            "-subj",
            "/CN=authority",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        ];
        made.request("ca", &authority, &[])?;
        made.vouch("daemon", "subjectAltName=IP:127.0.0.1")?;
        made.vouch("client", &format!("subjectAltName=DNS:{}", Self::CLIENT))?;
        Ok(made)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn vouch(&self, name: &str, who: &str) -> Result<(), Box<dyn Error>> {
        let (ca, key) = (self.file("ca.pem"), self.file("ca.key"));
        let subject = [
            "-subj",
            "/CN=bench",
            "-addext",
            who,
            "-addext",
            "basicConstraints=CA:FALSE",
        ];
        self.request(name, &subject, &["-CA", &ca, "-CAkey", &key])
    }

    fn request(&self, name: &str, what: &[&str], by: &[&str]) -> Result<(), Box<dyn Error>> {
        let (chain, key) = (
            self.file(&format!("{name}.pem")),
            self.file(&format!("{name}.key")),
        );
        let mut command = Command::new("openssl");
        command
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-noenc", "-days", "2", "-out", &chain, "-keyout", &key])
            .args(what)
            .args(by);
        output(&mut command, Duration::from_secs(10)).map(drop)
    }

    fn configuration(&self) -> String {
        let (chain, key, ca) = (
            self.file("daemon.pem"),
            self.file("daemon.key"),
            self.file("ca.pem"),
        );
        format!(
            "[tls]\ncertificate = \"{chain}\"\nkey = \"{key}\"\nclient_ca = \"{ca}\"\n\
             client_certificates = \"required\"\n\n\
             [[access]]\nprincipals = [\"dns:{}\"]\nroles = [\"writer\", \"operator\"]\non = [\"*\"]\n",
            Self::CLIENT
        )
    }

    /// What the client shows, and what it holds the daemon against.
    fn shown(&self) -> Vec<String> {
        [
            ("--ca", "ca.pem"),
            ("--cert", "client.pem"),
            ("--cert-key", "client.key"),
        ]
        .into_iter()
        .flat_map(|(option, name)| [option.to_owned(), self.file(name)])
        .collect()
    }
}
