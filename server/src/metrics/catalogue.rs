//! Every metric that the daemon has, by name, kind, labels and meaning. `docs/metrics.md` says what to do about each.

/// What the samples of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number that goes up and down.
    Gauge,
    /// A number that only grows, from 0 at the start.
    Counter,
    /// How long something took, in buckets.
    Histogram,
    /// Words, in labels. The number is always 1.
    Info,
}

impl Kind {
    /// Its name in both forms of the page.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// One metric.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// Its name, without what the kind adds to it.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The names of its labels, in their order.
    pub(super) labels: &'static [&'static str],
    /// One line for whoever reads the page.
    pub(super) help: &'static str,
}

impl Family {
    /// The unit that the name ends in.
    pub(super) fn unit(&self) -> Option<&'static str> {
        let units = ["seconds", "bytes"].into_iter();
        units.filter(|_| self.kind != Kind::Info).find(|unit| {
            let before = self.name.strip_suffix(unit);
            before.is_some_and(|before| before.ends_with('_'))
        })
    }
}

/// Makes a constant of each family, and a list of all.
macro_rules! families {
    ($($constant:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(super) const $constant: Family = Family {
            name: $name,
            kind: Kind::$kind,
            labels: &[$($label),*],
            help: $help,
        };)+

        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&Family] = &[$(&$constant),+];
    };
}

