//! GetStatus: what the daemon is doing and how it is, for operators.

mod about;
mod backups;
mod notices;

use std::collections::BTreeMap;

use indelible_keystore::Remedy;
use indelible_ledger::{
    ClockStatus, Engine, EngineStatus, LedgerSummary, Outage, RegisterStatus, RescueStatus,
    ScrubStatus,
};
use indelible_proto::{
    time::timestamp,
    v1::{self, DaemonState},
};
use indelible_store::disk::disk_free;
use tonic::{Request, Response, Status};

pub(crate) use self::{
    about::{About, DEVELOPMENT_MODE},
    notices::notices,
};
use super::{
    authorise::{Action, Caller, Gate, Scope},
    convert::ledger::state,
    governance::all_ledgers,
};

/// The evidence format, in words.
const EVIDENCE_FORMAT: &str = "0, second draft";

pub(super) async fn get_status(
    gate: &Gate,
    about: &About,
    request: Request<v1::GetStatusRequest>,
) -> Result<Response<v1::GetStatusResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ReadStatus, Scope::Store)?;
    let engine = permit.engine().ok();
    let mut answer = answer(about, gate.is_draining(), engine.map(Engine::status));
    answer.archive_file_count = engine.map_or(0, |engine| engine.archive_files() as u64);
    answer.all_halt = engine.and_then(all_ledgers::shown);
    answer.configuration = gate.audit().in_force();
    Ok(Response::new(answer))
}

/// Without an engine the daemon is recovering.
fn answer(about: &About, draining: bool, status: Option<EngineStatus>) -> v1::GetStatusResponse {
    let state = match &status {
        Some(status) if draining || status.draining => DaemonState::Draining,
        Some(_) => DaemonState::Serving,
        None => DaemonState::Recovering,
    };
    let blocked = status.as_ref().and_then(|status| status.blocked.as_ref());
    let appends_refused = blocked.map(|why| {
        format!("to every ledger, since the store's own ledger _system is in quarantine, and has to be repaired first: {why}")
    });
    let appends_refused = appends_refused.unwrap_or_default();
    v1::GetStatusResponse {
        version: about.version.to_owned(),
        evidence_format: EVIDENCE_FORMAT.to_owned(),
        state: state.into(),
        started_time: Some(timestamp(about.started)),
        ledgers: status
            .as_ref()
            .map(|status| counts(&status.ledgers))
            .unwrap_or_default(),
        notices: notices(about, status.as_ref()),
        keys_away: status
            .as_ref()
            .and_then(|status| status.keys_away.as_ref())
            .map(keys_away),
        clock: status.as_ref().map(|status| clock(status.clock)),
        scrub: status.as_ref().map(|status| scrub(status.scrub)),
        register: status
            .as_ref()
            .and_then(|status| status.register.as_ref())
            .map(register),
        rescue: status
            .as_ref()
            .and_then(|status| status.rescue.as_ref())
            .map(rescue),
        identity_custody: status
            .map(|status| status.identity_custody)
            .unwrap_or_default(),
        // This fails only if the volume itself fails, which the ledgers' states show.
        disk_free_bytes: disk_free(&about.data).unwrap_or_default(),
        // What was loaded is known to whoever records it, and what was archived to the engine.
        configuration: None,
        archive_file_count: 0,
        two_people_required: about.in_force.takes_two(),
        // The engine knows it, once it is there.
        all_halt: None,
        backup: backups::status(&about.backups),
        appends_refused,
    }
}

fn register(register: &RegisterStatus) -> v1::RegisterStatus {
    v1::RegisterStatus {
        place: register.place.clone(),
        ledger_count: register.ledgers,
        number: register.number,
        confirmed: register.is_confirmed,
        problem: register
            .outage
            .as_ref()
            .map(|outage| outage.reason.clone())
            .unwrap_or_default(),
        problem_since_time: register
            .outage
            .as_ref()
            .map(|outage| timestamp(outage.since)),
    }
}

fn rescue(rescue: &RescueStatus) -> v1::RescueStatus {
    v1::RescueStatus {
        recipients: rescue.recipients.clone(),
        recorded: rescue.is_on_record,
        key_count: rescue.keys,
        lacking_count: rescue.lacking,
        complete: rescue.is_over,
        problem: rescue.problem.clone(),
    }
}

fn clock(clock: ClockStatus) -> v1::ClockStatus {
    let newest = clock.newest_recorded;
    v1::ClockStatus {
        now_time: Some(timestamp(clock.now)),
        newest_recorded_time: (newest > 0).then(|| timestamp(newest)),
        behind_seconds: clock.behind.map_or(0, |behind| behind.as_secs()),
        unconfirmed: clock.unconfirmed,
    }
}

fn scrub(scrub: ScrubStatus) -> v1::ScrubStatus {
    v1::ScrubStatus {
        bytes_per_second: scrub.bytes_per_second,
        record_count: scrub.records,
        verified_record_count: scrub.verified,
        never_ended_count: scrub.never_ended,
        oldest_pass_end_time: scrub.oldest_pass.map(timestamp),
        finding_count: scrub.with_findings,
    }
}

fn keys_away(outage: &Outage) -> v1::KeysAway {
    v1::KeysAway {
        since_time: Some(timestamp(outage.since)),
        provider: outage.provider.unwrap_or_default().to_owned(),
        fault: outage.fault.unwrap_or_default().to_owned(),
        reason: outage.reason.clone(),
        retries_automatically: outage.remedy == Remedy::Wait,
    }
}

