//! Page tokens: the place where a list continues, bound to the query that it belongs to.
//!
//! A token is base64 (URL-safe, no padding) of: version 1, 16 bytes of a hash of the query, and the
//! place. The hash keeps a token from being used for another list by mistake. It is not a
//! secret and protects nothing: the gate decides what the bearer of a token may read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refusal::Refusal;
use crate::limits::PAGE_TOKEN_BYTES_MAX;

const VERSION: u8 = 1;
pub(crate) const BINDING_BYTES: usize = 16;
const CONTEXT: &str = "indelible 2026-11-20 page token v1";

/// What a token is for: the hash of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query([u8; BINDING_BYTES]);

/// The place where a table continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowPlace {
    /// The size that all pages hold for.
    pub(crate) size: u64,
    /// The row.
    pub(crate) row: u64,
    /// What the state was that the rows are of: rows of another one can't be counted on from there.
    pub(crate) state: [u8; BINDING_BYTES],
}

const ROW_PLACE_BYTES: usize = 8 + 8 + BINDING_BYTES;

/// Hashes the parts of a query, each with its length, so that no two queries look alike.
pub(crate) struct QueryHasher(blake3::Hasher);

impl QueryHasher {
    /// `list` names the kind of list.
    pub(crate) fn new(list: &str) -> Self {
        let mut hasher = Self(blake3::Hasher::new_derive_key(CONTEXT));
        hasher.text(list);
        hasher
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_be_bytes());
        self
    }

    pub(crate) fn finish(&self) -> Query {
        let mut binding = [0; BINDING_BYTES];
        binding.copy_from_slice(&self.0.finalize().as_bytes()[..BINDING_BYTES]);
        Query(binding)
    }
}

impl Query {
    /// The token for continuing at a sequence number.
    pub(crate) fn token_at(self, next_sequence: u64) -> String {
        self.token(&next_sequence.to_be_bytes())
    }

    /// The token for continuing after a name.
    pub(crate) fn token_after(self, last: &str) -> String {
        self.token(last.as_bytes())
    }

    /// The token for continuing at a row of a table, as of a size, while the table's state has this digest.
    pub(crate) fn token_at_row(self, row: RowPlace) -> String {
        let RowPlace { size, row, state } = row;
        let mut place = Vec::with_capacity(ROW_PLACE_BYTES);
        place.extend_from_slice(&size.to_be_bytes());
        place.extend_from_slice(&row.to_be_bytes());
        place.extend_from_slice(&state);
        self.token(&place)
    }

    /// The row to continue at; nothing for the first page.
    pub(crate) fn row(self, token: &str) -> Result<Option<RowPlace>, Refusal> {
        let Some(place) = self.place(token)? else {
            return Ok(None);
        };
        let whole: [u8; ROW_PLACE_BYTES] = place.try_into().map_err(|_| malformed())?;
        let number = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&whole[at..at + 8]);
            u64::from_be_bytes(bytes)
        };
        let mut state = [0; BINDING_BYTES];
        state.copy_from_slice(&whole[16..]);
        let size = number(0);
        if size == 0 {
            // No ledger is so small.
            return Err(malformed());
        }
        Ok(Some(RowPlace {
            size,
            row: number(8),
            state,
        }))
    }

    /// The sequence number to continue at; nothing for the first page.
    pub(crate) fn sequence(self, token: &str) -> Result<Option<u64>, Refusal> {
        let Some(place) = self.place(token)? else {
            return Ok(None);
        };
        let bytes: [u8; 8] = place.try_into().map_err(|_| malformed())?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }

    /// The name to continue after; nothing for the first page.
    pub(crate) fn name(self, token: &str) -> Result<Option<String>, Refusal> {
        let Some(place) = self.place(token)? else {
            return Ok(None);
        };
        String::from_utf8(place).map(Some).map_err(|_| malformed())
    }

    fn token(self, place: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(1 + BINDING_BYTES + place.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.0);
        bytes.extend_from_slice(place);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn place(self, token: &str) -> Result<Option<Vec<u8>>, Refusal> {
        if token.is_empty() {
            return Ok(None);
        }
        if token.len() > PAGE_TOKEN_BYTES_MAX {
            return Err(malformed());
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| malformed())?;
        if bytes.len() < 1 + BINDING_BYTES || bytes[0] != VERSION {
            return Err(malformed());
        }
        let place = bytes.split_off(1 + BINDING_BYTES);
        if bytes[1..] != self.0 {
            return Err(Refusal::page_token(
                "belongs to another query; begin again without a page token",
            ));
        }
        Ok(Some(place))
    }
}