families! {
    BUILD: Info "indelible_build" ["version"]
        "The version of the program that runs.";
    STARTED: Gauge "process_start_time_seconds" []
        "When the process started, seconds since 1970.";
    PROCESSOR: Counter "process_cpu_seconds" []
        "Time of processors that the process has taken.";
    RESIDENT: Gauge "process_resident_memory_bytes" []
        "Memory of the process that lies in RAM.";
    OPEN_FILES: Gauge "process_open_fds" []
        "Files and sockets that the process has open.";
    OPEN_FILES_LIMIT: Gauge "process_max_fds" []
        "Files and sockets that the process may have open.";
    SERVING: Gauge "indelible_serving" []
        "1 once recovery is done and until the daemon drains.";
    NOTICES: Gauge "indelible_notices" ["code"]
        "Notices for the operator, by code; the runbook has a section for each code.";
    CALLS: Counter "indelible_calls" ["method", "code"]
        "Calls that have ended, by method and by the code that they ended with.";
    CALL_SECONDS: Histogram "indelible_call_seconds" ["method"]
        "How long calls took, from their arrival to the end of their answer.";
    CALLS_OPEN: Gauge "indelible_calls_open" ["kind"]
        "Calls in progress: single have one request and one answer, stream have more.";
    ERRORS: Counter "indelible_errors" ["reason"]
        "Calls, and messages of calls, that were refused, by the reason that the caller was given.";
    REFUSALS: Counter "indelible_refusals" ["kind"]
        "Refusals since the start, by what was refused; the log tells of all of them, of the many together.";
    CONNECTIONS: Gauge "indelible_connections" ["listener"]
        "Connections that are open, by how they came in.";
    CONNECTIONS_OPENED: Counter "indelible_connections_opened" ["listener"]
        "Connections that were let in, by how they came in.";
    CONNECTIONS_LIMIT: Gauge "indelible_connections_limit" []
        "Connections that may be open at once.";
    BUFFERED: Gauge "indelible_buffered_bytes" ["of"]
        "Bytes that are taken of the budgets for messages that come in and answers that are not read yet.";
    BUFFER_LIMIT: Gauge "indelible_buffer_limit_bytes" ["of"]
        "Bytes of each of these budgets.";
    TRACE_SPANS: Counter "indelible_trace_spans" ["outcome"]
        "Spans of traced calls, by what became of them: sent to the collector, or dropped.";
    TOKENS: Gauge "indelible_tokens" ["which"]
        "Valid tokens of the daemon's own: all, and those of them that expire within 14 days.";
    APPROVALS: Gauge "indelible_approvals" ["state"]
        "Requests for a second person that nobody has ended: pending wait for that person, approved for the act.";
    CERTIFICATE: Gauge "indelible_certificate_expiry_timestamp_seconds" []
        "When the daemon's certificate or an authority of clients ends, whichever is first, seconds since 1970.";
    ISSUER_KEYS_AGE: Gauge "indelible_issuer_keys_age_seconds" []
        "How long ago the keys of an issuer of tokens were fetched, of the issuer where that is longest.";
    BACKUP_TIME: Gauge "indelible_backup_newest_time_seconds" []
        "When the newest backup was made, seconds since 1970; 0 if there is none.";
    BACKUP_VERIFIED: Gauge "indelible_backup_verified_time_seconds" []
        "When it was last reported that a backup was verified, seconds since 1970; 0 if none of those that are there was.";
    BACKUP_BYTES: Gauge "indelible_backup_newest_bytes" []
        "Bytes of the store that the newest backup has.";
    BACKUPS: Gauge "indelible_backups" []
        "Backups that are known and were not taken away.";
    SCRUB_VERIFIED: Gauge "indelible_scrub_verified_records" []
        "Records that were verified by the last pass of the scrub over their ledger, or by the one that goes on.";
    SCRUB_LEDGERS: Gauge "indelible_scrub_ledgers" ["which"]
        "Ledgers: in which the scrub has found damage, and of which no pass has ended.";
    SCRUB_PASS_AGE: Gauge "indelible_scrub_pass_age_seconds" []
        "How long ago the last pass of the scrub ended, of the ledger where that is longest.";
    RESCUE_KEYS: Gauge "indelible_rescue_keys" ["which"]
        "Data keys that were looked at since the start for copies for rescue recipients, or made with them: all of them, and those without a copy.";
    VOLUME_FREE: Gauge "indelible_volume_free_bytes" ["of"]
        "Bytes that the daemon may still write on the volumes of the data directory and of the anchor.";
    CLOCK_SYNCHRONISED: Gauge "indelible_clock_synchronised" []
        "Whether a service that sets the clock of the machine vouches for it.";
    CLOCK_ERROR: Gauge "indelible_clock_error_seconds" []
        "By how much the clock of the machine may be wrong, as the service that sets it reckons.";
    PROVIDER_SECONDS: Histogram "indelible_key_provider_call_seconds" ["call"]
        "How long calls of the providers of keys took, those that failed included.";
    PROVIDER_FAILURES: Counter "indelible_key_provider_failures" ["call"]
        "Calls of the providers of keys that failed.";
    KEYS_AVAILABLE: Gauge "indelible_keys_available" []
        "Whether the provider of the keys can be reached: 0 while the keys are away.";
    LEDGERS: Gauge "indelible_ledgers" ["state"]
        "Ledgers, by their state.";
    RECORDS: Gauge "indelible_records" []
        "Durable records of all ledgers.";
    LAG: Gauge "indelible_lag_records" ["of"]
        "The greatest lag of any ledger, in records behind its end, by what lags: published checkpoints, the index, stored states of projections.";
    CHECKPOINT_OVERDUE: Gauge "indelible_checkpoint_overdue_seconds" []
        "For how long what ledgers have gained could not all be published; 0 if it could.";
    CLOCK_BEHIND: Gauge "indelible_clock_behind_seconds" []
        "Seconds by which the clock is behind the newest recorded time; 0 if it is not.";
    CLOCK_UNCONFIRMED: Gauge "indelible_clock_unconfirmed" []
        "1 while the clock is further ahead than it may be, so that nothing is recorded.";
    APPEND_STAGE: Histogram "indelible_append_stage_seconds" ["stage"]
        "How long the stages of appends took: queue for each append; sign, commit and anchor for each group of them.";
    APPENDED_RECORDS: Counter "indelible_appended_records" []
        "Records that became durable since the start, the daemon's own included.";
    APPENDED_BYTES: Counter "indelible_appended_bytes" []
        "Bytes of these records, as they are stored.";
    COMMITS: Counter "indelible_commits" []
        "Groups that became durable since the start; each takes one sync of the store and one of the anchor.";
    DECISIONS: Counter "indelible_decisions" ["verdict"]
        "Decisions on acts of agents that became durable since the start, by what was answered.";
    DECISIONS_WAITING: Gauge "indelible_decisions_waiting" []
        "Calls for decisions that wait for a human.";
    QUEUE_EVENTS: Gauge "indelible_queue_events" []
        "Events that wait for their acknowledgement.";
    QUEUE_BYTES: Gauge "indelible_queue_bytes" []
        "Bytes of the bodies and payloads of these events.";
    ANCHOR_USABLE: Gauge "indelible_anchor_usable" []
        "Whether there is an anchor that can vouch for ledgers.";
    ANCHOR_REPLACED: Counter "indelible_anchor_replaced" []
        "How often the anchor was not in its place since the start, and was written anew.";
    ANCHOR_ROOM: Gauge "indelible_anchor_room_ledgers" []
        "Ledgers that can still be created before the anchor needs more room on its volume.";
    STORAGE_TROUBLES: Counter "indelible_storage_troubles" ["cause"]
        "How often the operating system refused the store something, by cause.";
    STORE_TABLES: Gauge "indelible_store_table_bytes" []
        "Bytes of the tables of the storage engine that are in use.";
    STORE_WRITE_BUFFERS: Gauge "indelible_store_write_buffer_bytes" []
        "Bytes that are in memory and in the log, and in no table yet.";
    STORE_CACHE: Gauge "indelible_store_cache_bytes" []
        "Bytes of blocks that the storage engine keeps in memory, write buffers included.";
    STORE_CACHE_PINNED: Gauge "indelible_store_cache_pinned_bytes" []
        "Bytes among those that can't be given up now.";
    STORE_PENDING: Gauge "indelible_store_pending_compaction_bytes" []
        "Bytes that merging of tables has still to rewrite, as the storage engine reckons.";
    STORE_COMPACTIONS: Gauge "indelible_store_compactions" []
        "Merges of tables that run.";
    STORE_FLUSHES: Gauge "indelible_store_flushes" []
        "Write buffers that are being written out.";
    STORE_FULL_BUFFERS: Gauge "indelible_store_full_write_buffers" []
        "Write buffers that are full and not written out yet.";
    STORE_UPPERMOST: Gauge "indelible_store_uppermost_tables" []
        "Tables of the uppermost level of records.";
    STORE_ERRORS: Counter "indelible_store_background_errors" []
        "Failures of work of the storage engine in the background since the start.";
    STORE_STOPPED: Gauge "indelible_store_writes_stopped" []
        "1 while writes wait for merging or for write buffers.";
    STORE_DELAYED: Gauge "indelible_store_delayed_write_rate" []
        "Bytes in a second to which the storage engine holds writes back; 0 if it does not.";
    LEDGER_RECORDS: Gauge "indelible_ledger_records" ["ledger"]
        "Durable records of a ledger, for as many ledgers as the configuration says; other has those of all others.";
    LEDGER_OPEN: Gauge "indelible_ledger_open" ["ledger"]
        "Whether a ledger takes appends, for the same ledgers; of other it is how many do.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_as_monitoring_wants_them() {
        let names: BTreeSet<_> = ALL.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), ALL.len());
        for family in ALL {
            let name = family.name;
            let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(name.bytes().all(is_word), "{name}");
            assert!(name.starts_with("indelible_") || name.starts_with("process_"));
            for suffix in ["_total", "_info", "_bucket", "_count", "_sum", "_created"] {
                assert!(!name.ends_with(suffix), "{name}: the kind adds it");
            }
            assert!(family.help.ends_with('.') && !family.help.contains('\n'));
            assert!(
                family.kind != Kind::Histogram || family.unit().is_some(),
                "{name}"
            );
            assert!(!family.labels.contains(&"le"), "{name}");
        }
    }
}
