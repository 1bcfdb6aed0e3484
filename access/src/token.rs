//! Tokens: their text, what is kept of them, and who may make which.

mod delegation;
mod record;
mod rights;
mod text;

pub use delegation::TooWide;
pub use record::{TokenGrant, TokenRecord, TokenRefusal, WishError};
pub use rights::{RightsError, TokenRights};
pub use text::{NewToken, Presented, TOKEN_PREFIX, TOKEN_RANDOM_BYTES, TokenDigest, TokenError};

#[cfg(test)]
mod tests;
