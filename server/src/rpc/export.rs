//! ExportBundle: a bundle written on a thread of its own into a bounded channel, piece by piece.

use std::io;

use bytes::{Bytes, BytesMut};
use indelible_evidence::bundle::{
    FileSource as _, Manifest, TarSource, manifest::MANIFEST_BYTES_MAX,
};
use indelible_ledger::{ExportForm, ExportSummary, Ledger, Selection, SystemFact};
use indelible_proto::v1;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::Act,
    authorise::{Action, Caller, Gate, Scope},
    convert::selection::selection,
    opened::Opened,
    read::opening,
    refusal::Refusal,
    slots::Slots,
};
use crate::limits::{EXPORT_CHUNK_BYTES, EXPORT_CHUNKS_AHEAD_MAX, OPENED_MESSAGES_AHEAD_MAX};

type Chunk = Result<v1::ExportBundleResponse, Status>;

pub(super) type Exporting = ReceiverStream<Chunk>;

pub(super) async fn export_bundle(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::ExportBundleRequest>,
) -> Result<Response<Exporting>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Export, Scope::Ledger(&request.ledger))?;
    let form = ExportForm {
        withhold_payloads: request.withhold_payloads,
        without_archived: request.without_archived,
        disclose_keys: opening(
            gate,
            &caller,
            &request.ledger,
            (Action::ExportOpened, "export"),
            request.disclose_keys,
            &request.purpose,
        )?,
    };
    let selection = selection(request.selection.as_ref()).map_err(Refusal::violation)?;
    if selection.as_of.is_some() {
        let problem = "must be 0, since a bundle is always under the newest checkpoint";
        return Err(Refusal::field("selection.as_of_size", problem).into());
    }
    let selection = selection.bounds;
    let slot = slots.export()?;
    let truth = |truth| SystemFact::Boolean(truth);
    let facts = vec![
        ("keys_disclosed", truth(form.disclose_keys.is_some())),
        ("payloads_withheld", truth(form.withhold_payloads)),
        ("archived_left_out", truth(form.without_archived)),
    ];
    let act = permit.begin("ExportBundle", facts).await?;
    let ledger = act.ledger()?.clone();
    let opened = form.disclose_keys.as_ref().map(|_| Opened::begin(&ledger));
    let ahead = match opened {
        Some(_) => OPENED_MESSAGES_AHEAD_MAX,
        None => EXPORT_CHUNKS_AHEAD_MAX,
    };
    let (sender, receiver) = mpsc::channel(ahead);
    tokio::task::spawn_blocking(move || {
        export(act, &ledger, selection, &form, sender);
        drop(slot);
    });
    let answer = Response::new(ReceiverStream::new(receiver));
    Ok(Opened::attach(opened, answer))
}

fn export(
    act: Act,
    ledger: &Ledger,
    selection: Selection,
    form: &ExportForm,
    sender: mpsc::Sender<Chunk>,
) {
    let mut chunks = ChunkWriter::new(sender);
    let outcome = ledger.export(selection, form, &mut chunks);
    let refused = match outcome {
        Ok(exported) if chunks.finish(&exported).is_ok() => {
            act.done(vec![
                ("first", SystemFact::Uint(exported.from)),
                ("last", SystemFact::Uint(exported.to.saturating_sub(1))),
                ("checkpoint_size", SystemFact::Uint(exported.size)),
                ("bytes", SystemFact::Uint(exported.bytes)),
                ("archive_away", SystemFact::Uint(exported.archive_away)),
            ]);
            return;
        }
        _ if chunks.is_given_up => {
            act.cancelled(Vec::new());
            return;
        }
        Ok(_) => Refusal::internal(&"the end of a bundle could not be sent"),
        Err(error) => Refusal::from(error),
    };
    act.refused(&refused);
    let _gone = chunks.sender.blocking_send(Err(refused.into()));
}

/// How many records a bundle holds, as its first file says: the manifest, which is much smaller than
/// a piece. It is for showing progress; 0 if the piece does not begin a bundle.
fn record_count(first: &[u8]) -> u64 {
    manifest(first).map_or(0, |manifest| manifest.to() - manifest.from())
}

fn manifest(first: &[u8]) -> Option<Manifest> {
    let mut tar = TarSource::new(first);
    let size = tar.open("manifest").ok()?.min(MANIFEST_BYTES_MAX);
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    let mut filled = 0;
    while filled < bytes.len() {
        match tar.read(&mut bytes[filled..]).ok()? {
            0 => return None,
            read => filled += read,
        }
    }
    Manifest::parse(&bytes).ok()
}

