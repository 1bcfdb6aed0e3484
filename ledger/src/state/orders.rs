//! Orders about what is kept and what goes, as their records say them: holds, erasures and disposals.

use std::collections::BTreeSet;

use indelible_evidence::{
    hash::{DataKeyId, HoldId},
    header::Header,
    key_event::{Disposal, RetentionRule, Span},
};

/// Something that keeps data keys from being erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Names it.
    pub id: HoldId,
    /// The record that placed it.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it covers; none means the whole ledger.
    pub data_keys: Option<BTreeSet<DataKeyId>>,
    /// Why, as whoever placed it said.
    pub reason: Option<String>,
}

/// An erasure, as its record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it destroys.
    pub data_keys: Vec<DataKeyId>,
    /// The legal basis.
    pub basis: String,
}

/// A disposal on record. Which parts of which records it names, the rule says and the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The rule, as it was in force there.
    pub rule: RetentionRule,
    /// The spans of records among which it names some.
    pub spans: Vec<Span>,
}

impl DisposalRecord {
    /// What the record of a header says, under the rule in force there.
    pub(crate) fn of(header: &Header<'_>, disposal: Disposal, rule: &RetentionRule) -> Self {
        Self {
            sequence: header.sequence,
            time: header.time,
            rule: rule.clone(),
            spans: disposal.spans,
        }
    }
}
