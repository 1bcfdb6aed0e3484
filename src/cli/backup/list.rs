//! `indelible backup list`: the backups that a daemon knows of, or those of a directory.

use clap::Args;
use indelible_backup::{Listed, Manifest, Target};
use indelible_compliance::reports::counted;
use indelible_proto::v1::ListBackupsRequest;
use serde::Serialize;

use super::{
    failed::failed,
    place::Reach,
    view::{BackupView, COLUMNS},
};
use crate::cli::{
    error::CliError,
    exit::Exit,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        paint::Paint,
        recipients::encrypted_to,
        size::bytes_for_people,
        time,
    },
};

/// List backups: those that the daemon has made, or those in a directory or a bucket
///
/// Without a place the daemon is asked, which knows of each backup whether it may hold what was erased since. With one,
/// what lies there is listed, without a daemon.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Where backups are: a directory, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|BUCKET")]
    place: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

impl List {
    pub(super) fn calls_a_daemon(&self) -> bool {
        self.place.is_none()
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let Some(place) = self.place else {
            return ask(session).await;
        };
        let location = self.reach.to(&place)?;
        let target = Target::open(&location).map_err(|error| failed(&error))?;
        let listed = target.list().map_err(|error| failed(&error))?;
        let views: Vec<_> = listed.iter().rev().map(Lying::new).collect();
        if session.output.is_json() {
            for view in &views {
                session.output.object_line(view)?;
            }
            return check(&views);
        }
        let rows: Vec<_> = views.iter().map(Lying::row).collect();
        Columns::new(LYING).show(&mut session.output, &rows)?;
        check(&views)
    }
}

/// Refuses to call a place sound in which a backup can't be used.
fn check(views: &[Lying<'_>]) -> Result<(), CliError> {
    let mut unusable = views.iter().filter(|view| view.problem.is_some());
    let Some(first) = unusable.next() else {
        return Ok(());
    };
    Err(CliError::Serve {
        exit: Exit::Refused,
        problem: format!(
            "{} of {} can't be used, the newest of them {}: {}",
            1 + unusable.count(),
            counted(views.len() as u64, "backup", "backups"),
            first.backup,
            first.problem.as_deref().unwrap_or_default()
        ),
    })
}

async fn ask(session: &mut Session) -> Result<(), CliError> {
    let mut client = session.connection.open_backups().await?;
    let request = session.connection.request(ListBackupsRequest {});
    let answer = client.list_backups(request).await?.into_inner();
    let views: Vec<_> = answer.backups.iter().map(BackupView::new).collect();
    if session.output.is_json() {
        for view in &views {
            session.output.object_line(view)?;
        }
        return Ok(());
    }
    let rows: Vec<_> = views.iter().map(BackupView::row).collect();
    Columns::new(COLUMNS).show(&mut session.output, &rows)
}

/// The columns of a list of what lies in a directory.
const LYING: &[Column] = &[
    Column::text("backup"),
    Column::text("made"),
    Column::number("ledgers"),
    Column::number("records"),
    Column::number("bytes"),
    Column::text("newest erasure"),
    Column::text("encrypted to"),
    Column::text("store"),
];

/// A backup in a directory.
#[derive(Serialize)]
struct Lying<'a> {
    backup: &'a str,
    /// Why it can't be used; none if it can.
    problem: Option<String>,
    made_time: &'a str,
    /// None if they are encrypted.
    ledgers: Option<usize>,
    records: Option<u64>,
    bytes: u64,
    /// The ledger and record of each ledger's newest erasure.
    newest_erasures: Vec<String>,
    store: &'a str,
    keks: &'a [String],
    /// Whose identities open it; nobody, if it is not encrypted.
    encrypted_to: &'a [String],
    #[serde(skip)]
    made_for_people: String,
}

impl<'a> Lying<'a> {
    fn new(listed: &'a Listed) -> Self {
        let manifest = listed.manifest.as_ref();
        let known = manifest.ok();
        let of = |part: fn(&Manifest) -> &str| known.map_or("", part);
        let erasures = known.iter().flat_map(|manifest| &manifest.ledgers);
        let erasures = erasures.filter_map(|ledger| {
            // A successor has the name of the ledger whose place it took.
            let called = match ledger.closed {
                true => &ledger.origin,
                false => &ledger.name,
            };
            Some(format!("{called} {}", ledger.newest_erasure?))
        });
        let encryption = known.and_then(|manifest| manifest.encryption.as_ref());
        let in_the_clear = known.filter(|_| encryption.is_none());
        Self {
            backup: listed.id.as_str(),
            problem: manifest.err().map(ToString::to_string),
            made_time: of(|manifest| &manifest.made),
            ledgers: in_the_clear.map(|manifest| manifest.ledgers.len()),
            records: in_the_clear
                .map(|manifest| manifest.ledgers.iter().map(|ledger| ledger.size).sum()),
            bytes: known.map_or(0, Manifest::bytes),
            newest_erasures: erasures.collect(),
            store: of(|manifest| &manifest.store),
            keks: known.map_or(&[], |manifest| &manifest.keks),
            encrypted_to: encryption.map_or(&[], |encryption| &encryption.recipients),
            made_for_people: known.map_or_else(String::new, |manifest| {
                time::nanoseconds_for_people(manifest.made_ns)
            }),
        }
    }

    fn row(&self) -> Row {
        let made = match &self.problem {
            Some(problem) => problem.clone(),
            None => self.made_for_people.clone(),
        };
        Row {
            cells: vec![
                self.backup.to_owned(),
                made,
                told(self.ledgers),
                told(self.records),
                bytes_for_people(self.bytes),
                self.newest_erasures.join(", "),
                match self.problem {
                    None => encrypted_to(self.encrypted_to),
                    Some(_) => String::new(),
                },
                self.store.to_owned(),
            ],
            paint: self.problem.is_some().then_some(Paint::Bad),
        }
    }
}

/// A number, where it is not encrypted.
fn told(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}
