//! Reads the trails: the store's own ledger with all that it succeeds, and the access trails of the others.

use std::collections::BTreeMap;

use indelible_proto::{
    time::Timestamp,
    v1::{ErrorReason, EventFilter, GetLedgerRequest, Ledger, LedgerRecord, ListErasuresRequest},
};

use super::{
    entry::{Entry, fact},
    found::Found,
    names::{Names, Whose},
};
use crate::cli::{
    connection::Client,
    error::{CliError, Refusal},
    privacy::{
        caution::caution,
        holding::{Holding, asked, none_has},
        ledgers::{ToLookIn, UNSEEN, to_look_in},
        listing::Listing,
        trail::sequences,
        unasked::UnaskedView,
    },
    session::Session,
    ui::{called::called, time},
};

/// The place of what is about the store as a whole.
const STORE: &str = "@store";
/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Its types, and those of the access trails.
const SYSTEM_TYPES: &str = "indelible.system.";
const DECRYPTED: &str = "indelible.system.decrypted.v1";
const TRAIL: &str = "indelible.access.decrypted.v1";

/// What a caller did, as the store's own ledger says.
pub(super) async fn deeds(
    session: &Session,
    names: &Names,
    only: &[String],
) -> Result<Found, CliError> {
    let mut client = session.connection.open().await?;
    let mut found = Found::default();
    let concerns =
        |entry: &Entry| only.is_empty() || only.iter().any(|ledger| entry.may_concern(ledger));
    are_there(session, &mut client, &mut found, only).await?;
    let systems = systems(session, &mut client, &mut found).await?;
    found.looked_for(names.told(), systems.last());
    for system in systems {
        let filter = EventFilter {
            actor: names.only().map(ToString::to_string).unwrap_or_default(),
            type_prefixes: vec![SYSTEM_TYPES.to_owned()],
            ..EventFilter::default()
        };
        for record in read(session, &mut client, &mut found, &system, filter).await? {
            match names.whose(&record) {
                Whose::Others => {}
                Whose::Theirs => match Entry::of(&system, &record) {
                    Some(entry) if concerns(&entry) => found.entries.push(entry),
                    Some(entry) if entry.is_unplaced() => found.unplaced += 1,
                    _ => {}
                },
                Whose::MayBeTheirs => found.leave_out(format!(
                    "{}: record {}: its caller has more names than it tells",
                    system.name, record.sequence
                )),
            }
        }
    }
    Ok(found)
}

