//! Under which rules of retention contents of records were destroyed.

use std::collections::BTreeMap;

use indelible_proto::v1::{
    Disposal, LedgerRecord, ListDisposalsRequest, PartState, RetentionParts, RetentionRule,
};

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{rule::in_words, time},
};

const PAGE_SIZE: i32 = 1_000;

/// The disposals of a ledger, by their own records.
#[derive(Default)]
pub(crate) struct Disposals(BTreeMap<u64, Disposal>);

impl Disposals {
    /// Those on record.
    ///
    /// # Errors
    /// If the daemon does not tell them.
    pub(crate) async fn read(session: &Session, origin: &str) -> Result<Self, CliError> {
        let mut client = session.connection.open_retention().await?;
        let (mut all, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request = session.connection.request(ListDisposalsRequest {
                ledger: origin.to_owned(),
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_disposals(request).await?.into_inner();
            let numbered = page.disposals.into_iter();
            all.extend(numbered.map(|disposal| (disposal.sequence, disposal)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(Self(all));
            }
        }
    }

    /// The first that destroyed a record's body, before some record.
    pub(crate) fn of_body(&self, record: &LedgerRecord, before: u64) -> Option<&Disposal> {
        let named = record.disposal_sequences.iter();
        named
            .take_while(|sequence| **sequence < before)
            .filter_map(|sequence| self.0.get(sequence))
            .find(|disposal| rule(disposal).is_some_and(|rule| takes_body(rule.parts())))
    }

    /// What became of a record's parts, for a person; nothing where no rule let go of any.
    pub(crate) fn told(&self, record: &LedgerRecord) -> Option<String> {
        let body = self.of_body(record, u64::MAX);
        let named = record.disposal_sequences.iter();
        let mut any = named.filter_map(|sequence| self.0.get(sequence));
        let disposal = body.or_else(|| any.next());
        let what = match record.body_state() {
            PartState::Erased => "its contents were destroyed, and only what is shown here is left",
            _ => "its payload was destroyed",
        };
        match disposal {
            Some(disposal) => Some(format!("{what}: {}", in_few_words(disposal))),
            None if record.disposal_sequences.is_empty() => None,
            None => Some(format!("{what}, under a rule of retention")),
        }
    }
}

/// Whether a record's contents are gone: all that its body said.
pub(crate) fn is_gone(record: &LedgerRecord) -> bool {
    record.body_state() == PartState::Erased
}

fn rule(disposal: &Disposal) -> Option<&RetentionRule> {
    disposal.rule.as_ref()
}

fn takes_body(parts: RetentionParts) -> bool {
    matches!(parts, RetentionParts::All | RetentionParts::Bodies)
}

/// Which rule, on which ground and when.
pub(crate) fn in_few_words(disposal: &Disposal) -> String {
    let (sequence, when) = (
        disposal.sequence,
        time::for_people(disposal.recorded_time.as_ref()),
    );
    match rule(disposal) {
        Some(rule) => format!(
            "by the rule {} as record {sequence} says, recorded {when}",
            in_words(rule)
        ),
        None => format!("as record {sequence} says, recorded {when}"),
    }
}
