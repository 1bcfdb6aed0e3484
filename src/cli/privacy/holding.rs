//! What one ledger has of a data subject.

use std::fmt;

use indelible_interchange::hex;
use indelible_proto::v1::{
    ErrorReason, GetDataSubjectRequest, GetDataSubjectResponse, Hold, Ledger, LedgerState,
};
use serde::Serialize;

use crate::cli::{
    error::{CliError, Refusal},
    privacy::{
        caution::caution,
        ledgers::{ToLookIn, UNSEEN, to_look_in},
        unasked::Unasked,
    },
    session::Session,
    ui::{
        called::called,
        ledger_state::ledger_state,
        table::{Table, printable},
        time,
    },
};

/// Ledgers that a message names one by one.
const LEDGERS_TOLD_MAX: usize = 20;

/// Said wherever only some ledgers were asked for.
const UNNAMED: &str =
    "ledgers that were not named: only those were asked, and others may hold more";

/// One ledger and what it has.
pub(crate) struct Holding {
    pub(crate) ledger: Ledger,
    pub(crate) found: GetDataSubjectResponse,
}

impl Holding {
    /// Whether somebody can be erased from the ledger: by a record of its own, or, where it takes none, by one of the store's own
    /// ledger.
    pub(crate) fn takes_erasures(&self) -> bool {
        matches!(
            self.ledger.state(),
            LedgerState::Open | LedgerState::Quarantined | LedgerState::Closed
        )
    }

    /// The events of which something is left that an erasure would destroy.
    pub(crate) fn events_with_content(&self) -> u64 {
        let found = &self.found;
        found.event_count.saturating_sub(found.empty_event_count)
    }

    /// Whether a hold keeps this person's events alone: its reason is about nobody else.
    pub(crate) fn is_on_them_alone(&self, hold: &Hold) -> bool {
        let theirs = &self.found.data_key_ids;
        !hold.whole_ledger && hold.data_key_ids.iter().all(|key| theirs.contains(key))
    }

    /// Whether the ledger takes what is to be recorded.
    pub(crate) fn is_open(&self) -> bool {
        self.ledger.state() == LedgerState::Open
    }
}

/// What was found in all ledgers that were asked.
pub(crate) struct Holdings {
    pub(crate) found: Vec<Holding>,
    /// Nobody knows whether these have something.
    pub(crate) unasked: Vec<Unasked>,
    /// Whether all ledgers were to be asked, and there may be some that the caller is not told of.
    pub(crate) may_be_more: bool,
    /// Whether only ledgers that were named were asked.
    pub(crate) only_named: bool,
}

impl Holdings {
    /// Whether all ledgers could say what they have.
    ///
    /// # Errors
    /// If not, or if there may be others: what was found is then perhaps not all.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        if self.unasked.is_empty() && !self.may_be_more {
            return Ok(());
        }
        let names = self.unasked.iter().map(|unasked| &unasked.ledger);
        Err(CliError::SomeNotAsked {
            ledgers: names.map(called).collect(),
            may_be_more: self.may_be_more,
        })
    }

    /// Where nothing was looked for.
    pub(crate) fn not_looked_at(&self) -> &'static [&'static str] {
        match (self.only_named, self.may_be_more) {
            (true, _) => &[UNNAMED],
            (false, true) => &[UNSEEN],
            (false, false) => &[],
        }
    }
}

/// What the ledgers have of the data subject: those named, or all.
///
/// # Errors
/// If all say that they have nothing.
pub(crate) async fn holdings(
    session: &Session,
    data_subject: &str,
    named: &[String],
) -> Result<Holdings, CliError> {
    let ToLookIn {
        ledgers,
        may_be_more,
    } = to_look_in(session, named).await?;
    let Asked {
        found,
        unasked,
        mut unknown,
    } = asked(session, data_subject, ledgers).await?;
    let only_named = !named.is_empty();
    let none_has = none_has(unknown.iter().map(|(ledger, _)| ledger));
    match unknown.pop() {
        Some((_, mut refusal)) if found.is_empty() && unasked.is_empty() => {
            refusal.message = none_has;
            if may_be_more {
                refusal
                    .message
                    .push_str(&format!("; not looked at: {UNSEEN}"));
            }
            Err(CliError::Daemon(refusal))
        }
        None if found.is_empty() && unasked.is_empty() => {
            let problem = match may_be_more {
                true => "there is no ledger that you may see, so nothing was looked at",
                false => "there is no ledger to look in",
            };
            Err(CliError::Usage(problem.to_owned()))
        }
        _ => Ok(Holdings {
            found,
            unasked,
            may_be_more,
            only_named,
        }),
    }
}

