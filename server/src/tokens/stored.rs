//! What the records of `_system` say of tokens, as JSON. No secret is in it: a digest of 190 random bits gives none away.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_access::{Principal, TokenDigest, TokenRecord, TokenRights};
use serde::{Deserialize, Serialize};

const SECOND_NS: u64 = 1_000_000_000;

/// A token that was made. A field that is not known may say that it can do less, so none is passed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    token: String,
    digest: String,
    name: String,
    roles: Vec<String>,
    on: Vec<String>,
    sources: Vec<String>,
    makers: Vec<String>,
    made_seconds: u64,
    expires_seconds: u64,
}

/// A token that was revoked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    token: String,
}

/// What is recorded of a token that is about to be made. Its times are whole seconds.
pub(crate) fn made(record: &TokenRecord, rights: &TokenRights) -> Result<Bytes, String> {
    let (roles, on, sources) = rights.texts();
    json(&Made {
        token: record.principal.to_string(),
        digest: HEXLOWER.encode(record.digest.as_bytes()),
        name: record.name.clone(),
        roles,
        on,
        sources,
        makers: record.makers.iter().map(Principal::to_string).collect(),
        made_seconds: record.made / SECOND_NS,
        expires_seconds: record.expires / SECOND_NS,
    })
}

/// What is recorded of a token that is about to be revoked.
pub(crate) fn revoked(token: &Principal) -> Result<Bytes, String> {
    json(&Ended {
        token: token.to_string(),
    })
}

/// The token that a record made.
pub(super) fn read_made(bytes: &[u8]) -> Result<(TokenRecord, TokenRights), String> {
    let made: Made = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let digest = HEXLOWER.decode(made.digest.as_bytes());
    let digest: Option<[u8; 32]> = digest.ok().and_then(|bytes| bytes.try_into().ok());
    let rights = TokenRights::parse(&made.roles, &made.on, &made.sources);
    let rights = rights.map_err(|error| error.to_string())?;
    let makers = made.makers.iter().map(|maker| Principal::parse(maker));
    let makers: Vec<_> = makers
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    if makers.is_empty() {
        return Err("it has no maker".to_owned());
    }
    let record = TokenRecord {
        principal: token(&made.token)?,
        digest: TokenDigest::of(digest.ok_or("its digest is not 32 bytes in hexadecimal")?),
        name: made.name,
        grants: rights.grants(),
        makers,
        made: made.made_seconds.saturating_mul(SECOND_NS),
        expires: made.expires_seconds.saturating_mul(SECOND_NS),
        used_day: None,
        revoked: None,
    };
    Ok((record, rights))
}

/// The token that a record revoked.
pub(super) fn read_revoked(bytes: &[u8]) -> Result<Principal, String> {
    let ended: Ended = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    token(&ended.token)
}

fn token(text: &str) -> Result<Principal, String> {
    let token = Principal::parse(text).map_err(|error| error.to_string())?;
    match token.is_token() {
        true => Ok(token),
        false => Err(format!("{text:?} is not a token")),
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<Bytes, String> {
    let bytes = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = r#"{"token":"token:4Kd02Lmx","digest":"DIGEST","name":"till 1","roles":["writer"],"on":["pay*"],
        "sources":["urn:a"],"makers":["unix:alice","unix:#7"],"made_seconds":100,"expires_seconds":200}"#;

    fn text() -> String {
        MADE.replace("DIGEST", &"07".repeat(32))
    }

    #[test]
    fn what_is_recorded_is_read_back() {
        let (record, rights) = read_made(text().as_bytes()).unwrap();
        assert_eq!(
            (record.made, record.expires),
            (100 * SECOND_NS, 200 * SECOND_NS)
        );
        assert_eq!(record.digest.as_bytes(), &[7; 32]);
        assert_eq!(record.grants, rights.grants());
        let again = made(&record, &rights).unwrap();
        assert_eq!(read_made(&again).unwrap(), (record.clone(), rights));
        let ended = revoked(&record.principal).unwrap();
        assert_eq!(read_revoked(&ended).unwrap(), record.principal);
    }

    #[test]
    fn what_is_not_wholly_understood_makes_no_token() {
        for (from, to) in [
            ("07", "7"),
            ("token:4Kd02Lmx", "unix:root"),
            (r#"["writer"]"#, "[]"),
            (r#"["writer"]"#, r#"["everything"]"#),
            (r#"["unix:alice","unix:#7"]"#, "[]"),
            (r#""name""#, r#""only_from":"10.0.0.1","name""#),
        ] {
            let changed = text().replacen(from, to, 1);
            assert_ne!(changed, text());
            assert!(read_made(changed.as_bytes()).is_err(), "{changed}");
        }
        assert!(read_revoked(br#"{"token":"unix:root"}"#).is_err());
    }
}
