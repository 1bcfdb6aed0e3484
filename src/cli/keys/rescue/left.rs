//! What a rescue left, in words: a script must notice it, and a person must know what to do.

use std::path::Path;

use indelible_compliance::reports::counted;
use indelible_ledger::{ArchiveLack, ShelfError, Unopened};

use super::answer::{Answer, Bundle};
use crate::cli::{error::CliError, exit::Exit};

/// The recipients that are named one by one.
const RECIPIENTS_TOLD_MAX: usize = 20;

/// Whether nothing is left. `archive` is the directory that was named.
///
/// # Errors
/// What is left.
pub(super) fn check(answer: &Answer, archive: Option<&Path>) -> Result<(), CliError> {
    let left = left(answer, archive);
    match left.is_empty() {
        true => Ok(()),
        false => Err(CliError::Serve {
            exit: exit(answer, left.len()),
            problem: format!("not everything was rescued: {}", left.join("; ")),
        }),
    }
}

/// An archive that is away can come back, for this as for every other command. Whatever else is left does not.
fn exit(answer: &Answer, left: usize) -> Exit {
    let faults = answer.ledgers.iter();
    let mut faults = faults
        .filter_map(|one| one.archive_fault.as_ref())
        .peekable();
    let is_away =
        faults.peek().is_some() && faults.all(|fault| !matches!(fault, ShelfError::Damaged { .. }));
    match left {
        1 if is_away => Exit::Unavailable,
        _ => Exit::Refused,
    }
}

fn left(answer: &Answer, archive: Option<&Path>) -> Vec<String> {
    let mut left = Vec::new();
    let count = |is: &dyn Fn(&Bundle) -> bool| {
        let ledgers = answer.ledgers.iter();
        ledgers.filter(|bundle| is(bundle)).count() as u64
    };
    let ledgers = |number| counted(number, "ledger", "ledgers");
    let older = count(&|one| one.is_older);
    if older > 0 {
        left.push(format!(
            "{} not opened, since acknowledged records are missing or may be (--behind-anchor opens what is there)",
            was(older, &ledgers(older))
        ));
    }
    let lost = answer.unreadable.len() as u64 + count(&|one| one.file.is_none() && !one.is_older);
    if lost > 0 {
        left.push(format!("{} could not be written", ledgers(lost)));
    }
    let opened_older = count(&|one| one.file.is_some() && one.older.is_some());
    if opened_older > 0 {
        left.push(format!(
            "{} written though acknowledged records are missing or may be: who was erased by these may be in the bundle",
            was(opened_older, &ledgers(opened_older))
        ));
    }
    left.extend(sealed(answer));
    let unsigned = sum(answer, |one| one.records_unsigned);
    if unsigned > 0 {
        left.push(format!(
            "{} not signed with the time yet when the daemon ended or the backup was made, and {} in no bundle",
            was(unsigned, &counted(unsigned, "record", "records")),
            if unsigned == 1 { "is" } else { "are" }
        ));
    }
    left.extend(archived(answer, archive));
    let foreign = answer.foreign_heads.len() as u64;
    if foreign > 0 {
        left.push(format!(
            "{} of no ledger of this store, and vouched for nothing",
            was(foreign, &counted(foreign, "known head", "known heads"))
        ));
    }
    left
}

/// What is in the archive, and is in no bundle.
fn archived(answer: &Answer, archive: Option<&Path>) -> Option<String> {
    let away = sum(answer, |one| one.records_lacking_archived);
    if away == 0 {
        return None;
    }
    let records = counted(away, "record", "records");
    let faults = answer.ledgers.iter();
    let fault = faults.filter_map(|one| one.archive_fault.as_ref()).next();
    let (Some(archive), Some(fault)) = (archive, fault) else {
        return Some(format!(
            "contents of {records} are in the archive, which could not be read: name it with --archive"
        ));
    };
    let archive = archive.display();
    let why = match fault {
        ShelfError::Away {
            lack: ArchiveLack::Archive,
            ..
        } => format!(
            "{archive} is not the archive: it has neither the file that is wanted ({fault}) nor the file indelible-archive"
        ),
        ShelfError::Away {
            lack: ArchiveLack::File,
            ..
        } => format!(
            "{archive} is an archive and lacks the file that is wanted ({fault}): it is another store's, or not whole"
        ),
        fault => fault.to_string(),
    };
    Some(format!(
        "contents of {records} are in the archive and could not be read there: {why}"
    ))
}

