//! The fields that a line may have. A field that is not listed is left out, so that nobody can make a line tell of a person, a
//! payload or a secret by adding a field to it: a new name is a decision. `docs/logs.md` says what each of them holds.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::{RecordFields, VisitOutput as _},
    fmt::{
        FormatFields,
        format::{DefaultVisitor, Writer},
    },
};

/// The words of the line itself.
pub(super) const MESSAGE: &str = "message";

/// All other fields, in the order of their names.
const LISTED: &[&str] = &[
    "action",
    "address",
    "after",
    "answer",
    "backup",
    "before",
    "bindings",
    "bound",
    "by",
    "bytes",
    "cause",
    "class",
    "code",
    "copied",
    "count",
    "cursor",
    "data",
    "detail",
    "direction",
    "directory",
    "error",
    "events",
    "evidence",
    "fault",
    "file",
    "files",
    "finding",
    "fold",
    "found",
    "free",
    "from",
    "gap",
    "id",
    "is_new",
    "issuer",
    "kek",
    "kept",
    "key",
    "keys",
    "kind",
    "least",
    "ledger",
    "ledgers",
    "left",
    "left_over",
    "limit",
    "listening",
    "lists",
    "mode",
    "moved",
    "name",
    "named",
    "now",
    "open",
    "origin",
    "peer",
    "per_day",
    "per_second",
    "place",
    "presented",
    "principal",
    "problem",
    "quota",
    "reason",
    "recorded",
    "refusal",
    "refused",
    "request",
    "seconds",
    "sequence",
    "size",
    "term",
    "times",
    "to",
    "token",
    "total",
    "tries",
    "two_people",
    "until",
    "user",
    "waited_ms",
    "waits_for_restart",
    "what",
    "who",
    "why",
];

/// Whether a line may have a field of this name.
pub(super) fn is_listed(name: &str) -> bool {
    name == MESSAGE || LISTED.binary_search(&name).is_ok()
}

/// Writes the fields that are listed, as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed;

impl<'writer> FormatFields<'writer> for Listed {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut all = DefaultVisitor::new(writer, true);
        fields.record(&mut OnlyListed(&mut all));
        all.finish()
    }
}

/// Passes on the fields that are listed.
pub(super) struct OnlyListed<'a, V>(pub(super) &'a mut V);

impl<V: Visit> Visit for OnlyListed<'_, V> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if is_listed(field.name()) {
            self.0.record_f64(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if is_listed(field.name()) {
            self.0.record_i64(field, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if is_listed(field.name()) {
            self.0.record_u64(field, value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if is_listed(field.name()) {
            self.0.record_bool(field, value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if is_listed(field.name()) {
            self.0.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        if is_listed(field.name()) {
            self.0.record_error(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if is_listed(field.name()) {
            self.0.record_debug(field, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order_so_that_each_is_found() {
        assert!(LISTED.is_sorted());
        assert!(LISTED.iter().all(|name| is_listed(name)));
        for other in ["payload", "data_subject", "authorization", "passphrase"] {
            assert!(!is_listed(other), "{other}");
        }
    }
}
