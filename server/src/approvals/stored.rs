//! What the records of `_system` say of requests for a second person, as JSON. No data subject and no words of a caller are in
//! it.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_access::{Action, Asked, Principal, Request, RequestId, State};
use serde::{Deserialize, Serialize};

use super::wanted::WantedAct;

/// A request. A field that is not known may say that less may be done, so none is passed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requested {
    request: String,
    action: String,
    ledger: Option<String>,
    digest: String,
    persons: Vec<String>,
    at_ns: u64,
    expires_ns: u64,
    act: WantedAct,
}

/// An answer to a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    request: String,
    answer: Answer,
    by: String,
    at_ns: u64,
}

/// That an approver said something else than was asked for. What that was is not in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    request: String,
    /// All names of the approver.
    persons: Vec<String>,
    at_ns: u64,
}

/// That a request is used up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Used {
    request: String,
    at_ns: u64,
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Somebody else said yes.
    Approved,
    /// Somebody else said no.
    Declined,
    /// Whoever asked took it back.
    Withdrawn,
}

impl Answer {
    /// The word in records.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The id of a request, as people have it.
pub(crate) fn text(id: &RequestId) -> String {
    HEXLOWER.encode(&id.0)
}

/// What is recorded of a request that is about to be made.
pub(crate) fn requested(request: &Request, act: &WantedAct) -> Result<Bytes, String> {
    let asked = request.asked();
    json(&Requested {
        request: text(&asked.id),
        action: asked.action.name().to_owned(),
        ledger: asked.ledger.clone(),
        digest: HEXLOWER.encode(&asked.wanted),
        persons: asked.persons.iter().map(Principal::to_string).collect(),
        at_ns: asked.at,
        expires_ns: asked.expires,
        act: act.clone(),
    })
}

/// What is recorded of an answer that is about to count.
pub(crate) fn answered(
    id: &RequestId,
    answer: Answer,
    by: &Principal,
    at: u64,
) -> Result<Bytes, String> {
    json(&Answered {
        request: text(id),
        answer,
        by: by.to_string(),
        at_ns: at,
    })
}

/// What is recorded of an approver who said something else than was asked for.
pub(crate) fn tried<'a>(
    id: &RequestId,
    persons: impl Iterator<Item = &'a Principal>,
    at: u64,
) -> Result<Bytes, String> {
    json(&Tried {
        request: text(id),
        persons: persons.map(Principal::to_string).collect(),
        at_ns: at,
    })
}

/// What is recorded of a request that is about to be used up.
pub(crate) fn used(id: &RequestId, at: u64) -> Result<Bytes, String> {
    json(&Used {
        request: text(id),
        at_ns: at,
    })
}

/// The request that a record made.
pub(super) fn read_requested(bytes: &[u8]) -> Result<(Request, WantedAct), String> {
    let requested: Requested = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let persons = principals(&requested.persons)?;
    let action = Action::from_name(&requested.action).ok_or("its action is not known")?;
    let digest: [u8; 32] = hexadecimal(&requested.digest).ok_or("its digest is not 32 bytes")?;
    let act = requested.act;
    let is_wanted = act.with(|wanted| wanted.digest() == digest && wanted.action == action)?;
    if !is_wanted {
        return Err("its digest is not of what it asks for".to_owned());
    }
    let asked = Asked {
        id: id(&requested.request)?,
        action,
        ledger: requested.ledger,
        wanted: digest,
        persons,
        at: requested.at_ns,
        expires: requested.expires_ns,
    };
    Ok((Request::restore(asked, State::Pending), act))
}

/// The names of somebody.
fn principals(texts: &[String]) -> Result<Vec<Principal>, String> {
    let persons = texts.iter().map(|text| Principal::parse(text));
    let persons: Vec<_> = persons
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    match persons.is_empty() {
        true => Err("it names nobody".to_owned()),
        false => Ok(persons),
    }
}

/// Which request an approver said something else of, and all names of that approver.
pub(super) fn read_tried(bytes: &[u8]) -> Result<(RequestId, Vec<Principal>), String> {
    let tried: Tried = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok((id(&tried.request)?, principals(&tried.persons)?))
}

