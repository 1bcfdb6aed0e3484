//! `indelible export`: an evidence bundle.

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{
    ExportBundleRequest, ExportBundleResponse, GetLedgerRequest, Ledger, LedgerState,
};
use serde::Serialize;
use tonic::Streaming;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        in_archive::lacking,
        output::Output,
        pending_file::{Inputs, PendingFile, Readers},
        progress::{Progress, Unit},
        range::Bounds,
        size::bytes_for_people,
    },
};

const COMPRESSION_LEVEL: i32 = 3;
/// The frame's window is 2 MiB: a verifier needs no more memory than that, and may refuse more than 8 MiB.
const WINDOW_LOG: u32 = 21;

/// Export an evidence bundle: one file with all that an auditor needs
///
/// `indelible-verify FILE --key KEY` verifies it, offline. The file appears when it is complete. Where the archive can't be read,
/// the bundle proves its records without the contents that are in it, and the exit code is 6, unless --without-archived says so.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Name or origin
    ledger: String,
    /// A name that ends with .tar.zst or .tar, or `-` for a tar on standard output
    #[arg(long, value_name = "FILE|-")]
    out: PathBuf,
    #[command(flatten)]
    bounds: Bounds,
    /// Leave out the payloads: the bundle says that they are withheld
    #[arg(long)]
    withhold_payloads: bool,
    /// Leave what is archived in the archive: the bundle says that it is archived
    #[arg(long)]
    without_archived: bool,
    /// Disclose the keys of the events that are encrypted: anybody who has the bundle can read them, for ever
    ///
    /// Each key opens one event and no other. Without this the bundle proves what is encrypted, and nobody can read it.
    /// A copy of the bundle opens also what is erased later, so hand it only to those who may keep it.
    #[arg(long)]
    disclose_keys: bool,
    /// Why, for the ledger's access trail; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", requires = "disclose_keys")]
    purpose: Option<String>,
}

impl Export {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (disclosed, ledger) = (self.disclose_keys, self.ledger.clone());
        let request = ExportBundleRequest {
            ledger: self.ledger,
            withhold_payloads: self.withhold_payloads,
            without_archived: self.without_archived,
            disclose_keys: self.disclose_keys,
            purpose: self.purpose.unwrap_or_default(),
            selection: self.bounds.selection()?,
        };
        let file = match self.out.as_os_str() == "-" {
            true => None,
            false => Some(BundleFile::create(
                &mut session.output,
                &self.out,
                &Inputs::NONE,
            )?),
        };
        let mut client = session.connection.open().await?;
        let stream = client.export_bundle(request).await?.into_inner();
        let progress = Progress::new(&session.output, "exporting", Unit::Bytes);
        let Some(file) = file else {
            let output = session.output.writer();
            let copied = copy(stream, output, CliError::Output, progress).await?;
            copied.check()?;
            copied.tell(session, disclosed);
            tell_of_unsigned(session, ledger).await;
            return copied.check_contents();
        };
        let exported = to_file(stream, file, progress).await?;
        exported.tell(session, disclosed);
        tell_of_unsigned(session, ledger).await;
        report(session, &self.out, &exported)?;
        exported.check_contents()
    }
}

/// Says which records the bundle can't have: nothing is signed for a ledger that takes no records. Whoever may export
/// and not look at the ledger is told nothing.
async fn tell_of_unsigned(session: &mut Session, ledger: String) {
    let Some(ledger) = described(session, ledger).await else {
        return;
    };
    let signs = matches!(ledger.state(), LedgerState::Open | LedgerState::ReadOnly);
    let unsigned = ledger.size.saturating_sub(ledger.published_size);
    if !signs && unsigned > 0 {
        session.output.warn(format_args!(
            "{}, from {} on, no published checkpoint covers, and none is made while the ledger is as it is: they are not in the \
             bundle. `indelible list {} --from {}` shows them",
            counted(unsigned, "stored record", "stored records"),
            ledger.published_size,
            ledger.origin,
            ledger.published_size
        ));
    }
}

async fn described(session: &Session, ledger: String) -> Option<Ledger> {
    let mut client = session.connection.open().await.ok()?;
    let request = session.connection.request(GetLedgerRequest { ledger });
    client.get_ledger(request).await.ok()?.into_inner().ledger
}

/// What was exported.
struct Exported {
    records: u64,
    tar_bytes: u64,
    /// Nothing where the daemon does not say it.
    disclosed_keys: Option<u64>,
    /// Records with something that is in the archive, and could not be read there.
    archive_away: u64,
}

impl Exported {
    /// Refuses to call whole what lacks contents that it was to have.
    fn check_contents(&self) -> Result<(), CliError> {
        match self.archive_away {
            0 => Ok(()),
            count => Err(lacking("the bundle", count, "")),
        }
    }

    /// Says whether the bundle opens anything, where it was to.
    fn tell(&self, session: &mut Session, was_to_disclose: bool) {
        match self.disclosed_keys {
            _ if !was_to_disclose => {}
            Some(0) => session.output.remark(
                "the bundle discloses no event key: nothing in it is encrypted and still there",
            ),
            _ => session.output.remark(
                "the bundle discloses event keys: anybody who gets a copy can read what is encrypted in it, \
                 even after an erasure",
            ),
        }
    }

