//! The copy of a data key that whoever holds a rescue identity can open without the KEK: what it is sealed to, what it
//! says it is, and how it is stored beside the key.
//!
//! Anybody can seal something to a recipient. So the copy names, inside of what is sealed, the ledger, the key and the
//! subject that it is of, and whoever opens it compares these; and a MAC under the ledger's index key says which
//! recipients the daemon sealed it to, so that the daemon sees a copy that is not its own without opening any.

use indelible_evidence::{DataKeyId, origin::Origin};
use indelible_keystore::{
    SecretKey,
    age::{self, AgeError, Identity, Recipients},
};
use indelible_store::SubjectTag;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::state::key_binding::KeyBinder;

/// What is sealed begins with this, and never with anything else in this form.
const SEALED: &[u8] = b"indelible copy of a data key v1\n";
/// The first byte of a stored copy; another form takes another.
const VERSION: u8 = 1;
/// Bytes of a stored copy before what is sealed: version, recipients, MAC.
const HEAD_BYTES: usize = 1 + 16 + 32;

/// Those to whom copies are sealed.
pub(crate) struct RescueRecipients {
    recipients: Recipients,
    /// Tells copies that are sealed to these from others.
    id: [u8; 16],
}

impl RescueRecipients {
    pub(crate) fn new(recipients: Recipients) -> Self {
        let hash = blake3::hash(recipients.texts().join("\n").as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        Self { recipients, id }
    }

    /// They, as they are written.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.recipients.texts()
    }
}

/// What a copy is of.
#[derive(Clone, Copy)]
pub(crate) struct CopyOf<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) id: &'a DataKeyId,
    pub(crate) subject: Option<&'a SubjectTag>,
}

/// Why a copy can't be used.
#[derive(Debug, Error)]
pub(crate) enum CopyError {
    #[error("it is not of the form of a copy")]
    Form,
    #[error("it is the copy of another key, ledger or data subject: somebody changed the store")]
    OfAnother,
    #[error("{0}")]
    Age(#[from] AgeError),
}

impl CopyOf<'_> {
    /// All of it as it stands within the copy, before the key.
    fn name(&self) -> Vec<u8> {
        let origin = self.origin.as_str().as_bytes();
        let mut name = Vec::with_capacity(SEALED.len() + 4 + origin.len() + 33);
        name.extend_from_slice(SEALED);
        name.extend_from_slice(&(origin.len() as u32).to_be_bytes());
        name.extend_from_slice(origin);
        name.extend_from_slice(self.id.as_bytes());
        match self.subject {
            None => name.push(0),
            Some(subject) => {
                name.push(1);
                name.extend_from_slice(subject.as_bytes());
            }
        }
        name
    }

    /// A copy as it is stored.
    ///
    /// # Errors
    /// If there are no random bytes.
    pub(crate) fn seal(
        &self,
        key: &SecretKey,
        recipients: &RescueRecipients,
        binder: &KeyBinder,
    ) -> Result<Vec<u8>, AgeError> {
        let name = self.name();
        let mut plain = Zeroizing::new(Vec::with_capacity(name.len() + 32));
        plain.extend_from_slice(&name);
        plain.extend_from_slice(key.expose());
        let sealed = age::encrypt(&recipients.recipients, &plain)?;
        let mut copy = Vec::with_capacity(HEAD_BYTES + sealed.len());
        copy.push(VERSION);
        copy.extend_from_slice(&recipients.id);
        copy.extend_from_slice(&binder.copy_mac(&name, &recipients.id, &sealed));
        copy.extend_from_slice(&sealed);
        Ok(copy)
    }

    /// Whether a stored copy is the daemon's own for these recipients.
    pub(crate) fn is_sealed_to(
        &self,
        copy: &[u8],
        recipients: &RescueRecipients,
        binder: &KeyBinder,
    ) -> bool {
        let Some((id, mac, sealed)) = parts(copy) else {
            return false;
        };
        *id == recipients.id && binder.is_copy_mac(mac, (&self.name(), id, sealed))
    }

    /// The key within a stored copy, which must be the one of which the copy is wanted.
    ///
    /// # Errors
    /// Why it can't be had.
    pub(crate) fn open(
        &self,
        copy: &[u8],
        identities: &[Identity],
    ) -> Result<SecretKey, CopyError> {
        let (_, _, sealed) = parts(copy).ok_or(CopyError::Form)?;
        let plain = age::decrypt(identities, sealed)?;
        let (name, key) = plain.split_last_chunk::<32>().ok_or(CopyError::Form)?;
        if name != self.name() {
            return Err(match name.starts_with(SEALED) {
                true => CopyError::OfAnother,
                false => CopyError::Form,
            });
        }
        Ok(SecretKey::from_bytes(Zeroizing::new(*key)))
    }
}

