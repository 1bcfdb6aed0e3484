//! Who read what of the ledger itself. The daemon writes these.

use super::definition::event;

/// The source of the daemon's access trail. What comes from another is a client's word.
pub const ACCESS_SOURCE: &str = "urn:indelible:access";

event! {
    /// Somebody opened what the ledger keeps encrypted. The daemon writes it, with the source
    /// `urn:indelible:access`, in a ledger that has an access trail.
    Access = "indelible.access.decrypted.v1" {
        /// Who.
        principal: &'a str,
        /// With which call.
        call: &'a str,
        /// How many records were opened.
        events: u64,
        /// The sequence number of the first of them.
        first_sequence: u64,
        /// The sequence number of the last of them.
        last_sequence: u64,
        /// Which ones, `3-7,9`.
        sequences: &'a str,
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
        /// How many clauses it is on.
        clauses: Option<u64>,
        /// How many clauses of its mapping it was not asked about.
        clauses_left_out: Option<u64>,
        /// Their numbers, where these are few; the digest `left_out` is of all of them, each with a line feed.
        left_out: Option<&'a str>,
    }
    more_digests { "left_out", "report" }
}
