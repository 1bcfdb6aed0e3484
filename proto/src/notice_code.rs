//! Notices by the names under which the runbook has them.

use crate::v1::NoticeCode;

impl NoticeCode {
    /// The name without the enum's prefix; empty if it is not known.
    #[must_use]
    pub fn name(self) -> &'static str {
        let name = self.as_str_name();
        match self {
            Self::Unspecified => "",
            _ => name.strip_prefix("NOTICE_CODE_").unwrap_or(name),
        }
    }
}
