//! What a receipt carries beside proof and checkpoint: the map in its `extra` line.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::hash::ChainHash;
use crate::limits::HEADER_BYTES_MAX;
use crate::record_error::{RecordError, fixed_bytes};

use super::ReceiptError;

/// The draft of the format that receipts name.
const DRAFT: u64 = 2;

/// The map, with the headers in it still undecoded.
pub(super) struct Extra<'a> {
    pub(super) previous: ChainHash,
    pub(super) certificate: Option<&'a [u8]>,
    pub(super) genesis: Option<&'a [u8]>,
    pub(super) identities: Vec<&'a [u8]>,
}

impl<'a> Extra<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        let mut encoder = Encoder::new(&mut out);
        let optional = [
            self.genesis.is_some(),
            !self.identities.is_empty(),
            self.certificate.is_some(),
        ];
        encoder.map(2 + optional.into_iter().map(usize::from).sum::<usize>());
        encoder.text("draft");
        encoder.uint(DRAFT);
        if let Some(header) = self.genesis {
            encoder.text("genesis");
            encoder.bytes(header);
        }
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
        if !self.identities.is_empty() {
            encoder.text("identities");
            encoder.array(self.identities.len());
            self.identities
                .iter()
                .for_each(|header| encoder.bytes(header));
        }
        if let Some(header) = self.certificate {
            encoder.text("certificate");
            encoder.bytes(header);
        }
        out
    }

    /// Decodes the map, and knows one of the format's first draft, which had no number for it.
    pub(super) fn decode(extra: &'a [u8]) -> Result<Self, ReceiptError> {
        let mut decoder = Decoder::new(extra);
        let entries = decoder
            .map()
            .map_err(|error| ReceiptError::Extra(error.into()))?;
        if !decoder.optional_key("draft") {
            return Err(match Self::read(&mut decoder, entries, 1) {
                Ok(_) => ReceiptError::EarlierDraft,
                Err(error) => ReceiptError::Extra(error),
            });
        }
        Self::read_this_draft(&mut decoder, entries).map_err(ReceiptError::Extra)
    }

    fn read_this_draft(decoder: &mut Decoder<'a>, entries: usize) -> Result<Self, RecordError> {
        let draft = decoder.uint()?;
        if draft != DRAFT {
            let problem = format!("is {draft}, but this program reads draft {DRAFT}");
            return Err(RecordError::invalid("draft", problem));
        }
        let read = Self::read(decoder, entries, 2)?;
        if read.genesis.is_some() == read.identities.is_empty() {
            let problem = "must be present if there are identities, and absent otherwise";
            return Err(RecordError::invalid("genesis", problem));
        }
        Ok(read)
    }

    /// Reads what both drafts have, up to the end. So many keys there are at least.
    fn read(
        decoder: &mut Decoder<'a>,
        entries: usize,
        mut keys: usize,
    ) -> Result<Self, RecordError> {
        let mut genesis = None;
        if decoder.optional_key("genesis") {
            keys += 1;
            genesis = Some(read_header(decoder, "genesis")?);
        }
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(*fixed_bytes(decoder, "previous")?);
        let mut identities = Vec::new();
        if decoder.optional_key("identities") {
            keys += 1;
            let count = decoder.array()?;
            if count == 0 {
                return Err(RecordError::invalid("identities", "has no entries"));
            }
            for _ in 0..count {
                identities.push(read_header(decoder, "an identity")?);
            }
        }
        let mut certificate = None;
        if decoder.optional_key("certificate") {
            keys += 1;
            certificate = Some(read_header(decoder, "the certificate")?);
        }
        if entries != keys {
            return Err(CborError::WrongCount {
                offset: 0,
                expected: keys,
                found: entries,
            }
            .into());
        }
        decoder.finish()?;
        Ok(Self {
            previous,
            certificate,
            genesis,
            identities,
        })
    }
}

fn read_header<'a>(decoder: &mut Decoder<'a>, part: &'static str) -> Result<&'a [u8], RecordError> {
    let header = decoder.bytes()?;
    if header.len() > HEADER_BYTES_MAX {
        let (found, limit) = (header.len(), HEADER_BYTES_MAX);
        return Err(RecordError::TooLong { part, found, limit });
    }
    Ok(header)
}