fn malformed() -> Refusal {
    Refusal::page_token("is malformed; it was not made by this daemon")
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;

    fn query(ledger: &str, event_type: &str) -> Query {
        QueryHasher::new("events")
            .text(ledger)
            .text(event_type)
            .number(7)
            .finish()
    }

    fn refused(outcome: Result<Option<u64>, Refusal>) -> Status {
        let status = Status::from(outcome.unwrap_err());
        assert_eq!(status.code(), Code::InvalidArgument);
        status
    }

    #[test]
    fn goes_on_where_it_stopped() {
        let query = query("o/l/1", "t");
        assert_eq!(query.sequence("").unwrap(), None);
        for sequence in [0, 1, 4_096, u64::MAX] {
            assert_eq!(
                query.sequence(&query.token_at(sequence)).unwrap(),
                Some(sequence)
            );
        }
        assert_eq!(
            query.name(&query.token_after("a/b")).unwrap().as_deref(),
            Some("a/b")
        );
    }

    #[test]
    fn a_table_goes_on_at_its_row_as_of_its_size() {
        let query = query("o/l/1", "t");
        let place = RowPlace {
            size: 40_000,
            row: u64::MAX,
            state: [7; BINDING_BYTES],
        };
        let token = query.token_at_row(place);
        assert_eq!(query.row(&token).unwrap(), Some(place));
        assert_eq!(query.row("").unwrap(), None);
        for other in [query.token_at(5), query.token_after("a")] {
            assert!(query.row(&other).is_err(), "a place of another kind");
        }
        assert!(query.sequence(&token).is_err());
    }

    #[test]
    fn is_refused_for_another_query() {
        let token = query("o/l/1", "t").token_at(9);
        for other in [query("o/l/2", "t"), query("o/l/1", ""), query("o/l/", "1t")] {
            assert!(
                refused(other.sequence(&token))
                    .message()
                    .contains("another query")
            );
        }
    }

    #[test]
    fn is_refused_when_it_is_no_token() {
        let query = query("o/l/1", "t");
        let short = URL_SAFE_NO_PAD.encode([VERSION; 16]);
        let no_place = query.token(&[]);
        let long_place = query.token(&[0; 9]);
        let mut other_version = URL_SAFE_NO_PAD.decode(query.token_at(1)).unwrap();
        other_version[0] = 2;
        let other_version = URL_SAFE_NO_PAD.encode(other_version);
        let padded = format!("{}=", query.token_at(1));
        let endless = "A".repeat(PAGE_TOKEN_BYTES_MAX + 1);
        for token in [
            "*",
            "A",
            &short,
            &no_place,
            &long_place,
            &other_version,
            &padded,
            &endless,
        ] {
            assert!(
                refused(query.sequence(token))
                    .message()
                    .contains("malformed"),
                "{token}"
            );
        }
    }

    #[test]
    fn any_changed_byte_is_refused_or_moves_only_the_place() {
        let query = query("o/l/1", "t");
        let bytes = URL_SAFE_NO_PAD.decode(query.token_at(5)).unwrap();
        for index in 0..=BINDING_BYTES {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            refused(query.sequence(&URL_SAFE_NO_PAD.encode(changed)));
        }
    }
}
