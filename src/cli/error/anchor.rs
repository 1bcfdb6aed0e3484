//! The error of a command that reads an anchor.

use std::path::Path;

use indelible_store::anchor::AnchorError;

use super::CliError;
use crate::cli::exit::Exit;

impl CliError {
    /// An anchor that a command was given can't be read. One that a daemon has open can be read once that has stopped.
    pub(crate) fn of_anchor(path: &Path, error: &AnchorError) -> Self {
        match error {
            AnchorError::Locked { .. } => Self::Serve {
                exit: Exit::Unavailable,
                problem: format!(
                    "{error}: a daemon that runs has it open. Stop that daemon (`systemctl stop indelible`), or, if it is to go on, \
                     name a copy of the anchor with --anchor; and try again"
                ),
            },
            error => Self::Input {
                name: path.display().to_string(),
                problem: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_store::{StoreId, anchor::Anchor};

    use super::*;

    #[test]
    fn an_anchor_that_a_daemon_has_open_can_be_read_later() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data.anchor");
        let store = StoreId::from_bytes([1; 16]);
        let held = Anchor::create(&path, store).unwrap();
        let Err(locked) = Anchor::open(&path, store) else {
            panic!("it is held");
        };
        let told = CliError::of_anchor(&path, &locked);
        assert_eq!(told.exit(), Exit::Unavailable);
        assert!(told.to_string().contains("systemctl stop"), "{told}");
        drop(held);
        assert!(Anchor::open(&path, store).is_ok());
    }
}
