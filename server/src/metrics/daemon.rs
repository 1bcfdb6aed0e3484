//! What the daemon around the engine tells of itself: its process, its edge, and what it depends on.

use std::{collections::BTreeMap, path::Path, time::Duration};

use indelible_keystore::{ProviderCall, ProviderMeters};
use indelible_ledger::NoticeCode;
use indelible_proto::v1;
use indelible_store::disk::disk_free;

use super::{catalogue as families, page::Page};
use crate::{
    issuers::now,
    machine::{clock::clock_sync, process},
    refusals,
    rpc::{About, Budget, Gate},
    traces, traffic,
};

/// The program and its process.
pub(super) fn program(page: &mut Page, about: &About) {
    page.by(&families::BUILD, [(about.version, 1_u64)]);
    page.one(&families::STARTED, Duration::from_nanos(about.started));
    if let Ok(taken) = process::taken() {
        page.one(&families::PROCESSOR, taken.processor);
        page.one(&families::RESIDENT, taken.resident_bytes);
        page.one(&families::OPEN_FILES, taken.open_files);
    }
    page.one(&families::OPEN_FILES_LIMIT, about.files.limit);
    page.one(&families::CONNECTIONS_LIMIT, about.files.connections);
    if let Ok(sync) = clock_sync() {
        page.one(&families::CLOCK_SYNCHRONISED, sync.is_synchronised);
        page.one(&families::CLOCK_ERROR, sync.error_max);
    }
}

/// Calls and connections.
pub(super) fn edge(page: &mut Page, budget: &Budget) {
    let methods = traffic::methods();
    let calls = methods.iter().flat_map(|method| {
        let counted = method.by_code();
        counted.map(move |(code, count)| ([method.name.as_str(), code], count))
    });
    page.many(&families::CALLS, calls);
    let seconds = methods.iter().map(|method| {
        let reading = method.seconds.read();
        ([method.name.as_str()], reading)
    });
    // A method that nobody calls would be some twenty lines of zeros.
    page.histogram(
        &families::CALL_SECONDS,
        seconds.filter(|(_, reading)| reading.count > 0),
    );
    page.by(&families::CALLS_OPEN, traffic::open_calls());
    page.by(&families::ERRORS, traffic::refusals_by_reason());
    page.by(&families::REFUSALS, refusals::totals());
    let connections = traffic::connections().map(|(way, open, _)| (way, open));
    page.by(&families::CONNECTIONS, connections);
    let opened = traffic::connections().map(|(way, _, opened)| (way, opened));
    page.by(&families::CONNECTIONS_OPENED, opened);
    let traces::Counts { sent, dropped } = traces::counts();
    page.by(
        &families::TRACE_SPANS,
        [("sent", sent), ("dropped", dropped)],
    );
    let pools = budget.pools();
    page.by(&families::BUFFERED, pools.map(|pool| (pool.of, pool.taken)));
    page.by(
        &families::BUFFER_LIMIT,
        pools.map(|pool| (pool.of, pool.limit)),
    );
}

/// What an operator is told, the daemon's own notices included.
pub(super) fn notices(page: &mut Page, notices: &[v1::Notice]) {
    // A notice that every daemon has is of no use to monitoring.
    let told = |name: &str| name != NoticeCode::RollbackUndetectable.name();
    let names = NoticeCode::ALL.iter().map(|code| code.name());
    let mut counts: BTreeMap<&str, u64> = names.map(|name| (name, 0)).collect();
    for notice in notices {
        *counts.entry(notice.code().name()).or_default() += 1;
    }
    counts.retain(|name, _| told(name));
    page.by(&families::NOTICES, counts);
}

/// What ends by itself, or waits for somebody.
pub(super) fn terms(page: &mut Page, about: &About, gate: &Gate) {
    if let Some(seconds) = about.issuers.oldest_seconds() {
        page.one(&families::ISSUER_KEYS_AGE, seconds);
    }
    let tokens = about.tokens.counts(now());
    let counted = [("valid", tokens.valid), ("ends_soon", tokens.end_soon)];
    page.by(&families::TOKENS, counted);
    let (pending, approved) = gate.open_approvals(now());
    page.by(
        &families::APPROVALS,
        [("pending", pending), ("approved", approved)],
    );
    if let Some(until) = about.tls.as_ref().map(crate::tls::Keeper::until) {
        let until = u64::try_from(until).unwrap_or_default();
        page.one(&families::CERTIFICATE, until);
    }
}

/// What was backed up, where backups are configured.
pub(super) fn backups(page: &mut Page, about: &About) {
    // What is not known is left out: none would be called the newest.
    if about.backups.configured().is_none() || about.backups.origin().is_none() {
        return;
    }
    let newest = about.backups.newest();
    let made_ns = newest.as_ref().map_or(0, |newest| newest.made_ns);
    page.one(&families::BACKUP_TIME, made_ns / 1_000_000_000);
    let verified_ns = about
        .backups
        .verified()
        .map_or(0, |known| known.verified_ns);
    page.one(&families::BACKUP_VERIFIED, verified_ns / 1_000_000_000);
    let bytes = newest.as_ref().map_or(0, |newest| newest.total_bytes);
    page.one(&families::BACKUP_BYTES, bytes);
    page.one(&families::BACKUPS, about.backups.count() as u64);
}

/// Free room where the daemon writes. A volume that can't be asked is left out.
pub(super) fn volumes(page: &mut Page, data: &Path, anchor: &Path) {
    let anchor = anchor.parent().unwrap_or(anchor);
    let free = [("data", data), ("anchor", anchor)];
    let free = free.into_iter().filter_map(|(of, path)| {
        let free = disk_free(path).ok()?;
        Some((of, free))
    });
    page.by(&families::VOLUME_FREE, free);
}

/// The providers of keys.
pub(super) fn providers(page: &mut Page, meters: &ProviderMeters) {
    let calls = ProviderCall::ALL.into_iter();
    let seconds = calls.map(|call| ([call.name()], meters.of(call).seconds.read()));
    page.histogram(&families::PROVIDER_SECONDS, seconds);
    let calls = ProviderCall::ALL.into_iter();
    let failures = calls.map(|call| (call.name(), meters.of(call).failures.get()));
    page.by(&families::PROVIDER_FAILURES, failures);
}
