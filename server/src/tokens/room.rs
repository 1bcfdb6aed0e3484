//! Whether there is room for another token: of all makers together, and of one.

use indelible_access::{Principal, TokenRecord};

use crate::limits::{
    OWN_TOKEN_GRANTS_MAX, OWN_TOKEN_GRANTS_OF_A_MAKER, OWN_TOKEN_GRANTS_RESERVE, OWN_TOKENS_MAX,
    OWN_TOKENS_RESERVE,
};

/// So many tokens, with so many roles in places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) tokens: usize,
    pub(crate) grants: usize,
}

/// Why there is no room, and how much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The maker has as many as one maker may have.
    OfMaker(Size),
    /// All makers together have as many as there may be.
    OfAll(Size),
}

impl Size {
    /// What one maker may have.
    pub(super) fn of_a_maker(tokens: u64) -> Self {
        let tokens = usize::try_from(tokens).unwrap_or(OWN_TOKENS_MAX);
        Self {
            tokens,
            grants: tokens.saturating_mul(OWN_TOKEN_GRANTS_OF_A_MAKER),
        }
    }

    /// What there may be before this one is made: who administers the store finds room that others can't fill.
    fn of_all(administers_the_store: bool) -> Self {
        let (tokens, grants) = match administers_the_store {
            true => (0, 0),
            false => (OWN_TOKENS_RESERVE, OWN_TOKEN_GRANTS_RESERVE),
        };
        Self {
            tokens: OWN_TOKENS_MAX - tokens,
            grants: OWN_TOKEN_GRANTS_MAX - grants,
        }
    }

    fn holds(self, other: Self) -> bool {
        other.tokens <= self.tokens && other.grants <= self.grants
    }

    fn with(self, grants: usize) -> Self {
        Self {
            tokens: self.tokens + 1,
            grants: self.grants + grants,
        }
    }
}

/// Whether there is room for one more with so many grants beside those that are valid. `makers` are its maker's names.
pub(super) fn check<'a>(
    valid: impl Iterator<Item = &'a TokenRecord>,
    (makers, administers_the_store): (&[Principal], bool),
    grants: usize,
    share: Size,
) -> Result<(), NoRoom> {
    let none = Size {
        tokens: 0,
        grants: 0,
    };
    let (mut all, mut own) = (none.with(grants), none.with(grants));
    for token in valid {
        all = all.with(token.grants.len());
        if token.makers.iter().any(|maker| makers.contains(maker)) {
            own = own.with(token.grants.len());
        }
    }
    let whole = Size::of_all(administers_the_store);
    match (share.holds(own), whole.holds(all)) {
        (false, _) => Err(NoRoom::OfMaker(share)),
        (true, false) => Err(NoRoom::OfAll(whole)),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use indelible_access::{Caller, NewToken, TOKEN_RANDOM_BYTES, TokenRights};

    use super::*;

    fn maker(name: &str) -> Caller {
        Caller::unix(7, Some(name), &[]).unwrap()
    }

    fn token(maker: &Caller) -> TokenRecord {
        let random: [u8; TOKEN_RANDOM_BYTES] = std::array::from_fn(|at| at as u8);
        let token = NewToken::make(&random).unwrap();
        let texts = |text: &str| vec![text.to_owned()];
        let rights = TokenRights::parse(&texts("reader"), &texts("pay*"), &[]).unwrap();
        TokenRecord::new(&token, "a", rights.grants(), maker, (1, None), 90).unwrap()
    }

    fn checked(of: &[(&str, usize)], next: &str, administers: bool) -> Result<(), NoRoom> {
        let of_each = of.iter().map(|(name, count)| vec![token_of(name); *count]);
        let all: Vec<_> = of_each.flatten().collect();
        let next = token_of(next);
        let share = Size::of_a_maker(1_024);
        check(all.iter(), (&next.makers, administers), 1, share)
    }

    fn token_of(name: &str) -> TokenRecord {
        // Each is another user.
        let uid = name
            .bytes()
            .fold(1_000, |sum, byte| sum * 7 + u32::from(byte));
        token(&Caller::unix(uid, Some(name), &[]).unwrap())
    }

    #[test]
    fn one_maker_fills_its_own_share_and_no_more() {
        let share = Size::of_a_maker(1_024);
        assert_eq!(checked(&[("alice", 1_023)], "alice", false), Ok(()));
        let full = Err(NoRoom::OfMaker(share));
        assert_eq!(checked(&[("alice", 1_024)], "alice", false), full);
        assert_eq!(checked(&[("alice", 1_024)], "alice", true), full);
        assert_eq!(checked(&[("alice", 1_024)], "bob", false), Ok(()));
    }

    #[test]
    fn whoever_administers_the_store_finds_room_that_others_can_t_fill() {
        let others = OWN_TOKENS_MAX - OWN_TOKENS_RESERVE;
        let many = [
            ("a", 1_000),
            ("b", 1_000),
            ("c", 1_000),
            ("d", 1_000),
            ("e", others - 4_000),
        ];
        let whole = Size::of_all(false);
        assert_eq!(checked(&many, "f", false), Err(NoRoom::OfAll(whole)));
        assert_eq!(checked(&many, "root", true), Ok(()));
    }

    #[test]
    fn roles_in_places_count_as_tokens_do() {
        let share = Size::of_a_maker(2);
        let makers = token(&maker("alice")).makers;
        let none = std::iter::empty;
        assert_eq!(check(none(), (&makers, false), 8, share), Ok(()));
        let full = Err(NoRoom::OfMaker(share));
        assert_eq!(check(none(), (&makers, false), 9, share), full);
    }
}
