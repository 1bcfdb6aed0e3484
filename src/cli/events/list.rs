//! `indelible list`: events that match.

use std::collections::BTreeMap;

use clap::Args;
use indelible_proto::v1::{EventFilter, FactValue, ListEventsRequest};

use crate::cli::{
    error::CliError,
    events::{
        append::fact,
        record_rows::{RECORD_COLUMNS, Sealed, record_row},
        record_view::RecordView,
    },
    session::Session,
    ui::{
        columns::Columns, data_subject::DataSubject, named::named, opening::Opening,
        output::Output, range::Bounds,
    },
};

const PAGE_SIZE_MAX: u64 = 1_000;
const LIMIT_DEFAULT: u64 = 100;

/// List events in the order of their sequence numbers; all that is asked for must match
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
    /// Exactly this type, or all that begin so: 'ai.*'; given more than once, one of them
    #[arg(long = "type", value_name = "TYPE|PREFIX*", value_parser = event_type)]
    types: Vec<EventType>,
    /// Exactly this source
    #[arg(long, value_parser = named)]
    source: Option<String>,
    /// Exactly this subject
    #[arg(long, value_parser = named)]
    subject: Option<String>,
    /// Exactly this actor
    #[arg(long, value_parser = named)]
    actor: Option<String>,
    /// Exactly this correlation id
    #[arg(long, value_name = "ID", value_parser = named)]
    correlation_id: Option<String>,
    /// Exactly this classification
    #[arg(long, value_name = "NAME", value_parser = named)]
    classification: Option<String>,
    /// With this fact; given more than once, with all of them. NAME=TEXT is text, NAME:=JSON a whole number, a truth value
    /// or text in quotes, as for `append`
    #[arg(long = "fact", value_name = "NAME=TEXT|NAME:=JSON", value_parser = fact)]
    facts: Vec<(String, FactValue)>,
    #[command(flatten)]
    about: DataSubject,
    #[command(flatten)]
    bounds: Bounds,
    /// The newest first
    #[arg(long)]
    newest_first: bool,
    /// At most this many, 1 or more
    #[arg(long, value_name = "N", default_value_t = LIMIT_DEFAULT, value_parser = limit)]
    limit: u64,
    /// All of them, however many
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Add the stored evidence bytes; with --output json
    #[arg(long)]
    evidence: bool,
    #[command(flatten)]
    opening: Opening,
}

/// What `--type` says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EventType {
    Exactly(String),
    Beginning(String),
}

impl List {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut left = if self.all { u64::MAX } else { self.limit };
        let data_subject = self.about.read()?.unwrap_or_default();
        let (selection, filter) = (self.bounds.selection()?, self.filter(data_subject)?);
        let mut client = session.connection.open().await?;
        let mut shown = Shown::new(self.opening.is_wanted());
        let mut page_token = String::new();
        while left > 0 {
            let request = session.connection.request(ListEventsRequest {
                ledger: self.ledger.clone(),
                selection,
                filter: Some(filter.clone()),
                page_size: i32::try_from(left.min(PAGE_SIZE_MAX)).unwrap_or(i32::MAX),
                page_token,
                include_evidence: self.evidence,
                open_sealed: self.opening.is_wanted(),
                purpose: self.opening.purpose(),
                newest_first: self.newest_first,
            });
            let mut page = client.list_events(request).await?.into_inner();
            page.records
                .truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= page.records.len() as u64;
            shown.show(&mut session.output, &page.records)?;
            page_token = page.next_page_token;
            if page_token.is_empty() {
                shown.end(&mut session.output);
                return Ok(());
            }
        }
        session.output.flush()?;
        shown.end(&mut session.output);
        if !self.all {
            session.output.remark(format_args!(
                "there may be more: --limit {} was reached; --all lists all of them",
                self.limit
            ));
        }
        Ok(())
    }

    fn filter(&self, data_subject: String) -> Result<EventFilter, CliError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (mut types, mut type_prefixes) = (Vec::new(), Vec::new());
        for event_type in &self.types {
            match event_type.clone() {
                EventType::Exactly(name) => types.push(name),
                EventType::Beginning(prefix) => type_prefixes.push(prefix),
            }
        }
        let mut facts = BTreeMap::new();
        for (name, value) in &self.facts {
            if facts.insert(name.clone(), value.clone()).is_some() {
                return Err(CliError::Usage(format!("fact {name} is given twice")));
            }
        }
        Ok(EventFilter {
            r#type: String::new(),
            types,
            type_prefixes,
            classification: text(&self.classification),
            data_subject,
            facts,
            source: text(&self.source),
            subject: text(&self.subject),
            actor: text(&self.actor),
            correlation_id: text(&self.correlation_id),
        })
    }
}

/// What was shown so far.
struct Shown {
    columns: Columns,
    sealed: Sealed,
    records: u64,
}

impl Shown {
    fn new(is_opening: bool) -> Self {
        Self {
            columns: Columns::new(RECORD_COLUMNS),
            sealed: Sealed::new(is_opening),
            records: 0,
        }
    }

    fn show(
        &mut self,
        output: &mut Output,
        records: &[indelible_proto::v1::LedgerRecord],
    ) -> Result<(), CliError> {
        self.records += records.len() as u64;
        records.iter().for_each(|record| self.sealed.see(record));
        if output.is_json() {
            let mut views = records.iter().map(RecordView::new);
            return views.try_for_each(|view| output.object_line(&view));
        }
        let rows: Vec<_> = records.iter().map(record_row).collect();
        self.columns.show(output, &rows)
    }

    fn end(self, output: &mut Output) {
        if self.records == 0 {
            output.remark("no event matches");
        }
        self.sealed.tell(output);
    }
}

fn limit(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err(
            "no event would be listed, whatever the ledger has; give 1 or more, or --all for all of them"
                .to_owned(),
        ),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

fn event_type(text: &str) -> Result<EventType, String> {
    match text.split_once('*') {
        None => named(text).map(EventType::Exactly),
        Some(("", _)) => {
            Err("nothing stands before the *; leave --type away for all types".to_owned())
        }
        Some((prefix, "")) => Ok(EventType::Beginning(prefix.to_owned())),
        Some(_) => Err("a * can only stand at the end".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_nothing_is_refused_and_does_not_say_that_nothing_matches() {
        assert_eq!(limit("1"), Ok(1));
        assert_eq!(limit("100000"), Ok(100_000));
        let refused = limit("0").expect_err("refused");
        assert!(refused.contains("--all"), "{refused}");
        assert!(limit("-1").is_err());
    }

    #[test]
    fn a_star_at_the_end_stands_for_all_that_begin_so() {
        let exactly = |text: &str| Ok(EventType::Exactly(text.to_owned()));
        let beginning = |text: &str| Ok(EventType::Beginning(text.to_owned()));
        assert_eq!(event_type("ai.decision.v1"), exactly("ai.decision.v1"));
        assert_eq!(event_type("ai.*"), beginning("ai."));
        assert_eq!(event_type("ai*"), beginning("ai"));
        for wrong in ["", "*", "*.v1", "ai.*.v1", "ai.**"] {
            assert!(event_type(wrong).is_err(), "{wrong}");
        }
    }
}
