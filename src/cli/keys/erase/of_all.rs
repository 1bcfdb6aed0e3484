//! An erasure from all ledgers. Each ledger's stands alone, and has a request of its own where it takes two people.

use std::collections::BTreeMap;

use indelible_compliance::reports::counted;
use indelible_proto::v1::{Ledger, approval_request, request_approval_request::Act};
use serde::Serialize;

use super::{Erase, OneOfMany};
use crate::cli::{
    approvals::{look, two_people, view::RequestView},
    error::CliError,
    privacy::{holding::Holdings, not_looked_at, unasked::UnaskedView},
    session::Session,
    ui::{called::called, table::printable},
};

impl Erase {
    /// Asks for the erasure from each of these ledgers. One that can't be asked for stops none, and is named.
    pub(super) async fn ask_for_all(
        &self,
        session: &mut Session,
        data_subject: String,
        holdings: &Holdings,
    ) -> Result<(), CliError> {
        let (mut asked, mut refused) = (Vec::new(), Vec::new());
        for holding in &holdings.found {
            let ledger = &holding.ledger;
            about(session, ledger);
            let wanted = self.wanted(ledger.origin.clone(), data_subject.clone(), String::new());
            match self
                .two_people
                .request(session, Act::EraseDataSubject(wanted))
                .await
            {
                Ok(made) => {
                    session.output.item(&RequestView::new(&made.request))?;
                    asked.push(made);
                }
                Err(error) => {
                    NotErased::new(ledger, error.to_string(), error.to_text()).tell(session)?;
                    refused.push(called(ledger));
                }
            }
        }
        if !asked.is_empty() {
            not_looked_at::tell(session, holdings.may_be_more)?;
        }
        tell_of_unasked(session, holdings)?;
        if !asked.is_empty() {
            let (option, value) = self.said(&data_subject);
            let basis = self.basis.clone().unwrap_or_default();
            let said = [(option, value.as_str()), ("--basis", basis.as_str())];
            two_people::tell(session, &asked, &said);
        }
        match refused.is_empty() {
            true => holdings.check(),
            false => Err(CliError::SomeNotRequested { ledgers: refused }),
        }
    }

    /// Erases the subject from each of these ledgers. One that is refused stops none, and is named.
    pub(super) async fn erase_all(
        &self,
        session: &mut Session,
        data_subject: &str,
        holdings: &Holdings,
    ) -> Result<(), CliError> {
        if holdings.found.is_empty() {
            return holdings.check();
        }
        let mut approved = self.approved(session).await?;
        if !self.yes {
            let count = holdings.found.len();
            let ledgers = counted(count as u64, "ledger", "ledgers");
            let what = format!("This erases a data subject from {ledgers}.");
            self.confirm(session, &what, &count.to_string())?;
        }
        let (mut refused, mut begun) = (Vec::new(), 0);
        for holding in &holdings.found {
            let ledger = &holding.ledger;
            about(session, ledger);
            let approval = approved.remove(&ledger.origin).unwrap_or_default();
            let request = self.wanted(ledger.origin.clone(), data_subject.to_owned(), approval);
            let one = OneOfMany {
                ledger,
                may_be_more: holdings.may_be_more,
            };
            let done = self.erase(session, request, Some(one)).await;
            // One that is not complete was shown as a result already.
            let is_shown = matches!(done, Err(CliError::NotErased { .. }));
            begun += usize::from(is_shown || done.is_ok());
            if let Err(error) = done {
                if !(is_shown && session.output.is_json()) {
                    let said = error.to_text();
                    NotErased::new(ledger, error.to_string(), said).tell(session)?;
                }
                refused.push(called(ledger));
            }
        }
        for (origin, id) in &approved {
            session.output.remark(format_args!(
                "the request {id} was not used: {} has nothing of the data subject that it could erase",
                printable(origin)
            ));
        }
        // Beside nothing that was erased, there is nothing that it left out.
        if begun > 0 {
            not_looked_at::tell(session, holdings.may_be_more)?;
        }
        tell_of_unasked(session, holdings)?;
        let erased = holdings.found.len() - refused.len();
        match refused.is_empty() {
            true => holdings.check(),
            false => Err(CliError::SomeNotErased {
                ledgers: refused,
                erased,
            }),
        }
    }

    /// The requests that somebody else has approved, by the origin of the ledger that each is about.
    ///
    /// # Errors
    /// If one is about something else, or two are about one ledger: then nothing is done.
    async fn approved(&self, session: &Session) -> Result<BTreeMap<String, String>, CliError> {
        let mut approved = BTreeMap::new();
        for id in self.two_people.approval_ids() {
            let request = look::get(session, id).await?;
            let Some(approval_request::Act::EraseDataSubject(act)) = request.act else {
                let problem =
                    format!("the request {id} is not about an erasure; name those that are");
                return Err(CliError::Usage(problem));
            };
            if let Some(other) = approved.insert(act.ledger.clone(), id.clone()) {
                let ledger = printable(&act.ledger);
                return Err(CliError::Usage(format!(
                    "the requests {other} and {id} are both about {ledger}; name one of them"
                )));
            }
        }
        Ok(approved)
    }
}

/// Says which ledger it is about now.
fn about(session: &mut Session, ledger: &Ledger) {
    let name = called(ledger);
    let name = printable(&name);
    session.output.remark(format_args!("ledger {name}"));
}

/// Says which ledgers could not be asked.
fn tell_of_unasked(session: &mut Session, holdings: &Holdings) -> Result<(), CliError> {
    for unasked in &holdings.unasked {
        let view = UnaskedView::new(unasked);
        match session.output.is_json() {
            true => session.output.object_line(&view)?,
            false => session.output.remark(view.sentence()),
        }
    }
    Ok(())
}

/// A ledger that kept what was to be erased from all.
#[derive(Serialize)]
struct NotErased<'a> {
    ledger: &'a str,
    origin: &'a str,
    refused: String,
    #[serde(skip)]
    said: String,
}

impl<'a> NotErased<'a> {
    fn new(ledger: &'a Ledger, refused: String, said: String) -> Self {
        Self {
            ledger: &ledger.name,
            origin: &ledger.origin,
            refused,
            said,
        }
    }

    /// Among the results for programs, and beside them for people.
    fn tell(&self, session: &mut Session) -> Result<(), CliError> {
        if session.output.is_json() {
            return session.output.object_line(self);
        }
        session.output.remark(&self.said);
        Ok(())
    }
}
