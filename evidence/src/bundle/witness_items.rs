//! The items that hold whole headers: key events, what joins a range to the tree, and governance records.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::hash::{ChainHash, TreeHash};

use super::part::{ItemError, Part, counted, fixed};

/// A record outside of a range's chunks, with what ties it to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRecord<'a> {
    /// The record's header.
    pub header: &'a [u8],
    /// The chain hash before it.
    pub previous: ChainHash,
    /// Its inclusion proof in the checkpoint's tree.
    pub inclusion: Vec<TreeHash>,
}

/// An item of `key-events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEventItem<'a> {
    /// In a whole bundle the records prove it.
    Plain {
        /// The record's header.
        header: &'a [u8],
    },
    /// In a range bundle it brings its own proofs.
    Proven {
        /// The record.
        record: WitnessRecord<'a>,
        /// For a certificate, from its `first` to the checkpoint's size.
        consistency: Option<Vec<TreeHash>>,
    },
}

impl<'a> WitnessRecord<'a> {
    fn encode(&self, encoder: &mut Encoder<'_>, consistency: Option<&[TreeHash]>) {
        encoder.map(if consistency.is_some() { 4 } else { 3 });
        encoder.text("header");
        encoder.bytes(self.header);
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
        encoder.text("inclusion");
        encode_hashes(encoder, &self.inclusion);
        if let Some(consistency) = consistency {
            encoder.text("consistency");
            encode_hashes(encoder, consistency);
        }
    }

    fn read(decoder: &mut Decoder<'a>) -> Result<(Self, Option<Vec<TreeHash>>), ItemError> {
        let (offset, entries) = (decoder.position(), decoder.map()?);
        decoder.key("header")?;
        let header = decoder.bytes()?;
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(fixed(decoder, "previous")?);
        decoder.key("inclusion")?;
        let inclusion = read_hashes(decoder)?;
        let consistency = decoder
            .optional_key("consistency")
            .then(|| read_hashes(decoder))
            .transpose()?;
        counted(entries, if consistency.is_some() { 4 } else { 3 }, offset)?;
        Ok((
            Self {
                header,
                previous,
                inclusion,
            },
            consistency,
        ))
    }
}

impl<'a> KeyEventItem<'a> {
    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out);
        match self {
            Self::Plain { header } => {
                encoder.map(1);
                encoder.text("header");
                encoder.bytes(header);
            }
            Self::Proven {
                record,
                consistency,
            } => record.encode(&mut encoder, consistency.as_deref()),
        }
    }

    /// Reads exactly one item; `proven` says which kind of bundle it stands in.
    pub fn decode(item: &'a [u8], proven: bool) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        let event = if proven {
            let (record, consistency) = WitnessRecord::read(&mut decoder)?;
            Self::Proven {
                record,
                consistency,
            }
        } else {
            counted(decoder.map()?, 1, 0)?;
            decoder.key("header")?;
            Self::Plain {
                header: decoder.bytes()?,
            }
        };
        decoder.finish()?;
        Ok(event)
    }
}

/// What joins the records of a range to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeItem<'a> {
    /// The chain hash before the first record.
    pub previous: ChainHash,
    /// The roots of the perfect subtrees before the range, largest first.
    pub left: Vec<TreeHash>,
    /// The roots of the perfect subtrees after it, left to right.
    pub right: Vec<TreeHash>,
    /// The record before the range.
    pub before: Option<WitnessRecord<'a>>,
    /// The record after it.
    pub after: Option<WitnessRecord<'a>>,
    /// The last record that the checkpoint covers.
    pub newest: Option<WitnessRecord<'a>>,
}

