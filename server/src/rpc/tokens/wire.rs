//! Tokens as the wire has them.

use std::sync::Arc;

use indelible_access::limits::DAY_NS;
use indelible_compliance::time::shortest;
use indelible_proto::{time::timestamp, v1};

use crate::{limits::RECORD_ROOM_BYTES, tokens::OwnToken};

/// What a token takes in an answer beside its texts: ids, times, and a few bytes for each text.
const TOKEN_BYTES_USUAL: usize = 512;

/// All that there is to say of a token, which is no secret.
pub(super) fn wire(token: &OwnToken) -> v1::Token {
    let (roles, on, sources) = token.rights.texts();
    let record = &token.record;
    let maker = record.makers.first();
    v1::Token {
        token_id: token.id().to_owned(),
        name: record.name.clone(),
        roles,
        on,
        sources,
        maker: maker.map(ToString::to_string).unwrap_or_default(),
        created_time: Some(timestamp(record.made)),
        expire_time: Some(timestamp(record.expires)),
        last_used_date: token.used_day().map(date).unwrap_or_default(),
        sequence: token.sequence,
        revocation: token.revoked().map(|revoked| v1::TokenRevocation {
            sequence: revoked.sequence,
            recorded_time: Some(timestamp(revoked.time)),
        }),
    }
}

/// A day that is counted from 1970, as text.
fn date(day: u64) -> String {
    let text = shortest(day.saturating_mul(DAY_NS));
    text.split('T').next().unwrap_or_default().to_owned()
}

/// How many of these have room in one answer: at least one.
pub(super) fn fitting(tokens: &[Arc<OwnToken>]) -> usize {
    let mut room = RECORD_ROOM_BYTES;
    let mut fits = |token: &&Arc<OwnToken>| {
        let (roles, on, sources) = token.rights.texts();
        let texts = roles.iter().chain(&on).chain(&sources);
        let makers = token.record.makers.first();
        let maker = makers.map_or(0, |maker| maker.as_str().len());
        let texts: usize = texts.map(|text| text.len() + 4).sum();
        let bytes = TOKEN_BYTES_USUAL + token.record.name.len() + maker + texts;
        room.checked_sub(bytes).map(|left| room = left).is_some()
    };
    tokens.iter().take_while(|token| fits(token)).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(20_786), "2026-11-29");
    }
}
