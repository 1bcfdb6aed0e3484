//! The form of a bundle's checkpoint: which signature lines it has, and in which order.

use crate::note::{SignatureLine, SignedNote};
use crate::origin::Origin;

/// The length of a plain signature.
const SIGNATURE_BYTES: usize = 64;
/// The length of a timestamped signature, with its time.
const TIMESTAMPED_BYTES: usize = 72;
/// What a witness's line holds after the key id: the time and a signature of Ed25519 or of ML-DSA-44.
const WITNESS_BYTES: [usize; 2] = [TIMESTAMPED_BYTES, 8 + 2_420];

/// Why a note's lines are not those of a bundle's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The first line is not a plain one of the ledger's own name.
    #[error("the first signature line is not the ledger's plain one")]
    First,
    /// The second line is not a timestamped one of the ledger's own name.
    #[error("the second signature line is not the ledger's timestamped one")]
    Second,
    /// A further line carries the ledger's own name, or that of one of its epochs.
    #[error("signature line {number} is another signature of the ledger itself")]
    Further {
        /// The line's number, from 1.
        number: usize,
    },
    /// A witness's line is not as long as a cosignature of a type that witnesses have.
    #[error("signature line {number} does not have the length of a witness's cosignature")]
    Length {
        /// The line's number, from 1.
        number: usize,
    },
    /// Two lines are of the same key.
    #[error("signature line {number} is by the same key as an earlier line")]
    Repeated {
        /// The line's number, from 1.
        number: usize,
    },
}

/// Checks names, lengths and order of the lines; no signature is verified here. Gives the ids of the keys that sign
/// after the two lines under the ledger's own name: whether the identity has such keys, its records say.
pub fn check_form(note: &SignedNote, origin: &Origin) -> Result<Vec<[u8; 4]>, FormError> {
    let own = |line: &SignatureLine, length: usize| {
        line.name == origin.as_str() && line.signature.len() == length
    };
    let mut lines = note.signatures.iter();
    if !lines.next().is_some_and(|line| own(line, SIGNATURE_BYTES)) {
        return Err(FormError::First);
    }
    if !lines
        .next()
        .is_some_and(|line| own(line, TIMESTAMPED_BYTES))
    {
        return Err(FormError::Second);
    }
    let mut others = Vec::new();
    for (at, line) in note.signatures.iter().enumerate().skip(1) {
        let number = at + 1;
        let same = |other: &SignatureLine| other.name == line.name && other.key_id == line.key_id;
        if note.signatures[..at].iter().any(same) {
            return Err(FormError::Repeated { number });
        }
        match line.name.strip_prefix(origin.as_str()) {
            _ if at == 1 => {}
            // Those under the ledger's own name stand before those of the witnesses.
            Some("") if others.len() + 2 == at => others.push(line.key_id),
            Some(rest) if rest.is_empty() || rest.starts_with(['#', '/']) => {
                return Err(FormError::Further { number });
            }
            _ if !WITNESS_BYTES.contains(&line.signature.len()) => {
                return Err(FormError::Length { number });
            }
            _ => {}
        }
    }
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "audit.example.com/orders/0123456789ab";

    fn line(name: &str, id: u8, length: usize) -> SignatureLine {
        SignatureLine {
            name: name.to_owned(),
            key_id: [id; 4],
            signature: vec![0; length],
        }
    }

    fn check(further: &[SignatureLine]) -> Result<Vec<[u8; 4]>, FormError> {
        let mut signatures = vec![line(ORIGIN, 1, 64), line(ORIGIN, 4, 72)];
        signatures.extend_from_slice(further);
        let text = String::new();
        check_form(
            &SignedNote { text, signatures },
            &Origin::parse(ORIGIN).unwrap(),
        )
    }

    #[test]
    fn witnesses_follow_with_cosignatures_of_two_lengths() {
        let good = [line("w.example", 9, 72), line("x.example", 9, 2_428)];
        assert_eq!(check(&good), Ok(Vec::new()));
        for length in [1, 64, 71, 73, 2_420, 2_427, 2_429] {
            let refused = FormError::Length { number: 3 };
            assert_eq!(check(&[line("w.example", 9, length)]), Err(refused));
        }
        let twice = [line("w.example", 9, 72), line("w.example", 9, 2_428)];
        assert_eq!(check(&twice), Err(FormError::Repeated { number: 4 }));
    }

    #[test]
    fn a_witness_has_no_name_of_the_ledgers_own() {
        for end in ["#1", "/x", "#", "/"] {
            let bad = line(&format!("{ORIGIN}{end}"), 9, 72);
            assert_eq!(check(&[bad]), Err(FormError::Further { number: 3 }));
        }
        let longer = line(&format!("{ORIGIN}0"), 9, 72);
        assert_eq!(check(&[longer]), Ok(Vec::new()));
    }

    #[test]
    fn further_keys_of_the_identity_stand_before_the_witnesses() {
        let (own, witness) = (line(ORIGIN, 6, 2_420), line("w.example", 9, 72));
        assert_eq!(check(&[own.clone(), witness.clone()]), Ok(vec![[6; 4]]));
        let late = check(&[witness, own]);
        assert_eq!(late, Err(FormError::Further { number: 4 }));
        let again = check(&[line(ORIGIN, 4, 72)]);
        assert_eq!(again, Err(FormError::Repeated { number: 3 }));
        let same = check(&[line(ORIGIN, 6, 64), line(ORIGIN, 6, 64)]);
        assert_eq!(same, Err(FormError::Repeated { number: 4 }));
    }
}
