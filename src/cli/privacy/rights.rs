//! Whether the caller may do all that an archive of a person takes, asked before anything is decrypted or recorded.

use indelible_access::{Action, RoleSet};
use indelible_proto::v1::{
    ErrorReason, GetCheckpointRequest, ListEventsRequest, RecordSelection, SequenceRange,
    record_selection,
};

use crate::cli::{
    connection::Client,
    error::{CliError, Refusal},
    privacy::holding::Holding,
    session::Session,
    ui::called::called,
};

/// Refuses an archive to whoever may not do all of it, and names all that is missing at once.
///
/// # Errors
/// What is missing in which ledger; or why the daemon can't be asked.
pub(super) async fn check(
    session: &Session,
    client: &mut Client,
    holdings: &[Holding],
) -> Result<(), CliError> {
    let (mut missing, mut first) = (Vec::new(), None);
    for holding in holdings {
        let (mut actions, refusals) = lacking(session, client, holding).await?;
        first = first.or(refusals);
        actions.dedup();
        if !actions.is_empty() {
            missing.push((called(&holding.ledger), actions));
        }
    }
    match first {
        None => Ok(()),
        Some(refusal) => Err(CliError::Daemon(Box::new(Refusal {
            message: words(&refusal, &missing),
            ..*refusal
        }))),
    }
}

/// What the caller may not do in one ledger, and the first refusal. Each call asks for nothing: for records that are not there
/// yet, and for the newest checkpoint.
async fn lacking(
    session: &Session,
    client: &mut Client,
    holding: &Holding,
) -> Result<(Vec<Action>, Option<Box<Refusal>>), CliError> {
    let ledger = &holding.ledger;
    let no_records = |open_sealed| {
        let behind = record_selection::Bounds::SequenceRange(SequenceRange {
            start: ledger.size,
            end: 0,
        });
        session.connection.request(ListEventsRequest {
            ledger: ledger.origin.clone(),
            selection: Some(RecordSelection {
                bounds: Some(behind),
                as_of_size: ledger.size,
            }),
            page_size: 1,
            open_sealed,
            ..Default::default()
        })
    };
    let (mut actions, mut first) = (Vec::new(), None);
    let mut refused =
        |answer: Result<(), tonic::Status>, action| match answer.map_err(CliError::from) {
            Ok(()) => Ok(false),
            Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::AccessDenied) => {
                actions.push(action);
                first.get_or_insert(refusal);
                Ok(true)
            }
            Err(error) => Err(error),
        };
    let answer = client.list_events(no_records(false)).await;
    refused(answer.map(drop), Action::Read)?;
    // Whoever may decrypt may read, so that a refusal to read is one to decrypt, too.
    let answer = client.list_events(no_records(true)).await;
    refused(answer.map(drop), Action::Decrypt)?;
    let request = session.connection.request(GetCheckpointRequest {
        ledger: ledger.origin.clone(),
        ..Default::default()
    });
    if let Err(status) = client.get_checkpoint(request).await {
        match refused(Err(status), Action::Prove) {
            // That there is no checkpoint to show is not about rights.
            Ok(_) | Err(CliError::Daemon(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((actions, first))
}

fn words(refusal: &Refusal, missing: &[(String, Vec<Action>)]) -> String {
    let of = |name| refusal.metadata.get(name).map_or("?", String::as_str);
    let lacks = missing.iter().map(|(ledger, actions)| {
        let actions = actions.iter().map(|action| {
            let roles = RoleSet::that_may(*action).iter();
            let roles: Vec<_> = roles.map(|role| role.name()).collect();
            format!("{} (role {})", action.name(), roles.join(" or "))
        });
        format!("in {ledger} {}", actions.collect::<Vec<_>>().join(", "))
    });
    format!(
        "{} (by {}) may not do all that an archive takes; missing {}; nothing was decrypted, and no file was written",
        of("principal"),
        of("authentication"),
        lacks.collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_decrypt_may_read() {
        for role in RoleSet::that_may(Action::Decrypt).iter() {
            assert!(RoleSet::that_may(Action::Read).has(role), "{}", role.name());
        }
    }
}
