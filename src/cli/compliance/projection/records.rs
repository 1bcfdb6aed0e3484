//! Which records projections are asked about.

use clap::Args;

use crate::cli::ui::range::Bounds;

/// Of which records, as of when, and for whom.
#[derive(Debug, Args)]
pub(crate) struct Records {
    /// Name or origin
    #[arg(long, value_name = "LEDGER")]
    pub(crate) ledger: String,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
    /// Only records that were there when the ledger had this size; what was erased since shows as erased
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) as_of: Option<u64>,
    /// Open what the ledger holds encrypted, so that it is counted; it takes a permission of its own
    #[arg(long)]
    pub(crate) decrypt: bool,
    /// Why, for the ledger's access trail; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

impl Records {
    /// Why, or nothing.
    pub(crate) fn purpose(&self) -> String {
        self.purpose.clone().unwrap_or_default()
    }
}
