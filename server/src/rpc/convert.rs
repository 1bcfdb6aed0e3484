//! From the wire and back, field by field. Nothing of the wire goes further in than this folder's
//! callers, and nothing of the ledger gets out but through it.

pub(crate) mod acknowledgement;
pub(crate) mod event;
pub(crate) mod filter;
pub(crate) mod ledger;
pub(crate) mod projection;
pub(crate) mod record;
pub(crate) mod selection;
