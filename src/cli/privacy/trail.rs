//! Who had a person's records decrypted, as the access trails say.

use std::fmt;

use indelible_proto::v1::{Event, EventFilter, Ledger, LedgerRecord, fact_value::Value};
use serde::Serialize;

use crate::cli::{
    connection::{Client, Connection},
    error::CliError,
    privacy::{holding::Holding, listing::Listing},
    ui::time,
};

const ACCESS_TYPE: &str = "indelible.access.decrypted.v1";

/// Somebody who opened records of the person.
#[derive(Debug, Serialize)]
pub(crate) struct Recipient {
    pub(crate) principal: String,
    pub(crate) call: String,
    pub(crate) purpose: String,
    pub(crate) recorded_time: String,
    #[serde(skip)]
    pub(crate) for_people: String,
    /// How many of the person's records.
    pub(crate) records: usize,
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            principal,
            call,
            purpose,
            for_people,
            records,
            ..
        } = self;
        write!(f, "{for_people}, {principal}, {call}, records: {records}")?;
        match purpose.as_str() {
            "" => Ok(()),
            purpose => write!(f, ", for: {purpose}"),
        }
    }
}

impl Recipient {
    /// Of a record that says so, about some records of the person.
    pub(super) fn of(event: &Event, record: &LedgerRecord, records: usize) -> Self {
        let fact = |name| text(event, name).unwrap_or_default();
        Self {
            principal: fact("principal"),
            call: fact("call"),
            purpose: fact("purpose"),
            recorded_time: time::to_text(record.recorded_time.as_ref()),
            for_people: time::for_people(record.recorded_time.as_ref()),
            records,
        }
    }
}

/// Who opened any of these records, which ascend, as far as the trail went when the ledger was looked at. Nobody where
/// the ledger keeps no trail.
pub(crate) async fn recipients(
    connection: &Connection,
    client: &mut Client,
    ledger: &Ledger,
    sequences: &[u64],
) -> Result<Vec<Recipient>, CliError> {
    let mut recipients = Vec::new();
    if !ledger.access_trail || sequences.is_empty() {
        return Ok(recipients);
    }
    let filter = EventFilter {
        r#type: ACCESS_TYPE.to_owned(),
        ..Default::default()
    };
    let mut trail = Listing::new(connection, &ledger.origin, ledger.size, filter, None);
    while let Some(entries) = trail.next(client).await? {
        recipients.extend(
            entries
                .iter()
                .filter_map(|entry| recipient(entry, sequences)),
        );
    }
    Ok(recipients)
}

/// The records of the person, without opening them.
pub(crate) async fn sequences(
    connection: &Connection,
    client: &mut Client,
    holding: &Holding,
    data_subject: &str,
) -> Result<Vec<u64>, CliError> {
    let filter = EventFilter {
        data_subject: data_subject.to_owned(),
        ..Default::default()
    };
    let ledger = &holding.ledger;
    let mut theirs = Listing::new(connection, &ledger.origin, ledger.size, filter, None);
    let mut sequences = Vec::new();
    while let Some(records) = theirs.next(client).await? {
        sequences.extend(records.iter().map(|record| record.sequence));
    }
    Ok(sequences)
}

fn recipient(entry: &LedgerRecord, sequences: &[u64]) -> Option<Recipient> {
    let event = entry.event.as_ref()?;
    let records = count_in(&text(event, "sequences")?, sequences);
    (records > 0).then(|| Recipient::of(event, entry, records))
}

/// How many of these numbers, which ascend, a list like `3-7,9` has.
pub(crate) fn count_in(list: &str, numbers: &[u64]) -> usize {
    let of_part = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse(), last.trim().parse::<u64>()) else {
            return 0;
        };
        let begin = numbers.partition_point(|number| *number < first);
        numbers[begin..].partition_point(|number| *number <= last)
    };
    list.split(',').map(of_part).sum()
}

/// A fact as text.
pub(crate) fn text(event: &Event, name: &str) -> Option<String> {
    match event.facts.get(name)?.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Uint(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_has_what_it_names() {
        let counted = |list, numbers: &[u64]| count_in(list, numbers);
        assert_eq!(counted("3-7,9", &[2, 3, 5, 7, 8, 9, 10]), 4);
        assert_eq!(counted("3-7,9", &[2, 8, 10]), 0);
        assert_eq!(counted("", &[0]), 0);
        assert_eq!(counted("x-2", &[1]), 0);
        assert_eq!(counted("7-3", &[3, 5]), 0);
    }
}
