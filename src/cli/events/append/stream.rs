//! Appends what a file holds, and says what became of it.

use std::{fmt, path::PathBuf};

use indelible_compliance::reports::inert::inert;
use indelible_interchange::import::{Format, Rules};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::{
        reading::{self, Reading, WithoutSubject},
        record_view::AcknowledgementView,
        refused::{RefusedArguments, unnamed},
        signing::SignWith,
        unseen::Unseen,
        upload::{Tally, Upload},
    },
    session::Session,
    ui::{
        output::Output,
        progress::{Progress, Unit},
    },
};

/// So few acknowledgements are each shown to people; of more there is a summary.
const SHOWN_EACH_MAX: usize = 10;

/// One of many acknowledgements: for programs whole, for people with the event's id on one line.
#[derive(Serialize)]
struct Appended {
    id: String,
    #[serde(flatten)]
    acknowledgement: AcknowledgementView,
}

impl fmt::Display for Appended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sequence, id) = (self.acknowledgement.sequence, inert(&self.id));
        let repeated = match (self.acknowledgement.repeated, self.acknowledgement.erased) {
            (true, true) => {
                "  (repeated; erased since, so whether it said the same can't be compared)"
            }
            (true, false) => "  (repeated)",
            (false, _) => "",
        };
        write!(f, "{sequence:>8}  {id}{repeated}")
    }
}

/// What was asked for, for all events.
pub(super) struct Asked<'a> {
    /// What becomes of those that are refused.
    pub(super) refused: &'a RefusedArguments,
    /// What becomes of those that name no data subject.
    pub(super) without: &'a WithoutSubject,
    /// Who signs them.
    pub(super) sign: &'a SignWith,
}

/// Appends what a file holds. Programs get each acknowledgement as it comes, and so do people who ask for it; otherwise
/// they get a few of them, or none, and a summary.
pub(super) async fn stream(
    session: &mut Session,
    ledger: String,
    file: PathBuf,
    each: bool,
    asked: Asked<'_>,
) -> Result<(), CliError> {
    let signer = asked.sign.signer(session, &ledger).await?;
    let inputs = [&file].into_iter().chain(asked.sign.file());
    let mut refusing = asked.refused.begin(&mut session.output, inputs)?;
    let client = session.connection.open().await?;
    let reading = Reading {
        format: Format::CloudEvents,
        rules: Rules {
            without_data_subject: asked.without.rule(),
            ..Rules::default()
        },
        unseen: Unseen::default(),
    };
    let (mut incoming, meter) = reading::start(vec![file], reading)?;
    if let Some(signer) = signer {
        incoming = signer.sign_all(incoming);
    }
    let connection = session.connection.clone();
    let mut upload = Upload::new(client, &connection, ledger, &mut refusing, incoming);
    let output = &mut session.output;
    let (shows_each, mut few) = (each || output.is_json(), Vec::new());
    let mut progress = Progress::new(output, "appending", Unit::Records);
    let (mut first, mut last) = (String::new(), String::new());
    let done = upload
        .run(&mut |tally, item, acknowledgement| {
            let appended = Appended {
                id: item.event.id.clone(),
                acknowledgement: acknowledgement.into(),
            };
            if shows_each {
                output.item(&appended)?;
                return output.flush();
            }
            progress.set_by_input(tally.total(), &meter);
            last.clone_from(&item.event.id);
            if few.is_empty() {
                first.clone_from(&item.event.id);
            }
            if few.len() <= SHOWN_EACH_MAX {
                few.push(appended);
            }
            Ok(())
        })
        .await;
    progress.clear();
    let tally = upload.tally;
    if !output.is_json() {
        for appended in few.iter().filter(|_| few.len() <= SHOWN_EACH_MAX) {
            output.line(appended)?;
        }
        output.line(Summary {
            tally: &tally,
            ids: (!first.is_empty()).then_some((&first, &last)),
        })?;
    }
    let keeps_going = refusing.keeps_going();
    refusing.finish()?;
    finished(output, &tally, done, keeps_going)
}

/// Names what was refused, and says whether all is well.
fn finished(
    output: &mut Output,
    tally: &Tally,
    done: Result<(), CliError>,
    keeps_going: bool,
) -> Result<(), CliError> {
    // One that ended it is the error itself.
    let is_named = keeps_going || done.is_ok();
    let named = tally.refusals.iter().filter(|_| is_named);
    for refused in named {
        match output.is_json() {
            true => output.remark(serde_json::to_string(refused).unwrap_or_default()),
            false => output.remark(refused),
        }
    }
    let more = tally.refused - tally.refusals.len() as u64;
    if is_named && more > 0 {
        output.remark(unnamed(more));
    }
    done?;
    match tally.refused {
        0 => Ok(()),
        refused => Err(CliError::Incomplete {
            refused,
            total: tally.total(),
        }),
    }
}

/// What became of many events.
struct Summary<'a> {
    tally: &'a Tally,
    /// The first and the last, where their acknowledgements were not shown.
    ids: Option<(&'a String, &'a String)>,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            appended, refused, ..
        } = self.tally;
        write!(
            f,
            "appended {appended}, repeated {}, refused {refused}",
            self.tally.repeated_for_people()
        )?;
        if let (Some(first), Some(last)) = (self.tally.first_sequence, self.tally.last_sequence) {
            write!(f, "; sequence numbers {first} to {last}")?;
        }
        match self.ids {
            Some((first, last)) if first != last => {
                write!(f, "; ids {} to {}", inert(first), inert(last))
            }
            _ => Ok(()),
        }
    }
}
