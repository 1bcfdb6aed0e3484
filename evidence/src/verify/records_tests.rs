use super::*;
use crate::body::Body;
use crate::bundle::Part;
use crate::commitment::{Domain, commit};
use crate::hash::{Commitment, Salt};
use crate::header::EventHeader;
use crate::header::RecordKind;

fn origin() -> Origin {
    Origin::parse("tests.example/records/0123456789ab").unwrap()
}

fn body() -> Vec<u8> {
    let mut out = Vec::new();
    Body {
        id: "1",
        source: "test",
        ..Body::default()
    }
    .encode_into(&mut out)
    .unwrap();
    out
}

fn header(sequence: u64, payload: Option<Commitment>, body: Commitment) -> Vec<u8> {
    let event = EventHeader {
        event_type: "t",
        classification: None,
        body,
        payload,
        sealed: None,
    };
    Header {
        sequence,
        time: 5,
        prior_key_event: 1,
        kind: RecordKind::Event(event),
    }
    .encode()
}

fn codes(result: Result<RecordFacts, Vec<Finding>>) -> Vec<FindingCode> {
    result
        .err()
        .unwrap_or_default()
        .iter()
        .map(|finding| finding.code)
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_fault_of_a_record_has_its_code() {
    let (salt, other, body) = (Salt::from_bytes([1; 32]), Salt::from_bytes([2; 32]), body());
    let payload = Some(commit(&salt, Domain::Payload, b"payload"));
    let bytes = header(7, payload, commit(&salt, Domain::Body, &body));
    let (mut hasher, previous) = (ChainHasher::new(), ChainHash::from_bytes([0; 32]));
    let good = SourceRecord {
        sequence: 7,
        header: &bytes,
        chain: hasher.link(&previous, &bytes),
        body: Part::Present { salt, bytes: &body },
        payload: Part::Present {
            salt,
            bytes: b"payload",
        },
    };
    let ground = Ground {
        origin: &origin(),
        erasures: &Erasures::default(),
        rules: &Rules::default(),
    };
    let mut check =
        |record: SourceRecord<'_>| codes(check_record(&mut hasher, &previous, &record, ground));
    assert_eq!(check(good), []);
    assert_eq!(
        check(SourceRecord {
            payload: Part::Withheld,
            body: Part::Withheld,
            ..good
        }),
        []
    );
    assert_eq!(
        check(SourceRecord {
            body: Part::Archived,
            ..good
        }),
        [FindingCode::ArchivedUnsupported]
    );
    assert_eq!(
        check(SourceRecord {
            chain: previous,
            ..good
        }),
        [FindingCode::ChainMismatch]
    );
    assert_eq!(
        check(SourceRecord {
            sequence: 8,
            ..good
        }),
        [FindingCode::SequenceGap]
    );
    assert_eq!(
        check(SourceRecord {
            payload: Part::Present {
                salt,
                bytes: b"other"
            },
            ..good
        }),
        [FindingCode::PayloadMismatch]
    );
    assert_eq!(
        check(SourceRecord {
            body: Part::Present {
                salt: other,
                bytes: &body
            },
            ..good
        }),
        [FindingCode::BodyMismatch]
    );
    assert_eq!(
        check(SourceRecord {
            body: Part::Missing,
            payload: Part::Erased,
            ..good
        }),
        [FindingCode::PartMissing, FindingCode::ErasedUnsupported]
    );
    assert_eq!(
        check(SourceRecord {
            payload: Part::None,
            ..good
        }),
        [FindingCode::CommitmentMismatch]
    );
}

#[test]
fn a_committed_body_that_is_not_canonical_is_found() {
    let salt = Salt::from_bytes([1; 32]);
    let bytes = header(7, None, commit(&salt, Domain::Body, b"\xa0"));
    let facts = RecordFacts::of(&check_header(7, &bytes).unwrap());
    let checked = |kind, part: &Part<'_>| {
        let reader = Reader {
            sequence: 7,
            header: &bytes,
            origin: &origin(),
            rules: &Rules::default(),
            digest_wanted: false,
        };
        check(kind, false, part, &reader, None, &mut |_| ())
    };
    let code = |kind, part: &Part<'_>| {
        let judged = judge_part(
            kind,
            &facts,
            &checked(kind, part),
            None,
            &Erasures::default(),
        );
        judged.unwrap_err().code
    };
    let empty_map = Part::Present {
        salt,
        bytes: b"\xa0",
    };
    assert_eq!(code(PartKind::Body, &empty_map), FindingCode::BodyForm);
    let needless = code(PartKind::Payload, &Part::Withheld);
    assert_eq!(needless, FindingCode::CommitmentMismatch);
}

#[test]
fn succession_holds_times_and_key_events() {
    let facts = |sequence, time, prior_key_event, is_key_event| RecordFacts {
        sequence,
        time,
        prior_key_event,
        is_key_event,
        is_governance: false,
        is_of_daemon: false,
        body: None,
        payload: None,
        data_key: None,
        disposed: Disposed::default(),
    };
    let mut succession = Succession::new();
    let mut advance = |facts: RecordFacts| {
        let mut codes = Vec::new();
        succession.advance(&facts, |finding| codes.push(finding.code));
        codes
    };
    assert_eq!(advance(facts(0, 5, 0, true)), []);
    assert_eq!(advance(facts(1, 5, 0, true)), []);
    assert_eq!(advance(facts(2, 4, 1, false)), [FindingCode::TimeDecreased]);
    assert_eq!(advance(facts(3, 4, 1, false)), []);
    assert_eq!(advance(facts(4, 6, 0, false)), [FindingCode::PriorKeyEvent]);
    assert_eq!(advance(facts(5, 6, 1, true)), []);
    assert_eq!(advance(facts(6, 6, 1, false)), [FindingCode::PriorKeyEvent]);
}