/// What stays encrypted, and why.
fn sealed(answer: &Answer) -> Option<String> {
    let keys = sum(answer, |one| one.keys_not_opened);
    if keys == 0 {
        return None;
    }
    let of = |why: Unopened| {
        let reasons = answer
            .ledgers
            .iter()
            .flat_map(|one| &one.not_opened_reasons);
        let of = reasons.filter(|reason| reason.why == why);
        of.map(|reason| reason.keys).sum::<u64>()
    };
    let whys = [
        (Unopened::NoCopy, "without a copy"),
        (
            Unopened::OtherRecipients,
            "with a copy for other recipients",
        ),
        (Unopened::Missing, "missing"),
        (Unopened::Damaged, "damaged"),
        (Unopened::WrongCopy, "with a copy that is not the right one"),
        (Unopened::Erased, "erased, as _system tells"),
    ];
    let whys = whys.map(|(why, words)| (of(why), words));
    let whys: Vec<_> = (whys.iter().filter(|(keys, _)| *keys > 0))
        .map(|(keys, words)| format!("{keys} {words}"))
        .collect();
    let events = sum(answer, |one| one.events_sealed);
    let stays = if events == 1 { "stays" } else { "stay" };
    let sealed = format!(
        "{} of {} {stays} encrypted ({})",
        counted(events, "event", "events"),
        counted(keys, "data key", "data keys"),
        whys.join(", ")
    );
    let opened = sum(answer, |one| one.events_opened);
    Some(match (opened, of(Unopened::OtherRecipients)) {
        (0, 0) if of(Unopened::NoCopy) == keys => format!(
            "no data key that is needed has a copy: {sealed}. [rescue] named no recipients when this copy of the store was \
             made, or somebody took the copies away. Only the KEK opens what is encrypted"
        ),
        (_, 0) => sealed,
        (0, _) => format!(
            "the identity opens none of the copies in this store: {sealed}. {}",
            recipients(answer)
        ),
        _ => format!("{sealed}. {}", recipients(answer)),
    })
}

/// Whose identities open the copies that are for others.
fn recipients(answer: &Answer) -> String {
    let others = answer.recipients.iter().filter(|one| !one.is_given);
    let mut others: Vec<_> = others
        .map(|one| {
            let (first, last) = (one.first_record, one.last_record);
            let recipient = &one.recipient;
            match first == last {
                true => format!("{recipient} (record {first} of _system)"),
                false => format!("{recipient} (records {first} to {last} of _system)"),
            }
        })
        .collect();
    let more = others.len().saturating_sub(RECIPIENTS_TOLD_MAX);
    others.truncate(RECIPIENTS_TOLD_MAX);
    if more > 0 {
        others.push(format!("{more} more"));
    }
    match others.is_empty() {
        true => "_system, as far as it can be read, names no other recipients".to_owned(),
        false => format!(
            "Name the identity of a recipient that the copies were sealed to. Besides the identity that was given, these were \
             named: {}",
            others.join(", ")
        ),
    }
}

fn sum(answer: &Answer, of: impl Fn(&Bundle) -> u64) -> u64 {
    answer.ledgers.iter().map(of).sum()
}

