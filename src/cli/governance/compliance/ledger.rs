//! The records of a gate: out of a bundle, which is verified first, or from a daemon.

use std::{collections::BTreeMap, path::Path};

use indelible_evidence::verify::Trust;
use indelible_governance::{digest::Digest, policy::PolicyKind, record::Entry};
use indelible_ledger::Rules;
use indelible_proto::v1::{
    self, EventFilter, ListEventsRequest, ListPoliciesRequest, event::Payload,
};

use super::{
    acts::Acts,
    figures::{Figures, HOLDS, NOT_CHECKED},
};
use crate::cli::{
    error::CliError,
    governance::replay::{bundle, key, recorded::read},
    session::Session,
};

/// What is read of a ledger.
const TYPES: [&str; 3] = [
    "indelible.governance.decision.v1",
    "indelible.governance.completion.v1",
    "indelible.governance.released.v1",
];

/// The figures of a bundle.
pub(super) fn of_bundle(path: &Path, key_file: &Path) -> Result<Figures, CliError> {
    let trust = Trust::in_key(key(key_file)?);
    let governed = bundle::read(path, &trust)?;
    let wrong = |problem: String| CliError::Input {
        name: path.display().to_string(),
        problem,
    };
    if let Some(problem) = governed.not_there {
        return Err(wrong(problem));
    }
    if governed.begins.is_some() {
        let problem = "the bundle does not have the ledger's governance from its beginning; export the whole ledger";
        return Err(wrong(problem.to_owned()));
    }
    let (mut rules, mut acts) = (Rules::default(), Acts::default());
    let mut policies = BTreeMap::new();
    for record in &governed.records {
        let entry = read(&mut rules, record, false).map_err(wrong)?;
        match &entry {
            Some(Entry::Policy(policy)) if policy.kind == PolicyKind::Aigc => {
                let name = policy.documents.first().map(|(name, _)| name.clone());
                policies.insert(policy.digest, name.unwrap_or_default());
            }
            Some(entry) => acts.take(record.position.sequence, entry, &policies),
            None => {}
        }
    }
    Ok(acts.figures(HOLDS))
}

/// The figures of a ledger, as its daemon tells.
pub(super) async fn of_ledger(session: &mut Session, ledger: &str) -> Result<Figures, CliError> {
    let policies = policies(session, ledger).await?;
    let mut client = session.connection.open().await?;
    let (mut acts, mut page_token) = (Acts::default(), String::new());
    loop {
        let request = session.connection.request(ListEventsRequest {
            ledger: ledger.to_owned(),
            filter: Some(EventFilter {
                types: TYPES.map(str::to_owned).to_vec(),
                ..EventFilter::default()
            }),
            page_size: 1_000,
            page_token,
            ..ListEventsRequest::default()
        });
        let page = client.list_events(request).await?.into_inner();
        for record in page.records {
            let sequence = record.sequence;
            let payload = match record.event.and_then(|event| event.payload) {
                Some(Payload::Plaintext(bytes)) => bytes,
                _ => Default::default(),
            };
            match Entry::decode(&payload) {
                Ok(entry) => acts.take(sequence, &entry, &policies),
                Err(_) if payload.is_empty() => {
                    acts.unreadable(sequence, "its content is left out, erased or archived");
                }
                Err(error) => acts.unreadable(sequence, &error.to_string()),
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(acts.figures(NOT_CHECKED));
        }
    }
}

/// The policies of AIGC's kind, with the name of their document.
async fn policies(
    session: &mut Session,
    ledger: &str,
) -> Result<BTreeMap<Digest, String>, CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(ListPoliciesRequest {
        ledger: ledger.to_owned(),
    });
    let listed = client.list_policies(request).await?.into_inner().policies;
    let of_kind = listed
        .into_iter()
        .filter(|policy| policy.kind() == v1::PolicyKind::Aigc);
    let named = of_kind.filter_map(|policy| {
        let name = policy.documents.into_iter().next().unwrap_or_default();
        Some((Digest::parse(&policy.digest)?, name))
    });
    Ok(named.collect())
}
