//! How far the scrub is, for operators.

use std::sync::Arc;

use indelible_compliance::time::shortest;

use crate::{
    core::Core,
    state::{
        limits::SCRUB_BEHIND_TOLD,
        notice::{Notice, NoticeCode},
        scrubbed::ScrubRule,
        shared::{Availability, LedgerState},
        summary::ScrubStatus,
    },
};

/// How far it is with all ledgers together.
pub(crate) fn status(core: &Core) -> ScrubStatus {
    let mut status = ScrubStatus {
        bytes_per_second: core.options.scrub.bytes_per_second,
        ..ScrubStatus::default()
    };
    for cell in core.registry.cells() {
        let (state, size) = (cell.scrubbed.get(), cell.size());
        let last = state.ended.map(|ended| ended.at);
        status.ledgers += 1;
        status.records += size;
        status.with_findings += u64::from(state.has_finding);
        status.never_ended += u64::from(last.is_none());
        status.verified += match state.ended {
            // In the next pass, what the last one verified is so still, as far as that one has not come.
            Some(ended) => ended.size.max(state.upto).min(size),
            None => state.upto.min(size),
        };
        if let Some(last) = last {
            let oldest = status.oldest_pass.get_or_insert(last);
            *oldest = last.min(*oldest);
        }
    }
    status
}

/// The ledgers in which it has found something, and those that it has not come to for too long.
pub(crate) fn notices(core: &Core) -> Vec<Notice> {
    let rule = core.options.scrub;
    let now = core.environment.now();
    let cells = core.registry.cells();
    let told = cells
        .iter()
        .filter_map(|cell| found(cell).or_else(|| behind(cell, rule, core.since, now)));
    told.collect()
}

fn found(cell: &Arc<LedgerState>) -> Option<Notice> {
    let state = cell.scrubbed.get();
    let detail = match state.finding {
        Some(finding) => format!(
            "the scrub has found that what is stored is not what was acknowledged: {finding}. The ledger is in quarantine; \
             `indelible verify` names all that is wrong with it"
        ),
        None if state.has_finding && cell.state().0 != Availability::Closed => format!(
            "before the last start the scrub had found damage in the ledger, at record {} or behind it, and it has not read \
             that again yet",
            state.upto
        ),
        None => return None,
    };
    Some(Notice {
        code: NoticeCode::ScrubFound,
        detail,
        ledger: Some(cell.origin().to_string()),
    })
}

/// A ledger in quarantine is not read, and its own notice says why.
fn behind(cell: &Arc<LedgerState>, rule: ScrubRule, since: u64, now: u64) -> Option<Notice> {
    let state = cell.scrubbed.get();
    let last = match state.ended {
        Some(ended) => ended.at,
        None if state.is_running() => state.began,
        None => cell.descriptor.created.max(since),
    };
    let most = rule.pass_interval.saturating_add(SCRUB_BEHIND_TOLD);
    let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    if !rule.is_on()
        || cell.is_suspect()
        || cell.state().0 == Availability::Quarantined
        || now.saturating_sub(last) < most
    {
        return None;
    }
    let ended = match state.ended {
        Some(ended) => format!("ended a pass at {}", shortest(ended.at)),
        None => format!(
            "never ended a pass, and has been at it since {}",
            shortest(last)
        ),
    };
    let why = match state.unread {
        Some(why) => format!("The ledger could not be read when it was tried last: {why}"),
        None => {
            "Give it more with `bytes_per_second` of `[scrub]`, or find out what loads the disk"
                .to_owned()
        }
    };
    Some(Notice {
        code: NoticeCode::ScrubBehind,
        detail: format!(
            "the scrub last {ended}; damage to the ledger since then would go unnoticed until somebody reads it. {why}"
        ),
        ledger: Some(cell.origin().to_string()),
    })
}
