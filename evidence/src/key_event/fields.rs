//! The fields that statements have in common.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::fields::{FieldViolation, check_text, shortened};
use crate::hash::DataKeyId;
use crate::limits::{
    ID_BYTES_MAX, NAME_BYTES_MAX, STATEMENT_DATA_KEYS_MAX, STATEMENT_SOURCES_MAX,
    STATEMENT_TEXT_BYTES_MAX,
};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

/// Checks a basis, a reason or a location before it is stated: not empty, no control character, at most 1,024 bytes.
pub fn check_statement_text(field: &str, text: &str) -> Result<(), FieldViolation> {
    check_text(text, STATEMENT_TEXT_BYTES_MAX, || field.to_owned())
}

/// Checks the name of a producer before it is stated: not empty, no control character, at most 128 bytes.
pub fn check_producer_name(field: &str, name: &str) -> Result<(), FieldViolation> {
    check_text(name, NAME_BYTES_MAX, || field.to_owned())
}

/// Checks sources before they are stated, and brings them into their order: at most 64, none twice, each as the source
/// of an event may be.
pub fn sort_sources(field: &str, sources: &mut [String]) -> Result<(), FieldViolation> {
    if sources.len() > STATEMENT_SOURCES_MAX {
        let problem = format!(
            "has {} entries, at most {STATEMENT_SOURCES_MAX} are allowed",
            sources.len()
        );
        return Err(FieldViolation::new(field, problem));
    }
    for (index, source) in sources.iter().enumerate() {
        check_text(source, ID_BYTES_MAX, || format!("{field}[{index}]"))?;
    }
    sources.sort_unstable();
    let twice = sources.windows(2).find(|pair| pair[0] == pair[1]);
    match twice {
        Some([source, _]) => {
            let problem = format!("names {} twice", shortened(source));
            Err(FieldViolation::new(field, problem))
        }
        _ => Ok(()),
    }
}

pub(super) fn read_origin(decoder: &mut Decoder<'_>) -> Result<Origin, RecordError> {
    Origin::parse(decoder.text()?).map_err(|error| RecordError::invalid("origin", error))
}

pub(super) fn write_data_keys(data_keys: &[DataKeyId], encoder: &mut Encoder<'_>) {
    encoder.array(data_keys.len());
    for data_key in data_keys {
        encoder.bytes(data_key.as_bytes());
    }
}

/// Reads a set of data keys: at least one, at most as many as the limit says, strictly ascending.
pub(super) fn read_data_keys(decoder: &mut Decoder<'_>) -> Result<Vec<DataKeyId>, RecordError> {
    const FIELD: &str = "data_keys";
    let found = decoder.array()?;
    if found == 0 || found > STATEMENT_DATA_KEYS_MAX {
        return Err(RecordError::invalid(FIELD, format!("has {found} entries")));
    }
    let mut data_keys: Vec<DataKeyId> = Vec::with_capacity(found);
    for _ in 0..found {
        let data_key = DataKeyId::from_bytes(*fixed_bytes(decoder, FIELD)?);
        if data_keys.last().is_some_and(|last| *last >= data_key) {
            return Err(RecordError::invalid(FIELD, "is not strictly ascending"));
        }
        data_keys.push(data_key);
    }
    Ok(data_keys)
}

pub(super) fn write_sources(sources: &[String], encoder: &mut Encoder<'_>) {
    encoder.array(sources.len());
    for source in sources {
        encoder.text(source);
    }
}

/// Reads a set of sources: at least one, at most as many as the limit says, strictly ascending by their bytes.
pub(super) fn read_sources(
    decoder: &mut Decoder<'_>,
    field: &'static str,
) -> Result<Vec<String>, RecordError> {
    let found = decoder.array()?;
    if found == 0 || found > STATEMENT_SOURCES_MAX {
        return Err(RecordError::invalid(field, format!("has {found} entries")));
    }
    let mut sources: Vec<String> = Vec::with_capacity(found);
    for _ in 0..found {
        let source = read_text(decoder, field, ID_BYTES_MAX)?;
        if sources.last().is_some_and(|last| *last >= source) {
            return Err(RecordError::invalid(field, "is not strictly ascending"));
        }
        sources.push(source);
    }
    Ok(sources)
}

pub(super) fn read_text(
    decoder: &mut Decoder<'_>,
    field: &'static str,
    bytes_max: usize,
) -> Result<String, RecordError> {
    let text = decoder.text()?;
    check_text(text, bytes_max, || field.to_owned())?;
    Ok(text.to_owned())
}

/// Reads a key that may be absent. `field` is shorter than 24 bytes.
pub(super) fn read_optional_text(
    decoder: &mut Decoder<'_>,
    field: &'static str,
    bytes_max: usize,
) -> Result<Option<String>, RecordError> {
    decoder
        .optional_key(field)
        .then(|| read_text(decoder, field, bytes_max))
        .transpose()
}

/// The end of a statement: as many keys as its map says, and nothing after them.
pub(super) fn expect_keys(
    decoder: &Decoder<'_>,
    found: usize,
    expected: usize,
) -> Result<(), RecordError> {
    if found != expected {
        return Err(CborError::WrongCount {
            offset: 0,
            expected,
            found,
        }
        .into());
    }
    Ok(decoder.finish()?)
}
