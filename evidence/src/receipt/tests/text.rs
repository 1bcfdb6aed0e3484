//! The receipt as text, and what its first line of all says.

use super::*;
use crate::limits::RECEIPT_BYTES_MAX;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[test]
fn the_text_is_a_tlog_proof() {
    let ledger = ledger();
    let text = ledger.receipt(4).to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert!(
        lines[1].starts_with("extra omVkcmFmdAJocHJldmlvdXNYI"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "index 4");
    assert_eq!(lines[7..9], ["", "audit.example.com/payments/000102abcdef"]);

    for (from, to) in [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "Extra "),
        ("extra om", "extra on"),
        ("index 4", "index 04"),
        ("index 4", "index -4"),
        ("index 4\n", "index 4\n\n"),
        ("index 4\n", "index 4\nAAAA\n"),
        ("index 4\n", ""),
    ] {
        assert!(text.contains(from));
        assert!(
            Receipt::parse(text.replacen(from, to, 1).as_bytes()).is_err(),
            "{from:?} {to:?}"
        );
    }
    let without_extra = format!("{}\n{}", lines[0], lines[2..].join("\n"));
    assert!(Receipt::parse(without_extra.as_bytes()).is_err());
    assert!(Receipt::parse(&[b'x'; RECEIPT_BYTES_MAX + 1]).is_err());
    assert!(Receipt::parse(b"").is_err());
}

/// The receipt with that map in its extra line.
fn with_extra(receipt: &Receipt, extra: &[u8]) -> Result<Receipt, ReceiptError> {
    let text = receipt.to_string();
    let mut lines: Vec<_> = text.split('\n').map(str::to_owned).collect();
    lines[1] = format!("extra {}", STANDARD.encode(extra));
    Receipt::parse(lines.join("\n").as_bytes())
}

/// The map without its number, or with another.
fn of_draft(receipt: &Receipt, draft: Option<u64>) -> Vec<u8> {
    let text = receipt.to_string();
    let extra = text.lines().nth(1).unwrap().strip_prefix("extra ").unwrap();
    let mut extra = STANDARD.decode(extra).unwrap();
    assert_eq!(&extra[1..8], b"\x65draft\x02");
    match draft {
        Some(draft) => extra[7] = draft as u8,
        None => {
            extra[0] -= 1;
            extra.drain(1..8);
        }
    }
    extra
}

#[test]
fn a_receipt_of_the_first_draft_is_named_as_one() {
    let ledger = ledger();
    let receipts = [ledger.receipt(4), ledger.provisional(4)];
    for receipt in receipts {
        assert_eq!(
            with_extra(&receipt, &of_draft(&receipt, Some(2))),
            Ok(receipt.clone())
        );
        let outcome = with_extra(&receipt, &of_draft(&receipt, None)).unwrap_err();
        assert_eq!(outcome, ReceiptError::EarlierDraft);
        assert_eq!(
            outcome.to_string(),
            "the receipt was made by an earlier draft of the format; export it again"
        );
        assert_eq!(outcome.failure(), ReceiptFailure::Malformed);
        for other in [0, 1, 3] {
            let outcome = with_extra(&receipt, &of_draft(&receipt, Some(other)));
            assert!(matches!(outcome, Err(ReceiptError::Extra(_))), "{other}");
        }
    }
    // It had identities without genesis.
    let rotated = Receipt {
        identities: vec![genesis_header()],
        ..ledger.receipt(4)
    };
    let outcome = with_extra(&rotated, &of_draft(&rotated, None));
    assert_eq!(outcome, Err(ReceiptError::EarlierDraft));
    // What is of neither form is just malformed.
    let outcome = with_extra(&rotated, b"\xa1\x68previous\x40");
    assert!(matches!(outcome, Err(ReceiptError::Extra(_))));
}

#[test]
fn genesis_comes_with_identities_and_not_without() {
    let ledger = ledger();
    for (genesis, identities, good) in [
        (None, vec![], true),
        (Some(genesis_header()), vec![genesis_header()], true),
        (Some(genesis_header()), vec![], false),
        (None, vec![genesis_header()], false),
    ] {
        let receipt = Receipt {
            genesis,
            identities,
            ..ledger.receipt(4)
        };
        let parsed = Receipt::parse(receipt.to_string().as_bytes());
        assert_eq!(parsed.is_ok(), good);
    }
}

#[test]
fn a_checkpoint_is_one_of_some_log() {
    let ledger = ledger();
    let with = |text: &str| {
        let mut receipt = ledger.receipt(4);
        receipt.checkpoint.text = text.to_owned();
        let parsed = Receipt::parse(receipt.to_string().as_bytes())?;
        ledger.verify(&parsed).map(|_| ())
    };
    let own = ledger.checkpoint().to_text();
    assert_eq!(with(&own), Ok(()));
    for (text, failure) in [
        ("a log without a suffix", ReceiptFailure::Refused),
        (
            "audit.example.com/payments/ffffffffffff",
            ReceiptFailure::Refused,
        ),
        ("", ReceiptFailure::Refused),
    ] {
        let text = own.replace(origin().as_str(), text);
        assert_eq!(with(&text).unwrap_err().failure(), failure, "{text:?}");
    }
    let extended = format!("{own}more\n");
    let outcome = with(&extended).unwrap_err();
    assert_eq!(outcome.failure(), ReceiptFailure::Malformed);
}

#[test]
fn no_changed_byte_of_the_text_passes_unseen() {
    let ledger = ledger();
    let file = &ledger.files[4];
    for receipt in [ledger.receipt(4), ledger.provisional(4)] {
        let good = receipt.to_string().into_bytes();
        for position in 0..good.len() {
            for flip in [0x01, 0x20] {
                let mut bytes = good.clone();
                bytes[position] ^= flip;
                let Ok(parsed) = Receipt::parse(&bytes) else {
                    continue;
                };
                assert_eq!(parsed.to_string().into_bytes(), bytes);
                let Ok(verdict) = parsed.verify(file, &identity_key()) else {
                    continue;
                };
                // A line of an unknown key is ignored, as notes have it, so one of two identity
                // lines may be lost. A certificate's signature covers its statement only; the rest
                // of its header is the chain's to protect.
                assert_eq!(verdict.checkpoint, ledger.checkpoint());
                assert_eq!(parsed.proof, receipt.proof);
                assert_eq!(parsed.previous, receipt.previous);
                let statement = |receipt: &Receipt| {
                    let header = receipt.certificate.clone().unwrap();
                    match Header::decode(&header).unwrap().kind {
                        RecordKind::Epoch(signed) => signed.statement.to_vec(),
                        other => panic!("{other:?}"),
                    }
                };
                if receipt.certificate.is_some() {
                    assert_eq!(statement(&parsed), statement(&receipt));
                }
            }
        }
    }
}
