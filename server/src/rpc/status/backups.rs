//! How backups stand, for operators: in the status, and as notices.

use indelible_backup::BackupId;
use indelible_compliance::reports::counted;
use indelible_keystore::age::Recipients;
use indelible_ledger::NoticeCode;
use indelible_proto::{time::timestamp, v1};

use crate::{
    backups::{Ahead, Backups, Schedule, Standing},
    issuers::now,
    limits::BACKUPS_FOREIGN_MAX,
};

/// Backups that a notice names one by one.
const NAMED_MAX: usize = 8;

/// Where backups go, and the newest; none where they go nowhere.
pub(super) fn status(backups: &Backups) -> Option<v1::BackupStatus> {
    let configured = backups.configured()?;
    let newest = backups.newest();
    let verified = backups.verified();
    Some(v1::BackupStatus {
        directory: configured.location.to_string(),
        newest_backup_id: newest
            .as_ref()
            .map(|newest| newest.id.to_string())
            .unwrap_or_default(),
        newest_time: newest.as_ref().map(|newest| timestamp(newest.made_ns)),
        newest_bytes: newest.as_ref().map_or(0, |newest| newest.total_bytes),
        newest_copied_bytes: newest.as_ref().and_then(|newest| newest.copied_bytes),
        every_seconds: configured.every.map_or(0, |every| every.as_secs()),
        problem: backups.problem().unwrap_or_default(),
        newest_encrypted_to: newest.map(|newest| newest.encrypted_to).unwrap_or_default(),
        encrypted_to: configured
            .recipients
            .as_ref()
            .map(Recipients::texts)
            .unwrap_or_default(),
        unread: backups.unread().unwrap_or_default(),
        verified_time: verified.as_ref().map(|known| timestamp(known.verified_ns)),
        verified_backup_id: verified
            .as_ref()
            .map(|known| known.id.to_string())
            .unwrap_or_default(),
        verified_made_time: verified.as_ref().map(|known| timestamp(known.made_ns)),
        place_ids: backups.place_ids(),
    })
}

/// What is wrong with backups.
pub(super) fn notices(backups: &Backups) -> Vec<(NoticeCode, String)> {
    let mut notices = Vec::new();
    if let Some(problem) = backups.problem() {
        let schedule = Schedule::of(backups);
        let is_due = |schedule: Schedule| schedule.is_due(backups.newest().as_ref(), now());
        let again = match schedule.map(is_due) {
            Some(true) => {
                "The schedule tries again every few minutes; `indelible backup create` tries at once"
            }
            Some(false) => {
                "The schedule makes the next one when it is due; `indelible backup create` tries at once"
            }
            None => "There is no schedule that tries again; `indelible backup create` does",
        };
        let detail = format!("the last backup was not made: {problem}. {again}");
        notices.push((NoticeCode::BackupFailed, detail));
    }
    // While it is not known which there are, nobody can say that one is due.
    if backups.unread().is_some() {
        return notices;
    }
    notices.extend(strange(backups));
    notices.extend(seen(backups));
    let newest = backups.newest();
    let late = Schedule::of(backups)
        .and_then(|schedule| schedule.late_seconds(newest.as_ref(), backups.since_ns(), now()));
    if let Some(late) = late {
        let since = match &newest {
            Some(newest) => format!("the newest is {}", newest.id),
            None => "none was ever made".to_owned(),
        };
        let detail = format!(
            "a backup has been due for {}: {since}. The log says why none was made; `indelible backup create` makes one",
            counted(late / 3_600, "hour", "hours")
        );
        notices.push((NoticeCode::BackupLate, detail));
    }
    notices
}

/// What was seen in the places for backups and no record tells of.
fn seen(backups: &Backups) -> Vec<(NoticeCode, String)> {
    let mut notices = Vec::new();
    for (place, looked) in backups.looked() {
        let told: Vec<_> = looked.ahead.iter().take(NAMED_MAX).map(ahead).collect();
        let more = looked.ahead.len() - told.len();
        if !told.is_empty() {
            let detail = format!(
                "in {place} lie backups that this store's own key signed, and its records don't know that they were begun: {}{}. So \
                 this store is behind them, as one that was taken back to an earlier state, or another copy of it has made them. If \
                 it was not you who restored it, stop the daemon, and compare it with the newest of them. No prune takes them away \
                 before `indelible backup forget` names them",
                told.join(", "),
                and_more(more)
            );
            notices.push((NoticeCode::BackupAhead, detail));
        }
        if looked.of_other_stores > 0 {
            let detail = format!(
                "in {place} {} of other stores, or with a manifest that says so: what they name stays there when the daemon's own \
                 backups are taken away, also what was erased since. Give each store a place of its own; if there is no other store, \
                 find out who put them there",
                match looked.of_other_stores {
                    1 => "lies 1 backup".to_owned(),
                    several => format!("lie {several} backups"),
                }
            );
            notices.push((NoticeCode::BackupPlaceShared, detail));
        }
    }
    notices
}

fn ahead(ahead: &Ahead) -> String {
    match ahead.beyond.as_str() {
        "" => ahead.id.to_string(),
        beyond => format!("{} (it has {beyond})", ahead.id),
    }
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// What is not where the daemon put it, and what lies there that it did not put there.
fn strange(backups: &Backups) -> Vec<(NoticeCode, String)> {
    let named = |standing| {
        let ids = backups.that_are(standing);
        let newest_first: Vec<_> = ids.iter().rev().map(BackupId::as_str).collect();
        let named = newest_first.iter().take(NAMED_MAX).copied();
        let named = named.collect::<Vec<_>>().join(", ");
        let more = newest_first.len().saturating_sub(NAMED_MAX);
        match (ids.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(named),
            // Of the daemon's own all are known; of others, the first ones.
            (false, more) if ids.len() >= BACKUPS_FOREIGN_MAX && standing == Standing::Foreign => {
                Some(format!("{named} and at least {more} more"))
            }
            (false, more) => Some(format!("{named} and {more} more")),
        }
    };
    let missing = named(Standing::Missing).map(|ids| {
        let detail = format!(
            "no prune took these backups away, and they are not there any more as a whole, or another manifest lies in their \
             place: {ids}. Whoever has them has what they held, so erasures go on naming them; if they are destroyed, say so \
             with `indelible backup forget`"
        );
        (NoticeCode::BackupMissing, detail)
    });
    let foreign = named(Standing::Foreign).map(|ids| {
        let detail = format!(
            "these backups say that they are of this store, and nothing shows that this daemon made them: {ids}. They count for \
             nothing; find out who put them there, and take them away by hand"
        );
        (NoticeCode::BackupForeign, detail)
    });
    missing.into_iter().chain(foreign).collect()
}