fn counts(ledgers: &[LedgerSummary]) -> Vec<v1::LedgerStateCount> {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for ledger in ledgers {
        *counts.entry(state(ledger.state).into()).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(state, count)| v1::LedgerStateCount { state, count })
        .collect()
}

#[cfg(test)]
mod tests {
    use indelible_evidence::tree::empty_root;
    use indelible_ledger::{Availability, NoticeCode};

    use super::{notices::notice_code, *};
    use crate::{
        backups::Backups, issuers::Issuers, open_files::OpenFiles, rpc::authorise::InForce,
        tokens::OwnTokens,
    };

    fn ledger(origin: &str, state: Availability) -> LedgerSummary {
        LedgerSummary {
            name: "l".into(),
            origin: origin.into(),
            verifier_key: String::new(),
            size: 2,
            root: empty_root(),
            state,
            state_reason: "because".into(),
            created: 1,
            published_size: 2,
            indexed_size: 2,
            projected_size: 0,
            predecessor: None,
            last_event: None,
            encrypts_all: false,
            ended: None,
            access_trail: false,
            checks_events: false,
            signed_sources: Vec::new(),
            settings_since: Some(0),
            scrubbed: indelible_ledger::Scrubbed::default(),
            may_lack_records: false,
        }
    }

    fn status(ledgers: Vec<LedgerSummary>) -> EngineStatus {
        EngineStatus {
            ledgers,
            identity_custody: "in a test".into(),
            keys_away: None,
            draining: false,
            stopped: false,
            blocked: None,
            clock: ClockStatus {
                now: 3_000_000_000,
                newest_recorded: 0,
                behind: None,
                unconfirmed: false,
            },
            scrub: ScrubStatus::default(),
            register: None,
            rescue: None,
            notices: Vec::new(),
        }
    }

    fn about() -> About {
        About {
            version: "1.2.3",
            started: 9,
            data: "/".into(),
            files: OpenFiles::share(1 << 16).unwrap(),
            tls: None,
            bindings: None,
            issuers: Issuers::new(&[]),
            tokens: OwnTokens::new(false, 90),
            backups: Backups::default(),
            in_force: InForce::new(Vec::new(), false),
            open_to_all_users: false,
            has_register: false,
        }
    }

    #[test]
    fn a_code_has_the_same_name_on_the_wire_and_in_the_ledger() {
        for code in NoticeCode::ALL {
            assert_eq!(notice_code(*code).name(), code.name());
        }
    }

    #[test]
    fn says_that_nobody_outside_would_notice_a_rollback() {
        let answer = answer(&about(), false, Some(status(Vec::new())));
        let codes: Vec<&str> = answer
            .notices
            .iter()
            .map(|notice| notice.code().name())
            .collect();
        assert_eq!(codes, ["ROLLBACK_UNDETECTABLE"]);
        assert_eq!(
            (answer.state(), answer.version.as_str()),
            (DaemonState::Serving, "1.2.3")
        );
        assert!(answer.disk_free_bytes > 0);
    }

    #[test]
    fn says_nothing_of_it_where_a_register_would_show_it() {
        let about = About {
            has_register: true,
            ..about()
        };
        let status = EngineStatus {
            register: Some(RegisterStatus {
                place: "s3://registers/here".into(),
                ledgers: 2,
                number: 7,
                is_confirmed: true,
                outage: None,
                missing: Vec::new(),
            }),
            ..status(Vec::new())
        };
        let answer = answer(&about, false, Some(status));
        assert!(answer.notices.is_empty(), "{:?}", answer.notices);
        let register = answer.register.unwrap();
        assert_eq!(
            (register.place.as_str(), register.ledger_count),
            ("s3://registers/here", 2)
        );
        assert!(register.confirmed && register.problem.is_empty());
    }

    #[test]
    fn few_open_files_are_told_of() {
        let about = About {
            files: OpenFiles::share(1_024).unwrap(),
            ..about()
        };
        let answer = answer(&about, false, None);
        let notice = answer.notices.last().unwrap();
        assert_eq!(notice.code().name(), "OPEN_FILES_FEW");
        assert!(notice.detail.contains("1024"), "{}", notice.detail);
    }

    #[test]
    fn a_daemon_without_an_engine_is_recovering() {
        let answer = answer(&about(), false, None);
        assert_eq!(answer.state(), DaemonState::Recovering);
        assert_eq!(answer.notices.len(), 1);
    }

    #[test]
    fn ledgers_are_counted_by_state_and_told_of_when_something_is_amiss() {
        let ledgers = vec![
            ledger("a/l/1", Availability::Open),
            ledger("a/l/2", Availability::Open),
            ledger("a/l/3", Availability::Quarantined),
            ledger("a/l/4", Availability::Closed),
        ];
        let answer = answer(&about(), true, Some(status(ledgers)));
        let counts: Vec<(i32, u64)> = answer
            .ledgers
            .iter()
            .map(|count| (count.state, count.count))
            .collect();
        assert_eq!(counts, [(1, 2), (2, 1), (3, 1)]);
        let told = &answer.notices[1..];
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].code().name(), told[0].ledger_origin.as_str()),
            ("LEDGER_QUARANTINED", "a/l/3")
        );
        assert_eq!(answer.state(), DaemonState::Draining);
    }
}
