//! Which token somebody has shown to have, of which the text is right and the token is over.

use std::sync::Arc;

use indelible_access::{Presented, TokenRefusal};

use super::{
    own::{OwnToken, OwnTokens},
    refusal::OwnRefusal,
};

impl OwnTokens {
    /// The token of which a text that was refused is the right one: revoked, expired, or of no worth here. None if the text
    /// is no token's, since its id may be anybody's guess then.
    pub(crate) fn shown_to_be(&self, text: &str, refused: &OwnRefusal) -> Option<Arc<OwnToken>> {
        let is_theirs = match refused {
            OwnRefusal::Token(refused) => *refused != TokenRefusal::Unknown,
            OwnRefusal::NotRead | OwnRefusal::Text(_) => false,
        };
        let presented = Presented::parse(text).ok().filter(|_| is_theirs)?;
        self.get(presented.id())
    }
}
