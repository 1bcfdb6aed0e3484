//! The signature over a manifest: a signed note that names the backup and the digest of its manifest.

use data_encoding::HEXLOWER;
use indelible_evidence::{
    checkpoint::{signature_line, verify_lines},
    note::{SignatureType, SignedNote, VerifierKey},
};

use crate::{
    id::BackupId, manifest::Manifest, object::Digest, signature_problem::SignatureProblem,
};

/// The first line of what is signed. No origin has a space, so no checkpoint begins like this.
const TITLE: &str = "indelible backup 1";

/// The text that is signed for a manifest.
pub fn statement(manifest: &Manifest) -> String {
    text(&manifest.id, manifest.digest())
}

fn text(id: &BackupId, digest: Digest) -> String {
    format!("{TITLE}\n{id}\n{digest}\n")
}

/// The note for a manifest, with the signature over its [`statement`].
///
/// # Errors
/// If the manifest names no key, or the signature is not the key's.
pub fn note(manifest: &Manifest, signature: &[u8; 64]) -> Result<String, SignatureProblem> {
    let key = key(manifest)?;
    let text = statement(manifest);
    if !key.verify_message(text.as_bytes(), signature) {
        return Err(SignatureProblem::NotSigned);
    }
    let line = signature_line(key.name(), key.key_id(), signature);
    let note = SignedNote {
        text,
        signatures: vec![line],
    };
    Ok(note.to_string())
}

/// Verifies the note of a manifest whose bytes these are, under the key that the manifest names.
pub(crate) fn verify(
    manifest: &Manifest,
    bytes: &[u8],
    note: &[u8],
) -> Result<(), SignatureProblem> {
    let parsed = SignedNote::parse(note);
    let parsed = parsed.map_err(|error| SignatureProblem::Note(error.to_string()))?;
    if parsed.text != text(&manifest.id, Digest::of(bytes)) {
        return Err(SignatureProblem::Other);
    }
    match verify_lines(&parsed, &key(manifest)?) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(SignatureProblem::NotSigned),
    }
}

/// The key that a manifest names, under the origin of the store's own ledger.
fn key(manifest: &Manifest) -> Result<VerifierKey, SignatureProblem> {
    let by = &manifest.signed_by;
    let public = HEXLOWER.decode(by.public_key.as_bytes());
    let public = public.ok().and_then(|public| public.try_into().ok());
    let public = public.ok_or(SignatureProblem::NoKey)?;
    VerifierKey::new(&by.origin, SignatureType::Ed25519, public)
        .map_err(|_| SignatureProblem::NoKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, sign};

    #[test]
    fn a_signature_holds_for_its_manifest_alone() {
        let manifest = manifest();
        let note = note(&manifest, &sign(&statement(&manifest))).unwrap();
        let bytes = manifest.encode();
        assert_eq!(verify(&manifest, &bytes, note.as_bytes()), Ok(()));
        let mut other = manifest.clone();
        other.ledgers[0].size += 1;
        assert_eq!(
            verify(&other, &other.encode(), note.as_bytes()),
            Err(SignatureProblem::Other)
        );
    }

    #[test]
    fn another_key_s_signature_is_none() {
        let mut manifest = manifest();
        manifest.signed_by.public_key = HEXLOWER.encode(
            ed25519_dalek::SigningKey::from_bytes(&[9; 32])
                .verifying_key()
                .as_bytes(),
        );
        let refused = note(&manifest, &sign(&statement(&manifest)));
        assert_eq!(refused, Err(SignatureProblem::NotSigned));
    }

    #[test]
    fn no_bit_of_the_note_can_flip() {
        let manifest = manifest();
        let note = note(&manifest, &sign(&statement(&manifest))).unwrap();
        let bytes = manifest.encode();
        for at in 0..note.len() * 8 {
            let mut flipped = note.clone().into_bytes();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(verify(&manifest, &bytes, &flipped).is_err(), "bit {at}");
        }
    }

    #[test]
    fn what_is_signed_is_no_checkpoint() {
        let text = statement(&manifest());
        assert!(indelible_evidence::Checkpoint::parse_text(&text).is_err());
    }
}
