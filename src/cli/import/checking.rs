//! Reads files for an importer that checks: once for the verdict, and once more for the events.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
    thread::{self, JoinHandle},
};

use indelible_interchange::hex;
use indelible_interchange::import::{
    MapError,
    checked::{Checker, FileVerdict, Piece, Pieces, Spot, Tally},
};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::cli::{
    error::CliError,
    events::reading::{Incoming, Item, Place, RefusedRecord},
    ui::{
        progress::Progress,
        source::{Meter, Rereadable, Source},
    },
};

/// Events read ahead.
const EVENTS_AHEAD_MAX: usize = 2_048;

/// Records between two looks at the progress.
const PROGRESS_RECORDS: u64 = 1_024;

/// The verdicts on all files, in their order. The importer surveys them all first.
///
/// # Errors
///
/// When a file can't be read, or one of its records is not an artifact and importing does not keep going.
pub(crate) fn verdicts(
    files: &[Rereadable],
    checker: &mut dyn Checker,
    keep_going: bool,
    progress: &mut Progress,
) -> Result<Vec<FileVerdict>, CliError> {
    let surveys = checker.surveys();
    let meter = Meter::of(files.iter().map(Rereadable::path), 1 + u64::from(surveys));
    let mut records = 0;
    for input in files.iter().filter(|_| surveys) {
        let source = input.open(&meter)?;
        for piece in Pieces::new(source.reader) {
            let piece = piece.map_err(|problem| CliError::file(input.path(), problem))?;
            if let Ok(record) = piece.record {
                checker.survey(&record);
            }
        }
    }
    let mut examining = checker.afresh();
    let mut verdicts = Vec::new();
    for (file, input) in (0..).zip(files) {
        let (source, path) = (input.open(&meter)?, input.path());
        let name = source.name;
        let mut input = Digesting::new(source.reader);
        let mut tally = Tally::default();
        for piece in Pieces::new(&mut input) {
            let piece = piece.map_err(|problem| CliError::file(path, problem))?;
            let spot = Spot {
                file,
                line: piece.line,
            };
            match piece
                .record
                .clone()
                .and_then(|record| examining.examine(&record, spot))
            {
                Ok(examined) => tally.count(spot, &examined),
                Err(_) if keep_going => tally.count_unreadable(spot.line),
                Err(problem) => return Err(refused(&name, file, &piece, &problem).to_error()),
            }
            records += 1;
            if records % PROGRESS_RECORDS == 0 {
                progress.set_by_input(records, &meter);
            }
        }
        let (sha256, bytes) = input
            .finish()
            .map_err(|problem| CliError::file(path, problem))?;
        verdicts.push(FileVerdict::new(checker.system(), sha256, bytes, &tally));
    }
    Ok(verdicts)
}

/// What came of the second reading of a file: the importer, for the next file, and whether it read the same bytes.
pub(crate) struct Reread {
    /// The importer, behind this file.
    pub(crate) checker: Box<dyn Checker>,
    /// Whether the file is still the one that the verdict is on.
    pub(crate) is_same: bool,
}

/// Reads a file again and sends the verdict on it, and then its artifacts, as events.
///
/// # Errors
///
/// When it can't be opened.
pub(crate) fn start(
    input: &Rereadable,
    file: u32,
    verdict: &FileVerdict,
    checker: Box<dyn Checker>,
) -> Result<(Receiver<Incoming>, JoinHandle<Reread>), CliError> {
    let source = input.open(&Meter::default())?;
    let (sender, receiver) = mpsc::channel(EVENTS_AHEAD_MAX);
    let verdict = verdict.clone();
    let thread = thread::spawn(move || reread(source, file, &verdict, checker, &sender));
    Ok((receiver, thread))
}

fn reread(
    source: Source,
    file: u32,
    verdict: &FileVerdict,
    mut checker: Box<dyn Checker>,
    sender: &Sender<Incoming>,
) -> Reread {
    let name: Arc<str> = source.name.into();
    let mut input = Digesting::new(source.reader);
    let item = |place, event| {
        let input = Arc::clone(&name);
        Incoming::Event(Item {
            input,
            place,
            event,
        })
    };
    let of_verdict = item(Place::verdict(file), verdict.event());
    let mut is_heard = sender.blocking_send(of_verdict).is_ok();
    for piece in Pieces::new(&mut input) {
        let incoming = match piece {
            Err(problem) => Some(Incoming::Failed(CliError::file(&*name, problem))),
            Ok(piece) => {
                let spot = Spot {
                    file,
                    line: piece.line,
                };
                match piece
                    .record
                    .clone()
                    .and_then(|record| checker.examine(&record, spot))
                {
                    Err(problem) => {
                        let refused = refused(&name, file, &piece, &problem);
                        Some(Incoming::Refused(refused))
                    }
                    Ok(examined) => {
                        let event = examined.event;
                        event.map(|event| item(place_of(file, &piece), event))
                    }
                }
            }
        };
        if let Some(incoming) = incoming {
            is_heard = is_heard && sender.blocking_send(incoming).is_ok();
        }
        if !is_heard {
            break;
        }
    }
    let digest = input.finish().map(|(sha256, _)| sha256);
    Reread {
        checker,
        is_same: digest.is_ok_and(|digest| digest == verdict.sha256),
    }
}

fn place_of(file: u32, piece: &Piece) -> Place {
    Place {
        file,
        line: piece.line,
        element: piece.element,
    }
}

fn refused(name: &str, file: u32, piece: &Piece, problem: &MapError) -> RefusedRecord {
    RefusedRecord {
        input: name.to_owned(),
        place: place_of(file, piece),
        id: String::new(),
        problem: problem.to_string(),
    }
}

/// A reader that hashes what is taken from it.
struct Digesting<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: BufRead> Digesting<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    /// The digest and the length of the whole, the rest included that nobody took.
    fn finish(mut self) -> io::Result<(String, u64)> {
        loop {
            let rest = self.fill_buf()?.len();
            if rest == 0 {
                return Ok((hex::encode(&self.digest.finalize()), self.bytes));
            }
            self.consume(rest);
        }
    }
}

impl<R: BufRead> Read for Digesting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Digesting<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        // What is consumed is in the buffer, so that this reads nothing.
        if let Ok(buffer) = self.inner.fill_buf() {
            self.digest.update(&buffer[..bytes]);
            self.bytes += bytes as u64;
        }
        self.inner.consume(bytes);
    }
}
