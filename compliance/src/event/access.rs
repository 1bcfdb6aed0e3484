//! Who read what of the ledger itself. The daemon writes these.

use super::convention::event;

event! {
    /// Somebody read what the ledger keeps encrypted.
    Access = "indelible.access.decrypted.v1" {
        /// Who.
        principal: &'a str,
        /// With which call.
        call: Option<&'a str>,
        /// How many records were opened.
        events: u64,
        /// The sequence number of the first.
        first_sequence: u64,
        /// The sequence number of the last.
        last_sequence: u64,
        /// What for, in their words.
        purpose: Option<&'a str>,
    }
}

event! {
    /// A report was made.
    ReportMade = "indelible.report.made.v1" {
        /// Who asked for it.
        principal: &'a str,
        /// The framework.
        framework: &'a str,
        /// The report's id.
        report_id: &'a str,
        /// The first sequence number of its range.
        first: Option<u64>,
        /// The last sequence number of its range.
        last: Option<u64>,
    }
    more_digests { "report" }
}
