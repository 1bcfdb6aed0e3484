//! `indelible access log`: what somebody did, and who read about a person.

mod done;
mod entry;
mod found;
mod names;
mod trails;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use indelible_access::Principal;
use indelible_proto::v1::GetReceiptRequest;

use self::{
    entry::{COLUMNS, Entry},
    found::Found,
    names::Names,
};
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        columns::Columns,
        data_subject,
        named::named,
        pending_file::{Inputs, Readers},
    },
};

/// Show what somebody did, or who had records about a person decrypted
///
/// What somebody did stands in the store's own ledger, _system. Who read about a person stands there, too, and in the access
/// trails of the ledgers that keep one. Each line names the ledger and the number of its record. Where something could not be
/// looked at, the command says so at the end, and its exit code is 1.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["principal", "person", "person_file"])))]
pub(crate) struct Log {
    /// What this principal did, and was refused, for example unix:alice. Any name of theirs does: a user's name or number, a
    /// certificate's SPIFFE id or DNS name
    #[arg(long, value_name = "PRINCIPAL", value_parser = principal)]
    principal: Option<Principal>,
    /// Who had records about this data subject decrypted. Other users of this machine can see the name here
    #[arg(long, value_name = "SUBJECT", value_parser = named)]
    person: Option<String>,
    /// The same with the name in a file
    #[arg(long, value_name = "FILE")]
    person_file: Option<PathBuf>,
    /// Only what concerns this ledger; may be given more than once [default: all ledgers]. What concerns the whole store
    /// concerns each ledger. Refusals about a ledger that was not there name none, and are counted at the end
    #[arg(long = "ledger", value_name = "LEDGER")]
    ledgers: Vec<String>,
    /// Write the receipt of each record, and the record, to this directory
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
}

/// What is no principal did nothing, and neither did a group.
fn principal(text: &str) -> Result<Principal, String> {
    let principal = Principal::parse(text).map_err(|error| error.to_string())?;
    match principal.is_group() {
        true => Err(format!(
            "{text} is a group, and nobody acts as a group: records name who was in it; name a user, a certificate, a token or \
             a subject of an issuer"
        )),
        false => Ok(principal),
    }
}

impl Log {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let found = match &self.principal {
            Some(principal) => {
                let names = Names::of(principal, &session.connection);
                trails::deeds(session, &names, &self.ledgers).await?
            }
            None => trails::readers(session, &self.person_named()?, &self.ledgers).await?,
        };
        self.show(session, &found).await?;
        found.check()
    }

    async fn show(&self, session: &mut Session, found: &Found) -> Result<(), CliError> {
        if let Some(directory) = &self.receipts {
            std::fs::create_dir_all(directory)
                .map_err(|source| CliError::file(directory, source))?;
        }
        match session.output.is_json() {
            true => {
                for entry in &found.entries {
                    session.output.object_line(entry)?;
                }
            }
            false => {
                let rows: Vec<_> = found.entries.iter().map(Entry::row).collect();
                Columns::unbounded(COLUMNS).show(&mut session.output, &rows)?;
            }
        }
        if let Some(directory) = &self.receipts {
            for entry in &found.entries {
                receipt(session, directory, entry).await?;
            }
        }
        if found.entries.is_empty() && found.is_complete() {
            session.output.remark(found.nothing());
        }
        if let Some(gone) = found.gone() {
            session.output.remark(gone);
        }
        if let Some(left_out) = found.not_of_a_ledger() {
            session.output.remark(left_out);
        }
        Ok(())
    }

    fn person_named(&self) -> Result<String, CliError> {
        match (&self.person, &self.person_file) {
            (Some(person), _) => Ok(person.clone()),
            (None, Some(path)) => data_subject::read_file(path),
            (None, None) => Ok(String::new()),
        }
    }
}

/// Writes the receipt of a record, and the record that it proves.
async fn receipt(
    session: &mut Session,
    directory: &std::path::Path,
    entry: &Entry,
) -> Result<(), CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetReceiptRequest {
        ledger: entry.recorded_origin.clone(),
        sequence: entry.sequence,
        wait_for_publication: true,
        ..GetReceiptRequest::default()
    });
    let answer = client.get_receipt(request).await?.into_inner();
    let name = |kind: &str| directory.join(entry.file_name(kind));
    let output = &mut session.output;
    output.write_file(
        &name("receipt"),
        Readers::Usual,
        &Inputs::NONE,
        answer.receipt.as_bytes(),
    )?;
    output.write_file(
        &name("record"),
        Readers::Owner,
        &Inputs::NONE,
        &answer.record_file,
    )
}