/// Cuts what is written into pieces, and waits while the client does not take them.
struct ChunkWriter {
    sender: mpsc::Sender<Chunk>,
    buffer: BytesMut,
    first: bool,
    /// Whether the client was gone when there was something to send.
    is_given_up: bool,
}

impl ChunkWriter {
    fn new(sender: mpsc::Sender<Chunk>) -> Self {
        Self {
            sender,
            buffer: BytesMut::new(),
            first: true,
            is_given_up: false,
        }
    }

    /// Sends what is left, and then how many keys were disclosed, where some were to be, and what could not be read.
    fn finish(&mut self, exported: &ExportSummary) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.send()?;
        }
        let last = v1::ExportBundleResponse {
            disclosed_key_count: exported.disclosed_keys,
            archive_away_count: exported.archive_away,
            ..v1::ExportBundleResponse::default()
        };
        match last == v1::ExportBundleResponse::default() {
            true => Ok(()),
            false => self.message(last),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let chunk: Bytes = self.buffer.split().freeze();
        let record_count = if std::mem::take(&mut self.first) {
            record_count(&chunk)
        } else {
            0
        };
        self.message(v1::ExportBundleResponse {
            chunk,
            record_count,
            ..v1::ExportBundleResponse::default()
        })
    }

    fn message(&mut self, message: v1::ExportBundleResponse) -> io::Result<()> {
        self.sender.blocking_send(Ok(message)).map_err(|_gone| {
            self.is_given_up = true;
            io::Error::new(io::ErrorKind::BrokenPipe, "the client is gone")
        })
    }
}

impl io::Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.capacity() == 0 {
            self.buffer.reserve(EXPORT_CHUNK_BYTES);
        }
        let taken = bytes.len().min(EXPORT_CHUNK_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == EXPORT_CHUNK_BYTES {
            self.send()?;
        }
        Ok(taken)
    }

    /// Pieces are sent when they are full; [`ChunkWriter::finish`] sends the last one.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn pieces_are_of_one_size_but_the_last() {
        let (sender, mut receiver) = mpsc::channel(EXPORT_CHUNKS_AHEAD_MAX);
        let bytes: Vec<u8> = (0..EXPORT_CHUNK_BYTES * 2 + 17).map(|n| n as u8).collect();
        let mut writer = ChunkWriter::new(sender);
        for piece in bytes.chunks(1_000) {
            writer.write_all(piece).unwrap();
        }
        writer.finish(&exported(None, 0)).unwrap();
        drop(writer);
        let mut lengths = Vec::new();
        let mut received = Vec::new();
        while let Some(chunk) = receiver.blocking_recv() {
            let chunk = chunk.unwrap().chunk;
            lengths.push(chunk.len());
            received.extend_from_slice(&chunk);
        }
        assert_eq!(lengths, [EXPORT_CHUNK_BYTES, EXPORT_CHUNK_BYTES, 17]);
        assert!(received == bytes);
    }

    fn exported(disclosed_keys: Option<u64>, archive_away: u64) -> ExportSummary {
        ExportSummary {
            from: 0,
            to: 1,
            size: 1,
            bytes: 512,
            disclosed_keys,
            archive_away,
        }
    }

    #[test]
    fn what_could_not_be_read_is_told_at_the_end() {
        for (disclosed, away) in [(None, 3), (Some(0), 0), (Some(2), 1)] {
            let (sender, mut receiver) = mpsc::channel(EXPORT_CHUNKS_AHEAD_MAX);
            let mut writer = ChunkWriter::new(sender);
            writer.write_all(&[0; 512]).unwrap();
            writer.finish(&exported(disclosed, away)).unwrap();
            drop(writer);
            assert_eq!(receiver.blocking_recv().unwrap().unwrap().chunk.len(), 512);
            let last = receiver.blocking_recv().unwrap().unwrap();
            assert_eq!(
                (last.disclosed_key_count, last.archive_away_count),
                (disclosed, away)
            );
            assert!(last.chunk.is_empty() && receiver.blocking_recv().is_none());
        }
    }

    #[test]
    fn a_client_that_is_gone_stops_the_writing() {
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        let mut writer = ChunkWriter::new(sender);
        assert!(!writer.is_given_up);
        let error = writer.write_all(&vec![0; EXPORT_CHUNK_BYTES]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(writer.is_given_up);
    }
}
