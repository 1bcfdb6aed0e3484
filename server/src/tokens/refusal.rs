//! Why a token of the daemon's own is refused.

use indelible_access::{TokenError, TokenRefusal};

/// Why a text is not the token of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OwnRefusal {
    /// The records have not been read.
    #[error("the daemon has not read yet which tokens there are; retry")]
    NotRead,
    /// The text is not a token.
    #[error(transparent)]
    Text(#[from] TokenError),
    /// The token is refused.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
}
