//! `[rescue]`: who can open what is encrypted without the KEK.

use indelible_keystore::age::Recipients;
use serde::Deserialize;

use super::error::ConfigError;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RescueFile {
    pub(super) recipients: Option<Vec<String>>,
}

/// The recipients of copies of data keys; none where none are named.
pub(super) fn check(file: RescueFile) -> Result<Option<Recipients>, ConfigError> {
    let named = file.recipients.unwrap_or_default();
    if named.is_empty() {
        return Ok(None);
    }
    Recipients::parse(&named)
        .map(Some)
        .map_err(ConfigError::RescueRecipients)
}

#[cfg(test)]
mod tests {
    use indelible_keystore::age::Identity;

    use super::*;

    #[test]
    fn recipients_are_public_keys_or_there_are_none() {
        let file = |recipients: &[&str]| RescueFile {
            recipients: Some(recipients.iter().map(|text| (*text).to_owned()).collect()),
        };
        assert!(check(RescueFile::default()).unwrap().is_none());
        assert!(check(file(&[])).unwrap().is_none());
        let identity = Identity::generate().unwrap();
        let text = identity.recipient().to_string();
        let taken = check(file(&[&text, &text])).unwrap().unwrap();
        assert_eq!(taken.texts(), std::slice::from_ref(&text));
        let secret = identity.expose();
        for wrong in ["", "age1", &text[..60], "ssh-ed25519 AAAA", &secret] {
            let refused = check(file(&[&text, wrong])).unwrap_err().to_string();
            assert!(refused.contains("[rescue] recipients"), "{refused}");
            assert!(!refused.contains(&secret[20..]), "no secret is repeated");
        }
    }
}
