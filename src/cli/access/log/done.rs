//! What was done, as far as a record of the store's own ledger tells it beside who did it.

use indelible_proto::v1::Event;
use serde::Serialize;

use crate::cli::privacy::trail::text;

/// Makes the facts that are shown from one table: field, and the name of the fact.
macro_rules! facts {
    ($($field:ident = $name:literal;)+) => {
        /// What a record says of requests, tokens, keys, places and records. A text without a character is not there.
        #[derive(Debug, Default, Serialize)]
        pub(super) struct Done {
            $(#[serde(skip_serializing_if = "String::is_empty")] $field: String,)+
        }

        impl Done {
            /// Of an event.
            pub(super) fn of(event: &Event) -> Self {
                let fact = |name| text(event, name).unwrap_or_default();
                Self { $($field: fact($name),)+ }
            }
        }
    };
}

facts! {
    place = "place";
    request = "request";
    action = "action";
    answer = "answer";
    tries = "tries";
    token = "token";
    token_name = "token_name";
    roles = "roles";
    on = "on";
    place_count = "place_count";
    expires = "expires";
    public_key = "public_key";
    trusted_size = "trusted_size";
    data_keys = "data_keys";
    hold = "hold";
    events = "events";
    sequences = "sequences";
    reasons = "reasons";
    reason = "reason";
}

impl Done {
    /// The same in words, one for each thing that there is to say.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut say = |text: &str, said: &str| {
            if !text.is_empty() {
                notes.push(format!("{said}{text}"));
            }
        };
        say(&self.request, "request ");
        say(&self.answer, "");
        say(&self.action, "to ");
        say(&self.tries, "tries: ");
        say(&self.token, "");
        say(&self.token_name, "name: ");
        say(&self.roles, "roles: ");
        say(&self.places(), "on ");
        say(&self.expires, "until ");
        say(&self.public_key, "key ");
        say(&self.trusted_size, "trusted up to size ");
        say(&self.data_keys, "data keys: ");
        say(&self.hold, "hold ");
        say(&self.events, "events: ");
        say(&self.sequences, "records ");
        say(&self.reasons, "refused with ");
        say(&self.reason, "because: ");
        notes
    }

    /// The place that was asked for, of refusals.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The places of a token, of which a record names as many as fit.
    fn places(&self) -> String {
        let named = match self.on.as_str() {
            "" => 0,
            on => on.split(',').count(),
        };
        match self.place_count.parse::<usize>() {
            Ok(count) if count > named => format!("{} and others, {count} in all", self.on),
            _ => self.on.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{FactValue, fact_value::Value};

    use super::*;

    fn done(facts: &[(&str, &str)]) -> Done {
        let fact = |(name, text): &(&str, &str)| {
            let value = Some(Value::Text((*text).to_owned()));
            ((*name).to_owned(), FactValue { value })
        };
        Done::of(&Event {
            facts: facts.iter().map(fact).collect(),
            ..Event::default()
        })
    }

    #[test]
    fn a_line_says_what_was_done() {
        let answered = done(&[
            ("request", "00112233445566778899"),
            ("answer", "declined"),
            ("action", "erase"),
        ]);
        assert_eq!(
            answered.notes().join(", "),
            "request 00112233445566778899, declined, to erase"
        );
        let made = [
            ("token", "token:4Kd02Lmx"),
            ("token_name", "till 1"),
            ("roles", "writer,reader"),
            ("on", "hr,pay*"),
            ("place_count", "2"),
            ("expires", "2027-02-27T14:00:00Z"),
        ];
        assert_eq!(
            done(&made).notes().join(", "),
            "token:4Kd02Lmx, name: till 1, roles: writer,reader, on hr,pay*, until 2027-02-27T14:00:00Z"
        );
        let decrypted = [("events", "6"), ("sequences", "3-7,9")];
        assert_eq!(
            done(&decrypted).notes().join(", "),
            "events: 6, records 3-7,9"
        );
        let refused = done(&[("reasons", "APPROVAL_REQUIRED")]);
        assert_eq!(refused.notes(), ["refused with APPROVAL_REQUIRED"]);
        let many = done(&[("on", "hr"), ("place_count", "3")]);
        assert_eq!(many.notes(), ["on hr and others, 3 in all"]);
        assert!(done(&[]).notes().is_empty());
    }
}