impl<'a> RangeItem<'a> {
    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let neighbours = [&self.after, &self.before, &self.newest];
        let mut encoder = Encoder::new(out);
        encoder.map(
            3 + neighbours
                .iter()
                .filter(|neighbour| neighbour.is_some())
                .count(),
        );
        encoder.text("left");
        encode_hashes(&mut encoder, &self.left);
        encode_neighbour(&mut encoder, "after", self.after.as_ref());
        encoder.text("right");
        encode_hashes(&mut encoder, &self.right);
        encode_neighbour(&mut encoder, "before", self.before.as_ref());
        encode_neighbour(&mut encoder, "newest", self.newest.as_ref());
        encoder.text("previous");
        encoder.bytes(self.previous.as_bytes());
    }

    /// Reads exactly one item.
    pub fn decode(item: &'a [u8]) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        let entries = decoder.map()?;
        decoder.key("left")?;
        let left = read_hashes(&mut decoder)?;
        let after = read_neighbour(&mut decoder, "after")?;
        decoder.key("right")?;
        let right = read_hashes(&mut decoder)?;
        let before = read_neighbour(&mut decoder, "before")?;
        let newest = read_neighbour(&mut decoder, "newest")?;
        decoder.key("previous")?;
        let previous = ChainHash::from_bytes(fixed(&mut decoder, "previous")?);
        let neighbours = [&after, &before, &newest];
        counted(
            entries,
            3 + neighbours
                .iter()
                .filter(|neighbour| neighbour.is_some())
                .count(),
            0,
        )?;
        decoder.finish()?;
        Ok(Self {
            previous,
            left,
            right,
            before,
            after,
            newest,
        })
    }
}

fn encode_neighbour(encoder: &mut Encoder<'_>, key: &str, neighbour: Option<&WitnessRecord<'_>>) {
    if let Some(record) = neighbour {
        encoder.text(key);
        record.encode(encoder, None);
    }
}

fn read_neighbour<'a>(
    decoder: &mut Decoder<'a>,
    key: &'static str,
) -> Result<Option<WitnessRecord<'a>>, ItemError> {
    if !decoder.optional_key(key) {
        return Ok(None);
    }
    let offset = decoder.position();
    match WitnessRecord::read(decoder)? {
        (record, None) => Ok(Some(record)),
        (_, Some(_)) => Err(CborError::WrongCount {
            offset,
            expected: 3,
            found: 4,
        }
        .into()),
    }
}

fn encode_hashes(encoder: &mut Encoder<'_>, hashes: &[TreeHash]) {
    encoder.array(hashes.len());
    for hash in hashes {
        encoder.bytes(hash.as_bytes());
    }
}

fn read_hashes(decoder: &mut Decoder<'_>) -> Result<Vec<TreeHash>, ItemError> {
    let count = decoder.array()?;
    (0..count)
        .map(|_| Ok(TreeHash::from_bytes(fixed(decoder, "hash")?)))
        .collect()
}

/// A record that recorded a governance state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GovernanceItem<'a> {
    /// Its body.
    pub body: Part<'a>,
    /// Its header.
    pub header: &'a [u8],
    /// In a range bundle, the chain hash before it and its inclusion proof in the checkpoint's tree.
    pub proof: Option<(ChainHash, Vec<TreeHash>)>,
}

impl<'a> GovernanceItem<'a> {
    /// Appends the item.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let mut encoder = Encoder::new(out);
        encoder.map(if self.proof.is_some() { 4 } else { 2 });
        encoder.text("body");
        self.body.write(&mut encoder);
        encoder.text("header");
        encoder.bytes(self.header);
        if let Some((previous, inclusion)) = &self.proof {
            encoder.text("previous");
            encoder.bytes(previous.as_bytes());
            encoder.text("inclusion");
            encode_hashes(&mut encoder, inclusion);
        }
    }

    /// Reads exactly one item; `proven` says which kind of bundle it stands in.
    pub fn decode(item: &'a [u8], proven: bool) -> Result<Self, ItemError> {
        let mut decoder = Decoder::new(item);
        counted(decoder.map()?, if proven { 4 } else { 2 }, 0)?;
        decoder.key("body")?;
        let body = Part::read(&mut decoder)?;
        decoder.key("header")?;
        let header = decoder.bytes()?;
        let mut proof = None;
        if proven {
            decoder.key("previous")?;
            let previous = ChainHash::from_bytes(fixed(&mut decoder, "previous")?);
            decoder.key("inclusion")?;
            proof = Some((previous, read_hashes(&mut decoder)?));
        }
        decoder.finish()?;
        Ok(Self {
            body,
            header,
            proof,
        })
    }
}
