//! How quickly a stranger verifies an exported bundle, and with how much memory.

use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use indelible_proto::v1::ExportBundleRequest;

use crate::{
    Options,
    daemon::{Daemon, LEDGER},
    figures::Figures,
    load,
};

/// How hard the compressed bundle is compressed: zstd's default.
const LEVEL: i32 = 3;

/// Exports a filled ledger, then verifies the bundle compressed and as plain tar.
pub(crate) fn measure(
    options: &Options,
    records: u64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    let daemon = Daemon::start_fresh(options)?;
    load::fill(options, daemon.address(), LEDGER, records)?;
    daemon.settle(LEDGER)?;
    let ledger = daemon.ledger(LEDGER)?;
    let scratch = tempfile::tempdir_in(&options.scratch)?;
    let bundle = scratch.path().join("bundle.tar");
    let start = Instant::now();
    daemon.runtime().block_on(export(&daemon, &bundle))?;
    let size = ledger.size as f64;
    figures.note(
        "export.records_per_second",
        size / start.elapsed().as_secs_f64(),
    );
    figures.note(
        "export.bytes_per_record",
        fs::metadata(&bundle)?.len() as f64 / size,
    );
    daemon.stop()?;

    let key = ledger.verifier_key;
    verify(options, "verify.tar", &bundle, &key, size, figures)?;
    let compressed = scratch.path().join("bundle.tar.zst");
    zstd::stream::copy_encode(File::open(&bundle)?, File::create(&compressed)?, LEVEL)?;
    let compressed_bytes = fs::metadata(&compressed)?.len() as f64;
    figures.note("export.zstd_bytes_per_record", compressed_bytes / size);
    verify(options, "verify.tar_zst", &compressed, &key, size, figures)?;
    refuses_altered(options, &bundle, &key)
}

/// A program that looks at nothing would be the quickest: the one that was measured
/// must refuse the same bundle with a bit of it flipped.
fn refuses_altered(options: &Options, bundle: &Path, key: &str) -> Result<(), Box<dyn Error>> {
    let file = File::options().read(true).write(true).open(bundle)?;
    let middle = file.metadata()?.len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle)?;
    file.write_all_at(&[byte[0] ^ 1], middle)?;
    let mut command = Command::new(&options.verifier);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = quiet.arg(bundle).args(["--key", key]).status()?;
    match status.success() {
        true => {
            Err("the verifier accepts a bundle with a bit flipped: its speed means nothing".into())
        }
        false => Ok(()),
    }
}

async fn export(daemon: &Daemon, bundle: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = File::create(bundle)?;
    let request = ExportBundleRequest {
        ledger: LEDGER.into(),
        ..Default::default()
    };
    let mut pieces = daemon
        .client()
        .await?
        .export_bundle(request)
        .await?
        .into_inner();
    while let Some(piece) = pieces.message().await? {
        file.write_all(&piece.chunk)?;
    }
    Ok(())
}

fn verify(
    options: &Options,
    name: &str,
    bundle: &Path,
    key: &str,
    size: f64,
    figures: &mut Figures,
) -> Result<(), Box<dyn Error>> {
    const TIME_MAX: Duration = Duration::from_secs(600);
    let start = Instant::now();
    let mut command = Command::new(&options.verifier);
    let mut child = command.arg(bundle).args(["--key", key]).spawn()?;
    let mut memory_kib = 0;
    let status = loop {
        memory_kib = memory_kib.max(peak_memory_kib(child.id()));
        match child.try_wait()? {
            Some(status) => break status,
            None if start.elapsed() > TIME_MAX => {
                child.kill()?;
                return Err("the verifier did not end within ten minutes".into());
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the bundle did not verify: {status}").into());
    }
    figures.note(&format!("{name}.records_per_second"), size / seconds);
    figures.note(
        &format!("{name}.peak_memory_mib"),
        memory_kib as f64 / 1024.0,
    );
    Ok(())
}

/// The most memory that a process has had, 0 when it has ended.
fn peak_memory_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
