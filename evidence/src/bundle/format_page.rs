//! The page of the format.

/// The page that specifies the format, as it is shipped in every bundle.
pub const FORMAT_PAGE: &str = include_str!("../../../docs/evidence-format.md");
/// The greatest length of the format's page in a bundle, in bytes.
pub const FORMAT_PAGE_BYTES_MAX: u64 = 1 << 20;