/// That none of these ledgers knows the data subject; names as many as a person reads.
pub(crate) fn none_has<'a>(ledgers: impl ExactSizeIterator<Item = &'a Ledger>) -> String {
    let count = ledgers.len();
    let names = ledgers.map(|ledger| printable(&called(ledger)).to_string());
    let names: Vec<_> = names.take(LEDGERS_TOLD_MAX).collect();
    let rest = match count - names.len() {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let names = names.join(", ");
    match count {
        1 => format!("the ledger {names} has no data key of that data subject"),
        _ => format!(
            "none of the {count} ledgers that were searched ({names}{rest}) has a data key of that data subject"
        ),
    }
}

/// What ledgers have of a data subject, could not say, or say that they have nothing.
pub(crate) struct Asked {
    pub(crate) found: Vec<Holding>,
    pub(crate) unasked: Vec<Unasked>,
    pub(crate) unknown: Vec<(Ledger, Box<Refusal>)>,
}

/// Asks each of the ledgers what it has of the data subject.
///
/// # Errors
/// If the daemon can't be asked at all.
pub(crate) async fn asked(
    session: &Session,
    data_subject: &str,
    ledgers: Vec<Ledger>,
) -> Result<Asked, CliError> {
    let mut client = session.connection.open_keys().await?;
    let (mut found, mut unasked, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for ledger in ledgers {
        let request = session.connection.request(GetDataSubjectRequest {
            ledger: ledger.origin.clone(),
            data_subject: data_subject.to_owned(),
        });
        match client.get_data_subject(request).await {
            Ok(answer) => found.push(Holding {
                ledger,
                found: answer.into_inner(),
            }),
            Err(status) => match CliError::from(status) {
                CliError::Daemon(refusal) if refusal.is(ErrorReason::DataSubjectUnknown) => {
                    unknown.push((ledger, refusal));
                }
                // The keys may be away, or what is stored may be damaged. Others can answer all the same.
                CliError::Daemon(why) if why.reason.is_some() => {
                    unasked.push(Unasked { ledger, why });
                }
                error => return Err(error),
            },
        }
    }
    Ok(Asked {
        found,
        unasked,
        unknown,
    })
}

/// What one ledger has.
#[derive(Serialize)]
pub(crate) struct HoldingView<'a> {
    ledger: &'a str,
    origin: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    state_reason: &'a str,
    /// What may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    caution: Option<&'static str>,
    events: u64,
    /// Events that have neither body nor payload any more: rules of retention let go of both.
    #[serde(skip_serializing_if = "is_zero")]
    events_without_content: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    first_recorded_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    last_recorded_time: String,
    types: Vec<TypeView<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    events_of_other_types: u64,
    data_keys: Vec<String>,
    holds: Vec<HeldView<'a>>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct TypeView<'a> {
    r#type: &'a str,
    events: u64,
}

#[derive(Serialize)]
struct HeldView<'a> {
    hold_id: String,
    whole_ledger: bool,
    /// Left out for the person where the hold is not on them alone: it may be about somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> HoldingView<'a> {
    pub(crate) fn new(holding: &'a Holding) -> Self {
        let Holding { ledger, found } = holding;
        let types = found.types.iter().map(|of| TypeView {
            r#type: &of.r#type,
            events: of.count,
        });
        let holds = found.holds.iter().map(|hold| HeldView {
            hold_id: hex::encode(&hold.hold_id),
            whole_ledger: hold.whole_ledger,
            reason: Some(hold.reason.as_str()),
        });
        Self {
            ledger: &ledger.name,
            origin: &ledger.origin,
            state: ledger_state(ledger.state()),
            state_reason: &ledger.state_reason,
            caution: caution(ledger),
            events: found.event_count,
            events_without_content: found.empty_event_count,
            first: found.first_sequence,
            first_recorded_time: time::to_text(found.first_recorded_time.as_ref()),
            last: found.last_sequence,
            last_recorded_time: time::to_text(found.last_recorded_time.as_ref()),
            types: types.collect(),
            events_of_other_types: found.other_types_event_count,
            data_keys: found
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            holds: holds.collect(),
        }
    }

    /// The same as the person may read it: without reasons of holds that are not on them alone.
    pub(crate) fn for_the_person(holding: &'a Holding) -> Self {
        let mut view = Self::new(holding);
        for (told, hold) in view.holds.iter_mut().zip(&holding.found.holds) {
            told.reason = told.reason.filter(|_| holding.is_on_them_alone(hold));
        }
        view
    }
}

impl fmt::Display for HoldingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.ledger)
            .row("origin", self.origin)
            .row("state", self.state)
            .row_if("because", self.state_reason)
            .row_if("caution", self.caution.unwrap_or_default())
            .row("events", self.events);
        for of in &self.types {
            table.row("", format!("{} {}", of.events, of.r#type));
        }
        if self.events_of_other_types > 0 {
            table.row("", format!("{} of other types", self.events_of_other_types));
        }
        if self.events_without_content > 0 {
            let gone = format!(
                "{} of them: a rule of retention let go of body and payload",
                self.events_without_content
            );
            table.row("without content", gone);
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let (first_time, last_time) = (&self.first_recorded_time, &self.last_recorded_time);
            table
                .row("first", format!("record {first}, recorded {first_time}"))
                .row("last", format!("record {last}, recorded {last_time}"));
        }
        table.row("data keys", self.data_keys.join(", "));
        for hold in &self.holds {
            let whole = if hold.whole_ledger {
                " on the whole ledger"
            } else {
                ""
            };
            let reason = hold.reason.unwrap_or_default();
            let text = format!("{}{whole} {reason}", hold.hold_id);
            table.row("held by", text.trim_end());
        }
        if self.holds.is_empty() {
            table.row("held by", "nothing");
        }
        table.fmt(f)
    }
}
