//! What a rescue holds the store against: the anchor, and checkpoints that came another way.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_ledger::GivenHead;
use indelible_store::{
    StoreId,
    anchor::{Anchor, AnchorState},
    owner,
};

use super::store::of_store;
use crate::cli::error::CliError;

/// An identity that no store has.
const NO_STORE: StoreId = StoreId::from_bytes([0; 16]);

/// What says how far each ledger had come.
#[derive(Debug, Args)]
pub(super) struct Judges {
    /// The newest anchor there is of the store [default: the one beside the data directory, DIR.anchor]
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// No anchor survives: that the data directory is an older copy, in which people are not erased yet, goes unnoticed unless
    /// something else shows it
    #[arg(long, conflicts_with = "anchor")]
    anchor_lost: bool,
    /// A checkpoint that came another way, as `indelible checkpoint` shows it, also several times: a ledger that lacks records
    /// below it is not opened
    #[arg(long, value_name = "FILE")]
    known_head: Vec<PathBuf>,
    /// Open also ledgers that lack acknowledged records, or may. Who was erased by these records is opened again
    #[arg(long)]
    pub(super) behind_anchor: bool,
}

impl Judges {
    /// The anchor; none if it is lost. The store's identity is none if it can't be read: then whose the anchor is shows in how
    /// it fits the ledgers.
    pub(super) fn anchor(
        &self,
        data: &Path,
        store: Option<StoreId>,
    ) -> Result<Option<Anchor>, CliError> {
        let beside = beside(data)?;
        let is_beside = beside.exists();
        let path = match (&self.anchor, self.anchor_lost) {
            (Some(path), _) => path,
            (None, true) if is_beside => {
                return Err(input(
                    &beside,
                    "there is an anchor beside the data directory: leave --anchor-lost away, or move the file away if it is not \
                     the store's",
                ));
            }
            (None, true) => return Ok(None),
            (None, false) if is_beside => &beside,
            (None, false) => {
                return Err(input(
                    &beside,
                    "there is no anchor beside the data directory, and only an anchor tells an older copy, in which people are \
                     not erased yet: name the newest one with --anchor, or say --anchor-lost if there is none",
                ));
            }
        };
        opened(path, store).map(Some)
    }

    /// The checkpoints that came another way.
    pub(super) fn known_heads(&self) -> Result<Vec<GivenHead>, CliError> {
        let read = |path: &PathBuf| {
            let note = fs::read(path).map_err(|source| CliError::file(path, source))?;
            let name = path.display().to_string();
            GivenHead::parse(&name, &note).map_err(|problem| {
                input(
                    path,
                    format!(
                        "it is not a checkpoint: {problem}; `indelible checkpoint LEDGER` shows one"
                    ),
                )
            })
        };
        self.known_head.iter().map(read).collect()
    }
}

fn opened(path: &Path, store: Option<StoreId>) -> Result<Anchor, CliError> {
    owner::check_file(path).map_err(of_store)?;
    let open = |store| Anchor::open(path, store).map_err(|error| CliError::of_anchor(path, &error));
    let state = match (store, open(store.unwrap_or(NO_STORE))?) {
        (None, AnchorState::OtherStore { found }) => open(found)?,
        (_, state) => state,
    };
    let store = store.unwrap_or(NO_STORE);
    match state {
        AnchorState::Present(anchor) => Ok(anchor),
        AnchorState::Missing => Err(input(path, "there is no such anchor")),
        AnchorState::OtherStore { found } => Err(input(
            path,
            format!(
                "it is the anchor of store {found}, and the data directory is of store {store}"
            ),
        )),
        AnchorState::Damaged { finding } => Err(input(
            path,
            format!(
                "the anchor is damaged: {finding}. Name another copy with --anchor; if there is none, move this one away and say \
                 --anchor-lost"
            ),
        )),
    }
}

/// Where the anchor of a data directory lies, unless another place is configured.
fn beside(data: &Path) -> Result<PathBuf, CliError> {
    let name = data.file_name();
    let mut name = name
        .ok_or_else(|| {
            input(
                data,
                "name the data directory by a path that ends with its name",
            )
        })?
        .to_owned();
    name.push(".anchor");
    Ok(data.with_file_name(name))
}

fn input(path: &Path, problem: impl ToString) -> CliError {
    CliError::Input {
        name: path.display().to_string(),
        problem: problem.to_string(),
    }
}
