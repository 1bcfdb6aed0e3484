//! Whether what a ledger holds encrypted is opened, and why.

use clap::Args;

/// The arguments.
#[derive(Debug, Args)]
pub(crate) struct Opening {
    /// Decrypt what the ledger encrypted; this needs a permission of its own
    #[arg(long)]
    decrypt: bool,
    /// Why, for the ledger's access trail. Auditors read it, and so do the persons whose records were read, in their archives
    /// (`indelible subject export`): name no person in it
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

impl Opening {
    /// Whether it is opened.
    #[must_use]
    pub(crate) fn is_wanted(&self) -> bool {
        self.decrypt
    }

    /// Why; empty if nothing was said.
    #[must_use]
    pub(crate) fn purpose(&self) -> String {
        self.purpose.clone().unwrap_or_default()
    }
}
