//! Holds: data keys that must not be destroyed until the hold is released.

use super::fields::{
    expect_keys, read_data_keys, read_optional_text, read_origin, write_data_keys,
};
use super::signed::signed_by_identity;
use crate::cbor::{Decoder, Encoder};
use crate::hash::{DataKeyId, HoldId};
use crate::limits::STATEMENT_TEXT_BYTES_MAX;
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

const PLACE: &str = "place";
const RELEASE: &str = "release";

/// A hold is placed or released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The ledger.
    pub origin: Origin,
    /// The hold.
    pub hold: HoldId,
    /// What becomes of it.
    pub action: HoldAction,
}

/// What becomes of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldAction {
    /// It is placed.
    Place {
        /// On these data keys: 1 to 64, strictly ascending; none means the whole ledger.
        data_keys: Option<Vec<DataKeyId>>,
        /// Why, in the operator's words; to be checked with [`super::check_statement_text`].
        reason: Option<String>,
    },
    /// It is released.
    Release,
}

impl Hold {
    /// The statement's CBOR.
    pub fn encode(&self) -> Vec<u8> {
        let (action, data_keys, reason) = match &self.action {
            HoldAction::Place { data_keys, reason } => (PLACE, data_keys.as_ref(), reason.as_ref()),
            HoldAction::Release => (RELEASE, None, None),
        };
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(3 + usize::from(reason.is_some()) + usize::from(data_keys.is_some()));
        encoder.text("hold");
        encoder.bytes(self.hold.as_bytes());
        encoder.text("action");
        encoder.text(action);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        if let Some(reason) = reason {
            encoder.text("reason");
            encoder.text(reason);
        }
        if let Some(data_keys) = data_keys {
            encoder.text("data_keys");
            write_data_keys(data_keys, &mut encoder);
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("hold")?;
        let hold = HoldId::from_bytes(*fixed_bytes(&mut decoder, "hold")?);
        decoder.key("action")?;
        let placed = match decoder.text()? {
            PLACE => true,
            RELEASE => false,
            _ => {
                return Err(RecordError::invalid(
                    "action",
                    "is neither place nor release",
                ));
            }
        };
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        let (mut keys, mut action) = (3, HoldAction::Release);
        if placed {
            let reason = read_optional_text(&mut decoder, "reason", STATEMENT_TEXT_BYTES_MAX)?;
            let data_keys = decoder
                .optional_key("data_keys")
                .then(|| read_data_keys(&mut decoder))
                .transpose()?;
            keys += usize::from(reason.is_some()) + usize::from(data_keys.is_some());
            action = HoldAction::Place { data_keys, reason };
        }
        expect_keys(&decoder, entries, keys)?;
        Ok(Self {
            origin,
            hold,
            action,
        })
    }
}

signed_by_identity!(Hold, b"indelible/hold@v1\n");
