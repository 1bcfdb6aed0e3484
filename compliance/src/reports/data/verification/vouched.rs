//! Who vouches from outside for which records, in words.

use std::fmt;

use super::trusted::Reach;
use crate::reports::words::shown_number;

/// Of a bundle over which completeness holds: who vouches for which of its records, and on what the rest of them rest.
pub(crate) struct Vouched<'a> {
    pub(crate) reach: &'a Reach,
    pub(crate) origin: &'a str,
    /// The first record.
    pub(crate) from: u64,
    /// The one after the last.
    pub(crate) to: u64,
    /// The checkpoint's size.
    pub(crate) size: u64,
    /// When its operator signed that, for people.
    pub(crate) signed: Option<String>,
}

impl fmt::Display for Vouched<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reach, origin) = (self.reach, self.origin);
        let head = reach
            .known_head
            .map(|size| format!("the known head of size {}", shown_number(size)));
        let witnesses = reach
            .witnesses
            .map(|_| "the witnesses that cosigned the checkpoint");
        let (who, verb) = match (head, witnesses) {
            (Some(head), Some(witnesses)) => (format!("{witnesses}, and {head},"), "vouch"),
            (None, Some(witnesses)) => (witnesses.to_owned(), "vouch"),
            (Some(head), None) => (head, "vouches"),
            (None, None) => ("somebody outside".to_owned(), "vouches"),
        };
        let signed = match &self.signed {
            Some(time) => format!(", signed {time} by its operator's clock"),
            None => String::new(),
        };
        let checkpoint = format!("checkpoint of size {}{signed}", shown_number(self.size));
        let vouched_to = reach.to().min(self.to);
        if vouched_to >= self.to {
            let all = records(self.from, self.to);
            return write!(
                formatter,
                "{who} {verb} for {all} of {origin}, up to its {checkpoint}"
            );
        }
        let rest = format!(
            "on the operator's {checkpoint}, alone, and an operator can sign another one for somebody else"
        );
        if vouched_to <= self.from {
            let all = records(self.from, self.to);
            return write!(
                formatter,
                "{who} {verb} for nothing of {all} of {origin}, which rest {rest}"
            );
        }
        let (shown, others) = (records(self.from, vouched_to), records(vouched_to, self.to));
        let rests = if vouched_to + 1 == self.to {
            "rests"
        } else {
            "rest"
        };
        write!(
            formatter,
            "{who} {verb} for {shown} of {origin}; {others} {rests} {rest}"
        )
    }
}

/// Records by their numbers, half open: `record 0`, `records 0 and 1`, `records 0 to 4`.
fn records(from: u64, to: u64) -> String {
    let last = to.saturating_sub(1);
    match last.saturating_sub(from) {
        0 => format!("record {}", shown_number(from)),
        1 => format!("records {} and {}", shown_number(from), shown_number(last)),
        _ => format!("records {} to {}", shown_number(from), shown_number(last)),
    }
}
