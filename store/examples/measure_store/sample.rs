//! Records, heads and index batches to measure with.

use indelible_evidence::{ChainHash, IdentityTag, Salt, TreeHash, hash::Hex};
use indelible_store::record::{Part, RecordTail, push_record};
use indelible_store::{
    Commit, FullTile, Head, IndexBatch, IndexTerm, Posting, RecordBlock, TILE_BYTES, Term,
};

use crate::LEDGER;

/// Cheap noise that does not compress.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        self.fill(&mut array);
        array
    }
}

pub(crate) fn head(size: u64) -> Head {
    Head {
        size,
        chain: ChainHash::from_bytes([1; 32]),
        root: TreeHash::from_bytes([2; 32]),
        time: 0,
        newest_key_event: 0,
        last_event: None,
        key_mark: None,
        checkpoint: "n".repeat(400),
    }
}

pub(crate) fn commit_of(term: Term, from: u64, records: RecordBlock) -> Commit {
    let to = from + records.len() as u64;
    let tile = |index| FullTile {
        level: 0,
        index,
        hashes: vec![index as u8; TILE_BYTES].into(),
    };
    Commit {
        ledger: LEDGER,
        term,
        expected_size: from,
        records,
        tiles: (from / 256..to / 256).map(tile).collect(),
        head: head(to),
    }
}

pub(crate) fn block(records: u64, value: &[u8]) -> RecordBlock {
    let mut block = RecordBlock::with_capacity(records as usize, records as usize * value.len());
    for _ in 0..records {
        block.push(|out| out.extend_from_slice(value));
    }
    block
}

/// A record as it may come: 200 bytes of payload that don't compress, a body
/// and a header of which a part does.
pub(crate) fn realistic(noise: &mut Noise, sequence: u64, out: &mut Vec<u8>) {
    let hex = |bytes: [u8; 8]| Hex(&bytes).to_string();
    let mut header = format!(
        "kind event seq {sequence:012} time 17636{sequence:014} prior 1 type com.example.orders.line.changed classification internal v0 "
    )
    .into_bytes();
    header.truncate(106);
    header.extend(noise.array::<64>());
    let mut body = format!(
        "id {}-{} source /services/orders/eu-west subject order/{} actor user:{} correlation {} facts amount 12.50 currency EUR approved true region eu-west-1 ",
        hex(noise.array()), hex(noise.array()), sequence / 7, sequence % 5_000, hex(noise.array()),
    )
    .into_bytes();
    body.resize(220, b'x');
    let payload = noise.array::<200>();
    let salt = |noise: &mut Noise| Salt::from_bytes(noise.array());
    let tail = RecordTail::encode(
        Part::Present {
            salt: salt(noise),
            bytes: &body,
        },
        Part::Present {
            salt: salt(noise),
            bytes: &payload,
        },
    );
    push_record(
        out,
        &ChainHash::from_bytes(noise.array()),
        &IdentityTag::from_bytes(noise.array()),
        &header,
        &tail,
    );
}

pub(crate) fn index_of(noise: &mut Noise, from: u64, to: u64) -> IndexBatch {
    let mut ids: Vec<_> = (from..to)
        .map(|n| (IdentityTag::from_bytes(noise.array()), n))
        .collect();
    ids.sort_unstable();
    let mut postings = std::collections::BTreeMap::<[u8; 17], Vec<u64>>::new();
    for sequence in from..to {
        for (attribute, value) in [(1, 3), (2, sequence % 5_000), (3, sequence / 7), (4, 1)] {
            let mut term = [attribute; 17];
            term[1..].copy_from_slice(&Noise(u64::from(attribute) << 40 | value).array::<16>());
            postings.entry(term).or_default().push(sequence);
        }
    }
    let postings = postings.into_iter();
    IndexBatch {
        from_cursor: from,
        to_cursor: to,
        ids,
        postings: postings
            .map(|(term, sequences)| Posting {
                term: IndexTerm::from_bytes(term),
                sequences,
            })
            .collect(),
    }
}
