//! Whether there is room for another request: of all persons together, and of one.

use indelible_access::{Asked, Principal};

use crate::limits::{APPROVALS_OF_CALLER_MAX, APPROVALS_OPEN_MAX, APPROVALS_RESERVE};

/// Why there can't be one more request, and when the first of those that wait expires, in nanoseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// As many wait as may.
    OfAll { first_ends: u64 },
    /// As many of this person wait as may.
    OfPerson { first_ends: u64 },
}

/// Whether there may be one more beside those that wait. `persons` is everybody whom its requester may be: all tokens of one
/// maker are one person, so that nobody takes more room by making tokens.
pub(super) fn check<'a>(
    waiting: impl Iterator<Item = &'a Asked>,
    persons: &[Principal],
    administers_the_store: bool,
) -> Result<(), Full> {
    let (mut all, mut own) = (0, 0);
    let (mut first_of_all, mut first_of_own) = (u64::MAX, u64::MAX);
    for asked in waiting {
        all += 1;
        first_of_all = first_of_all.min(asked.expires);
        if asked.persons.iter().any(|person| persons.contains(person)) {
            own += 1;
            first_of_own = first_of_own.min(asked.expires);
        }
    }
    let reserve = match administers_the_store {
        true => 0,
        false => APPROVALS_RESERVE,
    };
    if own >= APPROVALS_OF_CALLER_MAX {
        let first_ends = first_of_own;
        return Err(Full::OfPerson { first_ends });
    }
    if all >= APPROVALS_OPEN_MAX - reserve {
        let first_ends = first_of_all;
        return Err(Full::OfAll { first_ends });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::stored::tests::{EXPIRES, request};

    fn persons(names: &[&str]) -> Vec<Principal> {
        let parse = |name: &&str| Principal::parse(name).unwrap();
        names.iter().map(parse).collect()
    }

    fn waiting(count: usize, names: &[&str]) -> Vec<Asked> {
        let (asked, _) = request("01");
        let asked = Asked {
            persons: persons(names),
            ..asked.asked().clone()
        };
        vec![asked; count]
    }

    #[test]
    fn tokens_of_one_maker_have_one_person_s_share_of_requests() {
        let of_tokens: Vec<_> = (0..8)
            .flat_map(|number| {
                let token = format!("token:0000000{number}");
                waiting(16, &[&token, "unix:mallory"])
            })
            .collect();
        let first_ends = EXPIRES;
        for another in [&["token:00000009", "unix:mallory"][..], &["unix:mallory"]] {
            let room = check(of_tokens.iter(), &persons(another), false);
            assert_eq!(room, Err(Full::OfPerson { first_ends }), "{another:?}");
        }
        let other = persons(&["token:00000009", "unix:alice"]);
        assert_eq!(check(of_tokens.iter(), &other, false), Ok(()));
        assert_eq!(
            check(of_tokens[1..].iter(), &persons(&["unix:mallory"]), false),
            Ok(())
        );
    }

    #[test]
    fn whoever_administers_the_store_finds_room_for_requests_that_others_can_t_fill() {
        let all: Vec<_> = (0..APPROVALS_OPEN_MAX - APPROVALS_RESERVE)
            .flat_map(|number| waiting(1, &[&format!("unix:#{}", 1_000 + number)]))
            .collect();
        let alice = persons(&["unix:alice"]);
        let first_ends = EXPIRES;
        assert_eq!(
            check(all.iter(), &alice, false),
            Err(Full::OfAll { first_ends })
        );
        assert_eq!(check(all[1..].iter(), &alice, false), Ok(()));
        assert_eq!(check(all.iter(), &alice, true), Ok(()));
        let full = [all, waiting(APPROVALS_RESERVE, &["unix:#7"])].concat();
        assert_eq!(
            check(full.iter(), &alice, true),
            Err(Full::OfAll { first_ends })
        );
    }
}