/// Notes which of the ledgers that were named are not there. Of those that the caller may not see, `_system` tells all the
/// same.
async fn are_there(
    session: &Session,
    client: &mut Client,
    found: &mut Found,
    named: &[String],
) -> Result<(), CliError> {
    for name in named.iter().filter(|name| *name != STORE) {
        let ledger = name.clone();
        let request = session.connection.request(GetLedgerRequest { ledger });
        match client.get_ledger(request).await.map_err(CliError::from) {
            Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::LedgerUnknown) => {
                found.leave_out(format!("{name}: there is no ledger of this name"));
            }
            Err(CliError::Daemon(_)) | Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Who had records about a person decrypted, as the access trails and the store's own ledger say.
///
/// # Errors
/// If no ledger has anything of the person, and all could say so.
pub(super) async fn readers(
    session: &Session,
    person: &str,
    only: &[String],
) -> Result<Found, CliError> {
    let mut client = session.connection.open().await?;
    let mut found = Found::default();
    let ToLookIn {
        ledgers: all,
        may_be_more,
    } = to_look_in(session, only).await?;
    if may_be_more {
        found.leave_out(UNSEEN);
    }
    let held = asked(session, person, all.clone()).await?;
    for ledger in &all {
        if let Some(caution) = caution(ledger) {
            found.leave_out(format!("{}: {caution}", called(ledger)));
        }
    }
    for unasked in &held.unasked {
        let told = UnaskedView::new(unasked);
        found.leave_out(told.in_few_words());
    }
    nowhere(session, &mut found, held.found.is_empty(), held.unknown).await?;
    let mut theirs = BTreeMap::new();
    for holding in &held.found {
        let numbers = sequences(&session.connection, &mut client, holding, person).await;
        let name = called(&holding.ledger);
        if let Some(numbers) = found.unless_refused(&name, numbers)? {
            of_trail(session, &mut client, &mut found, holding, &numbers).await?;
            theirs.insert(holding.ledger.origin.clone(), numbers);
        }
    }
    let systems = systems(session, &mut client, &mut found).await?;
    let begins = systems.last();
    let begins = begins.and_then(|system| system.created_time.as_ref());
    for holding in held.found.iter().filter(|one| !one.ledger.access_trail) {
        older(&mut found, &holding.ledger, begins);
    }
    for system in &systems {
        let filter = of_type(DECRYPTED);
        for record in read(session, &mut client, &mut found, system, filter).await? {
            let origin = fact(&record, "origin").unwrap_or_default();
            if let Some(theirs) = theirs.get(&origin) {
                let entry = Entry::of(system, &record);
                found
                    .entries
                    .extend(entry.and_then(|entry| entry.about(&record, theirs)));
            } else if only.is_empty() && all.iter().all(|ledger| ledger.origin != origin) {
                let ledger = fact(&record, "ledger").unwrap_or_default();
                found.leave_out(format!(
                    "{ledger}: records of it were decrypted, and you may not see this ledger, or it is gone"
                ));
            }
        }
    }
    Ok(found)
}

/// What is to be said of the ledgers that have nothing of the person. Where none has, they may have erased the person: then
/// nobody can tell any more who read of them. Of somebody who is found elsewhere, other people's erasures leave nothing open.
///
/// # Errors
/// If no ledger has anything of the person, all could say so, and none has erased anybody.
async fn nowhere(
    session: &Session,
    found: &mut Found,
    is_nowhere: bool,
    unknown: Vec<(Ledger, Box<Refusal>)>,
) -> Result<(), CliError> {
    if !is_nowhere {
        for (ledger, _) in &unknown {
            if has_erased(session, ledger).await? {
                found.note_gone(
                    "where this person was erased before, if anywhere, what was read of them until then can't be found any more"
                        .to_owned(),
                );
                break;
            }
        }
        return Ok(());
    }
    let none_has = none_has(unknown.iter().map(|(ledger, _)| ledger));
    let mut refused = None;
    for (ledger, refusal) in unknown {
        match has_erased(session, &ledger).await? {
            true => found.leave_out(format!(
                "{}: it knows nobody of this name, and has erased people; if this person was among them, their records can't be \
                 found any more",
                called(&ledger)
            )),
            false => refused = Some(refusal),
        }
    }
    match refused {
        Some(mut refusal) if found.is_complete() => {
            refusal.message = none_has;
            Err(CliError::Daemon(refusal))
        }
        _ => Ok(()),
    }
}

/// What a ledger's own trail says, if it keeps one.
async fn of_trail(
    session: &Session,
    client: &mut Client,
    found: &mut Found,
    holding: &Holding,
    theirs: &[u64],
) -> Result<(), CliError> {
    let ledger = &holding.ledger;
    if !ledger.access_trail {
        return Ok(());
    }
    for record in read(session, client, found, ledger, of_type(TRAIL)).await? {
        let entry = Entry::of(ledger, &record);
        let entry = entry.and_then(|entry| entry.about(&record, theirs));
        found.entries.extend(entry.map(Entry::of_trail));
    }
    Ok(())
}

/// Without an access trail, what was decrypted before the store's own ledger began is on no record.
fn older(found: &mut Found, ledger: &Ledger, begins: Option<&Timestamp>) {
    let at = |time: &Timestamp| (time.seconds, time.nanos);
    let Some(begins) = begins else { return };
    if ledger.created_time.as_ref().map(at) < Some(at(begins)) {
        found.leave_out(format!(
            "{}: it keeps no access trail, and what was decrypted before {} is on no record, since {SYSTEM} begins then",
            called(ledger),
            time::for_people(Some(begins))
        ));
    }
}

/// The store's own ledger, then the one that it succeeds, and so on.
async fn systems(
    session: &Session,
    client: &mut Client,
    found: &mut Found,
) -> Result<Vec<Ledger>, CliError> {
    let mut systems: Vec<Ledger> = Vec::new();
    let mut next = SYSTEM.to_owned();
    while !next.is_empty() {
        let ledger = std::mem::take(&mut next);
        let request = GetLedgerRequest {
            ledger: ledger.clone(),
        };
        let answer = client.get_ledger(session.connection.request(request)).await;
        let answer = answer.map_err(CliError::from);
        let Some(answer) = found.unless_refused(&ledger, answer)? else {
            break;
        };
        let system = answer.into_inner().ledger;
        let system = system.ok_or(CliError::Answer("no ledger in it"))?;
        next.clone_from(&system.predecessor_origin);
        systems.push(system);
    }
    Ok(systems)
}

/// The records of a ledger that match, as far as they can be read.
async fn read(
    session: &Session,
    client: &mut Client,
    found: &mut Found,
    ledger: &Ledger,
    filter: EventFilter,
) -> Result<Vec<LedgerRecord>, CliError> {
    let connection = &session.connection;
    let mut listing = Listing::new(connection, &ledger.origin, ledger.size, filter, None);
    if let Some(caution) = caution(ledger) {
        found.leave_out(format!("{}: {caution}", called(ledger)));
    }
    let mut all = Vec::new();
    loop {
        let page = listing.next(client).await;
        let Some(Some(records)) = found.unless_refused(&called(ledger), page)? else {
            return Ok(all);
        };
        for record in records {
            // Every event has a source; one that can't be read is sent without.
            let event = record.event.as_ref();
            if event.is_none_or(|event| event.source.is_empty()) {
                found.leave_out(format!(
                    "{}: its record {} can't be read",
                    called(ledger),
                    record.sequence
                ));
            }
            all.push(record);
        }
    }
}

/// Whether a ledger has erased data subjects.
async fn has_erased(session: &Session, ledger: &Ledger) -> Result<bool, CliError> {
    let mut client = session.connection.open_keys().await?;
    let request = session.connection.request(ListErasuresRequest {
        ledger: ledger.origin.clone(),
        page_size: 1,
        ..ListErasuresRequest::default()
    });
    let answer = client.list_erasures(request).await?.into_inner();
    Ok(!answer.erasures.is_empty())
}

fn of_type(name: &str) -> EventFilter {
    EventFilter {
        r#type: name.to_owned(),
        ..EventFilter::default()
    }
}