/// A stored copy: the recipients' id, the MAC, and what is sealed.
fn parts(copy: &[u8]) -> Option<(&[u8; 16], &[u8; 32], &[u8])> {
    let (&version, rest) = copy.split_first()?;
    let (recipients, rest) = rest.split_first_chunk()?;
    let (mac, sealed) = rest.split_first_chunk()?;
    (version == VERSION).then_some((recipients, mac, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "example.com/audit/0123456789ab";

    fn secret(byte: u8) -> SecretKey {
        SecretKey::from_bytes(Zeroizing::new([byte; 32]))
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    fn recipients(identities: &[&Identity]) -> RescueRecipients {
        let recipients = identities.iter().map(|identity| identity.recipient());
        RescueRecipients::new(Recipients::new(recipients).unwrap())
    }

    #[test]
    fn a_copy_opens_for_its_recipients_and_says_what_it_is_of() {
        let [mine, yours, other] = [(); 3].map(|()| Identity::generate().unwrap());
        let (here, id, tag) = (
            origin(ORIGIN),
            DataKeyId::from_bytes([7; 16]),
            SubjectTag::from_bytes([3; 16]),
        );
        let of = CopyOf {
            origin: &here,
            id: &id,
            subject: Some(&tag),
        };
        let binder = KeyBinder::new(&secret(1));
        let both = recipients(&[&mine, &yours]);
        let copy = of.seal(&secret(9), &both, &binder).unwrap();
        for identity in [mine, yours] {
            let opened = of.open(&copy, &[identity]).unwrap();
            assert_eq!(opened.expose(), &[9; 32]);
        }
        let refused = of.open(&copy, &[other]);
        assert!(
            matches!(refused, Err(CopyError::Age(AgeError::OtherRecipients))),
            "{refused:?}"
        );
        assert!(
            !copy.windows(8).any(|bytes| bytes == [9; 8]),
            "the key is not in the clear"
        );
    }

    #[test]
    fn a_copy_of_anything_else_is_refused_by_whoever_opens_it() {
        let identity = [Identity::generate().unwrap()];
        let to = recipients(&[&identity[0]]);
        let (here, there) = (origin(ORIGIN), origin("example.com/audit/0123456789ac"));
        let [one, two] = [1, 2].map(|byte| DataKeyId::from_bytes([byte; 16]));
        let [tag, another] = [1, 2].map(|byte| SubjectTag::from_bytes([byte; 16]));
        let of = |origin, id, subject| CopyOf {
            origin,
            id,
            subject,
        };
        let wanted = of(&here, &one, Some(&tag));
        let binder = KeyBinder::new(&secret(1));
        for other in [
            of(&there, &one, Some(&tag)),
            of(&here, &two, Some(&tag)),
            of(&here, &one, Some(&another)),
            of(&here, &one, None),
        ] {
            let copy = other.seal(&secret(9), &to, &binder).unwrap();
            let refused = wanted.open(&copy, &identity);
            assert!(matches!(refused, Err(CopyError::OfAnother)), "{refused:?}");
            assert!(!wanted.is_sealed_to(&copy, &to, &binder));
            assert!(other.is_sealed_to(&copy, &to, &binder));
        }
        // What was sealed for something else, and what is no copy at all.
        let mut foreign = vec![VERSION];
        foreign.extend_from_slice(&[0; 48]);
        foreign.extend_from_slice(&age::encrypt(&to.recipients, &[5; 100]).unwrap());
        for wrong in [&foreign[..], b"", &[VERSION; 30], &[9; 200]] {
            assert!(wanted.open(wrong, &identity).is_err());
            assert!(!wanted.is_sealed_to(wrong, &to, &binder));
        }
    }

    #[test]
    fn the_daemon_knows_its_own_copies_without_opening_them() {
        let [mine, yours] = [(); 2].map(|()| Identity::generate().unwrap());
        let (here, id) = (origin(ORIGIN), DataKeyId::from_bytes([7; 16]));
        let of = CopyOf {
            origin: &here,
            id: &id,
            subject: None,
        };
        let binder = KeyBinder::new(&secret(1));
        let (to, others) = (recipients(&[&mine]), recipients(&[&mine, &yours]));
        let copy = of.seal(&secret(9), &to, &binder).unwrap();
        assert!(of.is_sealed_to(&copy, &to, &binder));
        assert!(
            !of.is_sealed_to(&copy, &others, &binder),
            "others may open it"
        );
        assert!(!of.is_sealed_to(&copy, &to, &KeyBinder::new(&secret(2))));
        for at in 0..copy.len() {
            let mut altered = copy.clone();
            altered[at] ^= 1;
            assert!(!of.is_sealed_to(&altered, &to, &binder), "byte {at}");
        }
    }
}
