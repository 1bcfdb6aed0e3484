//! Which records projections are asked about.

use clap::Args;

use crate::cli::ui::{opening::Opening, range::BoundsAsOf};

/// The ledger, the records, and whether they are decrypted.
#[derive(Debug, Args)]
pub(crate) struct Records {
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    pub(crate) ledger: String,
    #[command(flatten)]
    pub(crate) bounds: BoundsAsOf,
    #[command(flatten)]
    pub(crate) opening: Opening,
}
