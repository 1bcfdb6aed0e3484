//! What an append answers.

use bytes::Bytes;
use indelible_evidence::hash::ChainHash;
use indelible_proto::{time::timestamp, v1};

use indelible_ledger::{Acknowledgement, NewRange, Placement};

/// The answer to one event: it is either new or a repeat.
pub(crate) fn single(appended: &Placement) -> v1::AppendResponse {
    let repeat = appended.repeats.first().map(|(_, first)| repeated(first));
    v1::AppendResponse {
        acknowledgement: appended.new.as_ref().map(first_of).or(repeat),
    }
}

/// The answer to a batch.
pub(crate) fn batch(appended: &Placement) -> v1::AppendBatchResponse {
    v1::AppendBatchResponse {
        appended: range(appended),
        repeats: repeats(appended),
    }
}

/// The answer to one message of a stream.
pub(crate) fn message(message_index: u64, appended: &Placement) -> v1::AppendStreamResponse {
    v1::AppendStreamResponse {
        message_index,
        appended: range(appended),
        repeats: repeats(appended),
    }
}

fn range(appended: &Placement) -> Option<v1::AcknowledgedRange> {
    appended.new.as_ref().map(|new| v1::AcknowledgedRange {
        first_sequence: new.first,
        count: new.count,
        recorded_time: Some(timestamp(new.time)),
        chain_hash: hash(&new.chain),
        tree_size: new.tree_size,
    })
}

fn repeats(appended: &Placement) -> Vec<v1::AcknowledgedRepeat> {
    let repeat = |(index, first): &(u32, Acknowledgement)| v1::AcknowledgedRepeat {
        index: *index,
        acknowledgement: Some(repeated(first)),
    };
    appended.repeats.iter().map(repeat).collect()
}

/// The acknowledgement of a range of one.
fn first_of(new: &NewRange) -> v1::Acknowledgement {
    v1::Acknowledgement {
        sequence: new.first,
        recorded_time: Some(timestamp(new.time)),
        chain_hash: hash(&new.chain),
        tree_size: new.tree_size,
        repeat: false,
        erased: false,
    }
}

fn repeated(first: &Acknowledgement) -> v1::Acknowledgement {
    v1::Acknowledgement {
        sequence: first.sequence,
        recorded_time: Some(timestamp(first.time)),
        chain_hash: hash(&first.chain),
        tree_size: first.tree_size,
        repeat: true,
        erased: first.erased,
    }
}

fn hash(chain: &ChainHash) -> Bytes {
    Bytes::copy_from_slice(chain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(byte: u8) -> ChainHash {
        ChainHash::from_bytes([byte; 32])
    }

    fn new(first: u64, count: u32) -> NewRange {
        NewRange {
            first,
            count,
            time: 5,
            chain: chain(7),
            tree_size: first + u64::from(count),
        }
    }

    fn old(sequence: u64, erased: bool) -> Acknowledgement {
        Acknowledgement {
            sequence,
            time: 3,
            chain: chain(9),
            tree_size: 40,
            erased,
        }
    }

    #[test]
    fn a_new_event_is_acknowledged_with_its_own_place() {
        let appended = Placement {
            new: Some(new(12, 1)),
            repeats: Vec::new(),
        };
        let wanted = v1::Acknowledgement {
            sequence: 12,
            recorded_time: Some(timestamp(5)),
            chain_hash: Bytes::from_static(&[7; 32]),
            tree_size: 13,
            repeat: false,
            erased: false,
        };
        assert_eq!(single(&appended).acknowledgement, Some(wanted));
    }

    #[test]
    fn a_repeat_is_acknowledged_with_its_first_place() {
        let appended = Placement {
            new: None,
            repeats: vec![(0, old(4, true))],
        };
        let found = single(&appended).acknowledgement.unwrap();
        assert_eq!(
            (found.sequence, found.repeat, found.erased),
            (4, true, true)
        );
        assert_eq!(found.tree_size, 40);
    }

    #[test]
    fn batches_list_their_repeats_by_index() {
        let appended = Placement {
            new: Some(new(50, 2)),
            repeats: vec![(1, old(4, false)), (3, old(6, false))],
        };
        let answer = batch(&appended);
        assert_eq!(
            answer
                .appended
                .as_ref()
                .map(|range| (range.first_sequence, range.count)),
            Some((50, 2))
        );
        let indices: Vec<u32> = answer.repeats.iter().map(|repeat| repeat.index).collect();
        assert_eq!(indices, [1, 3]);
        let in_stream = message(9, &appended);
        assert_eq!(in_stream.message_index, 9);
        assert_eq!(
            (in_stream.appended, in_stream.repeats),
            (answer.appended, answer.repeats)
        );
    }

    #[test]
    fn a_batch_of_repeats_has_no_range() {
        let appended = Placement {
            new: None,
            repeats: vec![(0, old(4, false))],
        };
        assert_eq!(batch(&appended).appended, None);
    }
}