    /// A tar is never empty and comes in blocks.
    fn check(&self) -> Result<(), CliError> {
        if self.tar_bytes == 0 || !self.tar_bytes.is_multiple_of(512) {
            return Err(CliError::Answer("the bundle is cut"));
        }
        Ok(())
    }
}

async fn to_file(
    stream: Streaming<ExportBundleResponse>,
    mut file: BundleFile,
    progress: Progress,
) -> Result<Exported, CliError> {
    let path = file.path().to_owned();
    let failed = |source| CliError::file(&path, source);
    let exported = copy(stream, &mut file, failed, progress).await?;
    exported.check()?;
    file.finish()?;
    Ok(exported)
}

/// A bundle's file, compressed where its name says so. It appears under its name once it is finished.
pub(crate) struct BundleFile {
    path: PathBuf,
    form: BundleForm,
}

enum BundleForm {
    Plain(PendingFile),
    Packed(Box<zstd::stream::write::Encoder<'static, PendingFile>>),
}

impl BundleFile {
    /// Begins a file.
    ///
    /// # Errors
    /// If the name is not a bundle's, or the file can't be made.
    pub(crate) fn create(
        output: &mut Output,
        path: &Path,
        inputs: &Inputs,
    ) -> Result<Self, CliError> {
        let name = path.to_string_lossy();
        let mut begin = || output.create(path, Readers::Owner, inputs);
        let form = if name.ends_with(".tar.zst") {
            let encoder = encoder(begin()?);
            let encoder = encoder.map_err(|source| CliError::file(path, source))?;
            BundleForm::Packed(Box::new(encoder))
        } else if name.ends_with(".tar") {
            BundleForm::Plain(begin()?)
        } else {
            return Err(CliError::Usage(format!(
                "{name}: a bundle's name ends with .tar.zst or .tar"
            )));
        };
        Ok(Self {
            path: path.to_owned(),
            form,
        })
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it on disk, under its name.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        let file = match self.form {
            BundleForm::Plain(file) => file,
            BundleForm::Packed(encoder) => encoder
                .finish()
                .map_err(|source| CliError::file(&self.path, source))?,
        };
        file.finish()
    }
}

impl Write for BundleFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.form {
            BundleForm::Plain(file) => file.write(bytes),
            BundleForm::Packed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            BundleForm::Plain(file) => file.flush(),
            BundleForm::Packed(encoder) => encoder.flush(),
        }
    }
}

/// One frame, with a checksum of its own.
fn encoder<W: Write>(output: W) -> io::Result<zstd::stream::write::Encoder<'static, W>> {
    let mut encoder = zstd::stream::write::Encoder::new(output, COMPRESSION_LEVEL)?;
    encoder.window_log(WINDOW_LOG)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

async fn copy(
    mut stream: Streaming<ExportBundleResponse>,
    output: &mut dyn Write,
    failed: impl Fn(io::Error) -> CliError,
    mut progress: Progress,
) -> Result<Exported, CliError> {
    let (mut records, mut tar_bytes, mut disclosed_keys, mut archive_away) = (0, 0, None, 0);
    while let Some(piece) = stream.message().await? {
        output.write_all(&piece.chunk).map_err(&failed)?;
        records = records.max(piece.record_count);
        disclosed_keys = disclosed_keys.or(piece.disclosed_key_count);
        archive_away = archive_away.max(piece.archive_away_count);
        tar_bytes += piece.chunk.len() as u64;
        progress.set(tar_bytes, None);
    }
    Ok(Exported {
        records,
        tar_bytes,
        disclosed_keys,
        archive_away,
    })
}

fn report(session: &mut Session, path: &Path, exported: &Exported) -> Result<(), CliError> {
    let length = path
        .metadata()
        .map_err(|source| CliError::file(path, source))?
        .len();
    session.output.answer(&ExportAnswer {
        file: path.display().to_string(),
        records: exported.records,
        tar_bytes: exported.tar_bytes,
        file_bytes: length,
        records_lacking_archived: exported.archive_away,
    })
}

/// A bundle in a file.
#[derive(Serialize)]
struct ExportAnswer {
    file: String,
    records: u64,
    tar_bytes: u64,
    file_bytes: u64,
    /// Those of the records with something that is in the archive, and could not be read there.
    records_lacking_archived: u64,
}

impl fmt::Display for ExportAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            records,
            tar_bytes,
            file_bytes,
            records_lacking_archived: _,
        } = self;
        write!(
            f,
            "{file}: {}, {} ({} unpacked)",
            counted(*records, "record", "records"),
            bytes_for_people(*file_bytes),
            bytes_for_people(*tar_bytes)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_one_frame_with_a_small_window_and_a_checksum() {
        let tar = vec![7; 3 * 1024 * 1024];
        let mut packed = Vec::new();
        let mut encoder = encoder(&mut packed).expect("an encoder");
        encoder.write_all(&tar).expect("packed");
        encoder.finish().expect("packed");
        let descriptor = packed[4];
        assert_eq!(descriptor & 0b100, 0b100, "a checksum");
        assert_eq!(descriptor & 0b10_0000, 0, "not a single segment");
        let window = 1_u64 << (10 + (packed[5] >> 3));
        assert!(window <= 8 * 1024 * 1024, "a window of {window}");
        assert_eq!(zstd::decode_all(&packed[..]).expect("unpacked"), tar);
    }
}