fn was(number: u64, words: &str) -> String {
    format!("{words} {}", if number == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use indelible_ledger::{NamedRecipient, Rescued, RescuedEvents, RescuedLedger, UnopenedKeys};

    use super::*;
    use crate::cli::keys::rescue::answer::Recipient;

    fn answer(rescued: Rescued) -> Answer {
        let ledger = RescuedLedger {
            name: "audit".to_owned(),
            origin: "localhost/audit/00".to_owned(),
            verifier_key: String::new(),
            size: 9,
            is_system: false,
            shortfall: None,
        };
        let file = Some("audit.tar.zst".to_owned());
        Answer {
            anchor: true,
            ledgers: vec![Bundle::new(ledger, file, rescued, None)],
            unreadable: Vec::new(),
            copies_passed_over: Vec::new(),
            foreign_heads: Vec::new(),
            store_differs: Vec::new(),
            recipients: Vec::new(),
        }
    }

    fn away(lack: Option<ArchiveLack>) -> Answer {
        let path = PathBuf::from("/mnt/archive/one.tar");
        let problem = "No such file".to_owned();
        answer(Rescued {
            archive_away: 2,
            archive_fault: Some(match lack {
                Some(lack) => ShelfError::Away {
                    path,
                    problem,
                    lack,
                },
                None => ShelfError::NoDirectory {
                    file: "one.tar".to_owned(),
                },
            }),
            ..Rescued::default()
        })
    }

    fn said(answer: &Answer, archive: Option<&str>) -> String {
        left(answer, archive.map(Path::new)).join("; ")
    }

    #[test]
    fn an_archive_that_is_not_the_right_one_is_told_from_one_that_was_not_named() {
        let none = said(&away(None), None);
        assert!(none.contains("name it with --archive"), "{none}");
        let shown = away(None).ledgers[0].to_string();
        assert!(!shown.contains("configuration"), "{shown}");
        assert!(shown.contains("no archive was named"), "{shown}");
        let archive = Some("/mnt/archive");
        let wrong = said(&away(Some(ArchiveLack::Archive)), archive);
        assert!(wrong.contains("/mnt/archive is not the archive"), "{wrong}");
        let others = said(&away(Some(ArchiveLack::File)), archive);
        assert!(others.contains("another store's, or not whole"), "{others}");
        for told in [wrong, others] {
            assert!(!told.contains("name it with"), "{told}");
        }
        let right = said(&away(Some(ArchiveLack::Right)), archive);
        assert!(right.contains("No such file"), "{right}");
    }

    #[test]
    fn an_archive_that_is_away_alone_ends_as_it_does_everywhere() {
        let ended = |answer: &Answer| check(answer, None).map_err(|error| error.exit());
        assert_eq!(ended(&away(None)), Err(Exit::Unavailable));
        assert_eq!(
            ended(&away(Some(ArchiveLack::File))),
            Err(Exit::Unavailable)
        );
        let mut more = away(None);
        more.unreadable.push("a ledger".to_owned());
        assert_eq!(ended(&more), Err(Exit::Refused));
        let altered = answer(Rescued {
            archive_away: 1,
            archive_fault: Some(ShelfError::Damaged {
                path: PathBuf::from("/mnt/archive/one.tar"),
                problem: "its SHA-256 is another".to_owned(),
            }),
            ..Rescued::default()
        });
        assert_eq!(ended(&altered), Err(Exit::Refused));
    }

    fn sealed_for(why: Unopened, keys: u64) -> Answer {
        answer(Rescued {
            events: RescuedEvents {
                sealed: 3,
                ..RescuedEvents::default()
            },
            unopened: UnopenedKeys {
                reasons: vec![(why, keys, 3)],
                told: Vec::new(),
            },
            ..Rescued::default()
        })
    }

    #[test]
    fn that_no_key_has_a_copy_is_said_first() {
        let told = said(&sealed_for(Unopened::NoCopy, 2), None);
        let begins =
            "no data key that is needed has a copy: 3 events of 2 data keys stay encrypted";
        assert!(told.starts_with(begins), "{told}");
    }

    #[test]
    fn whose_identities_open_the_copies_is_told_without_the_one_that_is_there() {
        let mut answer = sealed_for(Unopened::OtherRecipients, 1);
        let named = |recipient: &str, first, last| NamedRecipient {
            recipient: recipient.to_owned(),
            first,
            last,
        };
        let given = ["age1mine".to_owned()];
        let recipients = [named("age1mine", 2, 2), named("age1yours", 4, 9)];
        let recipients = recipients.map(|one| Recipient::new(one, &given));
        answer.recipients = recipients.into();
        let told = said(&answer, None);
        assert!(
            told.contains("age1yours (records 4 to 9 of _system)"),
            "{told}"
        );
        assert!(!told.contains("age1mine"), "{told}");
        answer.recipients.truncate(1);
        let told = said(&answer, None);
        assert!(told.contains("names no other recipients"), "{told}");
    }

    #[test]
    fn records_that_a_backup_was_cut_before_are_not_blamed_on_the_daemon_alone() {
        let told = said(
            &answer(Rescued {
                unsigned: 1,
                ..Rescued::default()
            }),
            None,
        );
        assert!(
            told.contains("or the backup was made, and is in no bundle"),
            "{told}"
        );
    }
}
