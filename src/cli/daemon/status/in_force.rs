//! What is in force: the configuration that was taken, and whether two people are required.

use indelible_interchange::hex;
use indelible_proto::v1::{AllHalt, ConfigurationStatus, GetStatusResponse};
use serde::Serialize;

use crate::cli::ui::{table::Table, time};

/// What is in force. An older daemon does not say it.
#[derive(Serialize)]
pub(super) struct InForce<'a> {
    configuration: Option<ConfigurationView<'a>>,
    /// Nothing as long as the daemon does not know it.
    two_people_required: Option<bool>,
    /// Whether everything is halted in all ledgers.
    all_halted: Option<AllHaltView<'a>>,
}

#[derive(Serialize)]
struct AllHaltView<'a> {
    by: &'a [String],
    since: String,
    #[serde(skip)]
    since_for_people: String,
    people: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    resumed_by: &'a str,
}

#[derive(Serialize)]
struct ConfigurationView<'a> {
    taken_time: String,
    #[serde(skip)]
    taken_for_people: String,
    /// Nothing without a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_sha256: Option<String>,
    waiting_for_restart: &'a [String],
    revoked_client_keys: u64,
    quotas: u64,
}

impl<'a> InForce<'a> {
    pub(super) fn new(status: &'a GetStatusResponse) -> Self {
        let configuration = status.configuration.as_ref();
        Self {
            configuration: configuration.map(ConfigurationView::new),
            two_people_required: status.two_people_required,
            all_halted: status.all_halt.as_ref().map(AllHaltView::new),
        }
    }

    /// For people.
    pub(super) fn rows(&self, table: &mut Table) {
        if let Some(configuration) = &self.configuration {
            configuration.rows(table);
        }
        let two_people = match self.two_people_required {
            Some(true) => "required for what can't be undone, for good",
            Some(false) => "not required",
            None => "",
        };
        table.row_if("two people", two_people);
        if let Some(halt) = &self.all_halted {
            let (by, since) = (halt.by.join(", "), &halt.since_for_people);
            table.row(
                "agents",
                format_args!(
                    "a halt of all, in every ledger, is in force, by {by} since {since}; of a ledger that was resumed alone, or \
                     that it did not reach, `indelible agent halts LEDGER` says so"
                ),
            );
        }
    }
}

impl<'a> AllHaltView<'a> {
    fn new(halt: &'a AllHalt) -> Self {
        Self {
            by: &halt.by,
            since: time::to_text(halt.since.as_ref()),
            since_for_people: time::for_people(halt.since.as_ref()),
            people: halt.people,
            resumed_by: &halt.resumed_by,
        }
    }
}

impl<'a> ConfigurationView<'a> {
    fn new(status: &'a ConfigurationStatus) -> Self {
        let has_file = !status.file_sha256.is_empty();
        Self {
            taken_time: time::to_text(status.taken_time.as_ref()),
            taken_for_people: time::for_people(status.taken_time.as_ref()),
            file_sha256: has_file.then(|| hex::encode(&status.file_sha256)),
            waiting_for_restart: &status.waiting_for_restart,
            revoked_client_keys: status.revoked_client_keys,
            quotas: status.quotas,
        }
    }

    fn rows(&self, table: &mut Table) {
        let taken = &self.taken_for_people;
        match &self.file_sha256 {
            None => {
                table.row(
                    "configuration",
                    format_args!("taken {taken}, without a file"),
                );
            }
            Some(digest) => {
                table
                    .row("configuration", format_args!("taken {taken}"))
                    .row("its SHA-256", digest);
            }
        }
        table
            .row_if("waits for a restart", &self.waiting_for_restart.join(", "))
            .row("revoked client keys", self.revoked_client_keys)
            .row("quotas", self.quotas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_named_and_what_is_not_known_is_left_out() {
        let configuration = ConfigurationStatus {
            file_sha256: vec![0xab; 32].into(),
            waiting_for_restart: vec!["listen".to_owned(), "tls".to_owned()],
            revoked_client_keys: 2,
            quotas: 3,
            ..ConfigurationStatus::default()
        };
        let said = |status: &GetStatusResponse| {
            let mut table = Table::default();
            InForce::new(status).rows(&mut table);
            table.to_string()
        };
        let mut status = GetStatusResponse {
            configuration: Some(configuration),
            two_people_required: Some(true),
            ..GetStatusResponse::default()
        };
        let all = said(&status);
        for words in [
            "ab".repeat(32).as_str(),
            "listen, tls",
            "required for what",
            "2",
            "3",
        ] {
            assert!(all.contains(words), "{words}: {all}");
        }
        if let Some(configuration) = &mut status.configuration {
            configuration.waiting_for_restart.clear();
        }
        assert!(!said(&status).contains("restart"));
        assert_eq!(said(&GetStatusResponse::default()), "");
    }
}
