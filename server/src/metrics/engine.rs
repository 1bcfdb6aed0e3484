//! What the engine and its store tell of themselves.

use indelible_ledger::{Availability, Engine, EngineStatus, LedgerSummary, Notice, NoticeCode};
use indelible_store::Cause;

use super::{catalogue as families, page::Page};

/// All states, so that a series does not vanish when nothing is in it.
const STATES: [(Availability, &str); 5] = [
    (Availability::Open, "open"),
    (Availability::ReadOnly, "read_only"),
    (Availability::Stopped, "stopped"),
    (Availability::Quarantined, "quarantined"),
    (Availability::Closed, "closed"),
];

/// What stands for all ledgers beyond those that are named. No ledger can have the name, since it is not a valid one.
const OTHER_LEDGERS: &str = "(other)";

/// What the status says.
pub(super) fn status(page: &mut Page, status: &EngineStatus) {
    let is_away = |notice: &Notice| notice.code == NoticeCode::KeyProviderAway;
    let is_available = status.keys_away.is_none() && !status.notices.iter().any(is_away);
    page.one(&families::KEYS_AVAILABLE, is_available);
    let ledgers = &status.ledgers;
    let in_state = |state| ledgers.iter().filter(|one| one.state == state).count();
    let states = STATES.map(|(state, name)| match (state, &status.blocked) {
        (Availability::Open, Some(_)) => (name, 0),
        _ => (name, in_state(state)),
    });
    let blocked = match &status.blocked {
        Some(_) => in_state(Availability::Open),
        None => 0,
    };
    page.by(
        &families::LEDGERS,
        states.into_iter().chain([("blocked", blocked)]),
    );
    let records: u64 = ledgers.iter().map(|one| one.size).sum();
    page.one(&families::RECORDS, records);
    let furthest = |upto: fn(&LedgerSummary) -> u64| {
        let lags = ledgers.iter().map(|one| one.size.saturating_sub(upto(one)));
        lags.max().unwrap_or(0)
    };
    page.by(
        &families::LAG,
        [
            ("checkpoint", furthest(|one| one.published_size)),
            ("index", furthest(|one| one.indexed_size)),
            ("projections", furthest(|one| one.projected_size)),
        ],
    );
    let behind = status.clock.behind.map_or(0, |behind| behind.as_secs());
    page.one(&families::CLOCK_BEHIND, behind);
    page.one(&families::CLOCK_UNCONFIRMED, status.clock.unconfirmed);
    scrub(page, status);
    rescue(page, status);
}

/// How far the scrub is.
fn scrub(page: &mut Page, status: &EngineStatus) {
    let scrub = status.scrub;
    page.one(&families::SCRUB_VERIFIED, scrub.verified);
    page.by(
        &families::SCRUB_LEDGERS,
        [
            ("with_findings", scrub.with_findings),
            ("never_ended", scrub.never_ended),
        ],
    );
    if let Some(oldest) = scrub.oldest_pass {
        let age_ns = status.clock.now.saturating_sub(oldest);
        page.one(&families::SCRUB_PASS_AGE, age_ns / 1_000_000_000);
    }
}

/// How the copies of data keys stand, where there are to be some.
fn rescue(page: &mut Page, status: &EngineStatus) {
    if let Some(rescue) = &status.rescue {
        page.by(
            &families::RESCUE_KEYS,
            [("all", rescue.keys), ("without_copy", rescue.lacking)],
        );
    }
}

/// Ledgers by name: the first so many in the order of their names, and all others together.
pub(super) fn by_name(page: &mut Page, status: &EngineStatus, most: usize) {
    if most == 0 {
        return;
    }
    let is_open = |one: &LedgerSummary| is_open(one) && status.blocked.is_none();
    let ledgers = &status.ledgers;
    let (named, others) = ledgers.split_at(most.min(ledgers.len()));
    let of_others: u64 = others.iter().map(|one| one.size).sum();
    let open_others = others.iter().filter(|one| is_open(one)).count() as u64;
    let records = named.iter().map(|one| (one.name.as_str(), one.size));
    page.by(
        &families::LEDGER_RECORDS,
        records.chain([(OTHER_LEDGERS, of_others)]),
    );
    let open = named
        .iter()
        .map(|one| (one.name.as_str(), u64::from(is_open(one))));
    page.by(
        &families::LEDGER_OPEN,
        open.chain([(OTHER_LEDGERS, open_others)]),
    );
}

fn is_open(one: &LedgerSummary) -> bool {
    one.state == Availability::Open
}

/// How appends get on, and what waits.
pub(super) fn work(page: &mut Page, engine: &Engine) {
    let meters = engine.meters();
    let stages = [
        (["queue"], meters.queued.read()),
        (["sign"], meters.signed.read()),
        (["commit"], meters.committed.read()),
        (["anchor"], meters.anchored.read()),
    ];
    page.histogram(&families::APPEND_STAGE, stages);
    page.one(&families::APPENDED_RECORDS, meters.records.get());
    page.one(&families::APPENDED_BYTES, meters.bytes.get());
    page.one(&families::COMMITS, meters.groups.get());
    let (events, bytes) = engine.waiting();
    page.one(&families::QUEUE_EVENTS, events);
    page.one(&families::QUEUE_BYTES, bytes);
    page.one(&families::CHECKPOINT_OVERDUE, engine.unpublished_for());
}

/// What agents were answered.
pub(super) fn decisions(page: &mut Page, engine: &Engine) {
    let decisions = &engine.meters().decisions;
    page.by(
        &families::DECISIONS,
        [
            ("allow", decisions.allowed.get()),
            ("warn", decisions.warned.get()),
            ("escalate", decisions.escalated.get()),
            ("deny", decisions.denied.get()),
        ],
    );
    page.one(
        &families::DECISIONS_WAITING,
        engine.waiting_decisions() as u64,
    );
}

/// How the store and the anchor stand.
pub(super) fn storage(page: &mut Page, engine: &Engine) {
    let anchor = engine.anchor_figures();
    page.one(&families::ANCHOR_USABLE, anchor.is_usable);
    page.one(&families::ANCHOR_REPLACED, anchor.replaced);
    page.one(&families::ANCHOR_ROOM, anchor.room_ledgers);
    let met = Cause::ALL.into_iter().zip(Cause::counts());
    page.by(
        &families::STORAGE_TROUBLES,
        met.map(|(cause, count)| (cause.name(), count)),
    );
    let Some(store) = engine.store_figures() else {
        return;
    };
    page.one(&families::STORE_TABLES, store.table_bytes);
    page.one(&families::STORE_WRITE_BUFFERS, store.write_buffer_bytes);
    page.one(&families::STORE_CACHE, store.cache_bytes);
    page.one(&families::STORE_CACHE_PINNED, store.cache_pinned_bytes);
    page.one(&families::STORE_PENDING, store.pending_compaction_bytes);
    page.one(&families::STORE_COMPACTIONS, store.compactions);
    page.one(&families::STORE_FLUSHES, store.flushes);
    page.one(&families::STORE_FULL_BUFFERS, store.full_write_buffers);
    page.one(&families::STORE_UPPERMOST, store.uppermost_tables);
    page.one(&families::STORE_ERRORS, store.background_errors);
    page.one(&families::STORE_STOPPED, store.writes_stopped);
    page.one(
        &families::STORE_DELAYED,
        store.delayed_write_bytes_per_second,
    );
}
