//! What leaves a criterion open, in words: how many events, and what it is with them.

use super::unusable::Unusable;
use crate::number::shown_number;

fn unsaid_words(unsaid: u64) -> &'static str {
    match unsaid {
        1 => "can be read and leaves open what decides",
        _ => "can be read and leave open what decides",
    }
}

fn events(number: u64) -> String {
    match number {
        1 => "1 event".to_owned(),
        _ => format!("{} events", shown_number(number)),
    }
}

/// So many events that a value rests on and that nothing read, and so many more that leave open what decides; none if
/// there are none of both.
pub(crate) fn rests_on(unread: u64, unsaid: u64, unusable: Unusable) -> Option<String> {
    open(unread, unsaid, unusable, "that it rests on ")
}

/// The same of events that are named for the first time: `3 events that can't be read or don't fit their types`.
pub(super) fn such_events(unread: u64, unsaid: u64, unusable: Unusable) -> Option<String> {
    open(unread, unsaid, unusable, "that ")
}

/// The same of several criteria, none of which rests on more.
pub(crate) fn up_to(unread: u64, unsaid: u64, unusable: Unusable) -> Option<String> {
    open(unread, unsaid, unusable, "that they rest on ").map(|words| format!("up to {words}"))
}

fn open(unread: u64, unsaid: u64, unusable: Unusable, that: &str) -> Option<String> {
    let not_read = (unread > 0).then(|| {
        let words = unusable.words(unread);
        format!("{} {that}{words}", events(unread))
    });
    let not_said = (unsaid > 0).then(|| {
        let words = unsaid_words(unsaid);
        match (&not_read, that) {
            (None, _) => format!("{} {that}{words}", events(unsaid)),
            (Some(_), "that ") => format!("{} that {words}", shown_number(unsaid)),
            (Some(_), _) => format!("{} {words}", shown_number(unsaid)),
        }
    });
    let both: Vec<_> = not_read.into_iter().chain(not_said).collect();
    let between = if that == "that " { " and " } else { "; " };
    (!both.is_empty()).then(|| both.join(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_how_many_and_what_it_is_with_them() {
        let none = Unusable::default();
        let all = Unusable {
            closed: true,
            misfits: true,
            imported: true,
            untimed: false,
        };
        assert_eq!(rests_on(0, 0, all), None);
        assert_eq!(
            rests_on(1, 0, none).as_deref(),
            Some("1 event that it rests on can't be read or doesn't fit its type")
        );
        assert_eq!(
            rests_on(2, 1, all).as_deref(),
            Some(
                "2 events that it rests on can't be read, don't fit their types or were imported; 1 can be read and \
                 leaves open what decides"
            )
        );
        assert_eq!(
            such_events(1, 2, none).as_deref(),
            Some(
                "1 event that can't be read or doesn't fit its type and 2 that can be read and leave open what decides"
            )
        );
        assert_eq!(
            up_to(0, 7, none).as_deref(),
            Some("up to 7 events that they rest on can be read and leave open what decides")
        );
    }
}
