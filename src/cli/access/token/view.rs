//! A token as it is shown, but for its text.

use indelible_proto::v1::Token;
use serde::Serialize;

use crate::cli::ui::{columns::Row, paint::Paint, table::Table, time};

/// What there is to say of a token.
#[derive(Debug, Serialize)]
pub(super) struct TokenView<'a> {
    token_id: &'a str,
    name: &'a str,
    roles: &'a [String],
    on: &'a [String],
    /// Empty where it may append events of all.
    sources: &'a [String],
    maker: &'a str,
    created_time: String,
    expire_time: String,
    /// Empty where it was never used.
    last_used_date: &'a str,
    /// Of the record in _system that made it.
    sequence: u64,
    #[serde(skip)]
    expires_for_people: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_time: Option<String>,
    #[serde(skip)]
    revoked_for_people: Option<String>,
}

impl<'a> TokenView<'a> {
    pub(super) fn new(token: &'a Token) -> Self {
        let revoked = token.revocation.as_ref();
        let revoked = revoked.map(|revocation| revocation.recorded_time.as_ref());
        Self {
            token_id: &token.token_id,
            name: &token.name,
            roles: &token.roles,
            on: &token.on,
            sources: &token.sources,
            maker: &token.maker,
            created_time: time::to_text(token.created_time.as_ref()),
            expire_time: time::to_text(token.expire_time.as_ref()),
            last_used_date: &token.last_used_date,
            sequence: token.sequence,
            expires_for_people: time::for_people(token.expire_time.as_ref()),
            revoked_time: revoked.map(time::to_text),
            revoked_for_people: revoked.map(time::for_people),
        }
    }

    /// As lines of a table.
    pub(super) fn rows(&self, table: &mut Table) {
        table.row("id", self.token_id);
        table.row("name", self.name);
        table.row("roles", self.roles.join(" "));
        table.row("on", self.on.join(" "));
        if !self.sources.is_empty() {
            table.row("sources", self.sources.join(" "));
        }
        table.row("made by", self.maker);
        table.row("expires", &self.expires_for_people);
    }

    /// As a line of a list.
    pub(super) fn row(&self) -> Row {
        let used = match self.last_used_date {
            "" => "never",
            day => day,
        };
        let revoked = self.revoked_for_people.as_ref();
        Row {
            cells: vec![
                self.token_id.to_owned(),
                self.name.to_owned(),
                self.roles.join(" "),
                self.on.join(" "),
                self.maker.to_owned(),
                self.expires_for_people.clone(),
                used.to_owned(),
                revoked
                    .map(|time| format!("revoked {time}"))
                    .unwrap_or_default(),
            ],
            paint: revoked.map(|_| Paint::Bad),
        }
    }
}