/// Which request was answered, by whom and how, and what it is then.
pub(super) fn read_answered(
    bytes: &[u8],
) -> Result<(RequestId, (Answer, Principal), State), String> {
    let answered: Answered = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let by = Principal::parse(&answered.by).map_err(|error| error.to_string())?;
    let at = answered.at_ns;
    let answer = (answered.answer, by.clone());
    let state = match answered.answer {
        Answer::Approved => State::Approved { by, at },
        Answer::Declined => State::Declined { by, at },
        Answer::Withdrawn => State::Withdrawn { at },
    };
    Ok((id(&answered.request)?, answer, state))
}

/// Which request was used up, and when.
pub(super) fn read_used(bytes: &[u8]) -> Result<(RequestId, u64), String> {
    let used: Used = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok((id(&used.request)?, used.at_ns))
}

fn id(text: &str) -> Result<RequestId, String> {
    let id = hexadecimal(text).map(RequestId);
    id.ok_or_else(|| format!("{text:?} is not the id of a request"))
}

fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn json(value: &impl Serialize) -> Result<Bytes, String> {
    let bytes = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    Ok(bytes.into())
}

#[cfg(test)]
pub(super) mod tests {
    use indelible_access::{Binding, Caller, DualControl, Reach, Role, Table};

    use super::*;

    pub(crate) const NOW: u64 = 20_000 * indelible_access::limits::DAY_NS;
    pub(crate) const EXPIRES: u64 = NOW + indelible_access::limits::DAY_NS;

    /// The bindings of a privacy officer, and the officer.
    pub(crate) fn officer() -> (Table, Caller) {
        let alice = Caller::unix(7, Some("alice"), &[]).unwrap();
        let reach = Reach::parse("hr").unwrap();
        let bound = Binding::new(alice.principal().clone(), Role::PrivacyOfficer, reach);
        (Table::new(vec![bound], DualControl::InForce), alice)
    }

    /// A request, and the record that made it.
    pub(crate) fn request(subject: &str) -> (Request, Bytes) {
        let act = WantedAct::EraseDataSubject {
            origin: "a.example/hr/0123456789ab".into(),
            subject: subject.into(),
            keys: vec!["07".into()],
            basis: "03".into(),
        };
        let (table, alice) = officer();
        let ask = |wanted: &indelible_access::Wanted<'_>| {
            Request::ask(&table, &alice, wanted, [7; 16], NOW, EXPIRES)
        };
        let request = act.with(ask).unwrap().unwrap();
        let record = requested(&request, &act).unwrap();
        (request, record)
    }

    #[test]
    fn what_is_recorded_is_read_back() {
        let (asked, record) = request("01");
        let (read, act) = read_requested(&record).unwrap();
        assert_eq!((read, act.subject()), (asked.clone(), Some("01")));
        let id = asked.asked().id;
        let by = Principal::parse("unix:bob").unwrap();
        let answer = answered(&id, Answer::Approved, &by, 9).unwrap();
        let approved = (Answer::Approved, by.clone());
        let state = State::Approved { by, at: 9 };
        assert_eq!(read_answered(&answer), Ok((id, approved, state)));
        assert_eq!(read_used(&used(&id, 10).unwrap()), Ok((id, 10)));
        let (_, alice) = officer();
        let persons: Vec<_> = alice.persons().cloned().collect();
        let record = tried(&id, persons.iter(), 11).unwrap();
        assert_eq!(read_tried(&record), Ok((id, persons)));
        assert!(read_tried(&used(&id, 10).unwrap()).is_err());
    }

    #[test]
    fn what_is_not_wholly_understood_makes_no_request() {
        let (_, record) = request("01");
        let text = String::from_utf8(record.to_vec()).unwrap();
        for (from, to) in [
            (r#""subject":"01""#, r#""subject":"02""#),
            (r#""action":"erase""#, r#""action":"place-hold""#),
            (r#"["unix:alice","unix:#7"]"#, "[]"),
            (r#""request":"#, r#""only_if":"asked nicely","request":"#),
            ("erase_data_subject", "erase_everything"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(read_requested(changed.as_bytes()).is_err(), "{changed}");
        }
        assert!(read_used(br#"{"request":"0123","at_ns":1}"#).is_err());
        let extended = br#"{"request":"00112233445566778899","at_ns":1,"in_part":true}"#;
        assert!(read_used(extended).is_err());
    }
}
