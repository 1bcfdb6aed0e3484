//! GetStatus: what the daemon is doing and how it is, for operators.

use std::{collections::BTreeMap, path::PathBuf};

use indelible_keystore::Remedy;
use indelible_ledger::{
    Availability, ClockStatus, Engine, EngineStatus, LedgerSummary, NoticeCode, Outage,
};
use indelible_proto::{
    time::timestamp,
    v1::{self, DaemonState},
};
use indelible_store::disk::disk_free;
use tonic::{Request, Response, Status};

use crate::{
    issuers::{Issuers, now},
    limits::CONNECTIONS_MAX,
    open_files::OpenFiles,
    tls::Keeper,
    tokens::OwnTokens,
    watched::Problem,
};

use super::{
    authorise::{Action, Caller, Gate, InForce, Scope},
    convert::ledger::state,
};

/// The evidence format, in words.
const EVIDENCE_FORMAT: &str = "0, second draft";

/// What only the composition root knows about the daemon.
#[derive(Clone)]
pub(crate) struct About {
    /// Version of the program.
    pub(crate) version: &'static str,
    /// When it started, nanoseconds since 1970 UTC.
    pub(crate) started: u64,
    /// The data directory, for the room on its volume.
    pub(crate) data: PathBuf,
    /// How many files may be open, and for what.
    pub(crate) files: OpenFiles,
    /// Certificates and authorities, where the daemon has some.
    pub(crate) tls: Option<Keeper>,
    /// Why the configuration file as it is now is not in force, where there is one.
    pub(crate) bindings: Option<Problem>,
    /// Whose tokens are believed.
    pub(crate) issuers: Issuers,
    /// The daemon's own tokens.
    pub(crate) tokens: OwnTokens,
    /// Who may do what.
    pub(crate) in_force: InForce,
    /// Whether some place to listen takes every process of this machine for an administrator.
    pub(crate) open_to_all_users: bool,
}

/// What a place to listen is without TLS and without a socket.
pub(crate) const DEVELOPMENT_MODE: &str = "development mode: every user of this machine may do everything, because TCP on \
    loopback does not tell who connects; listen on a Unix socket or with TLS";

pub(super) async fn get_status(
    gate: &Gate,
    about: &About,
    request: Request<v1::GetStatusRequest>,
) -> Result<Response<v1::GetStatusResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ReadStatus, Scope::Store)?;
    let status = permit.engine().ok().map(Engine::status);
    Ok(Response::new(answer(about, gate.is_draining(), status)))
}

/// Without an engine the daemon is recovering.
fn answer(about: &About, draining: bool, status: Option<EngineStatus>) -> v1::GetStatusResponse {
    let state = match &status {
        Some(status) if draining || status.draining => DaemonState::Draining,
        Some(_) => DaemonState::Serving,
        None => DaemonState::Recovering,
    };
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
        identity_custody: status
            .map(|status| status.identity_custody)
            .unwrap_or_default(),
        // This fails only if the volume itself fails, which the ledgers' states show.
        disk_free_bytes: disk_free(&about.data).unwrap_or_default(),
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

pub(crate) fn notices(about: &About, status: Option<&EngineStatus>) -> Vec<v1::Notice> {
    let mut notices = vec![rollback_undetectable()];
    notices.extend(open_files_few(about.files));
    notices.extend(
        about
            .open_to_all_users
            .then(|| daemon_notice(NoticeCode::AccessOpen, DEVELOPMENT_MODE.to_owned())),
    );
    notices.extend(about.tls.as_ref().map(tls).into_iter().flatten());
    notices.extend(about.bindings.as_ref().and_then(Problem::get).map(bindings));
    let not_taken = about.issuers.problems().into_iter();
    notices.extend(not_taken.map(|problem| daemon_notice(NoticeCode::IssuerKeysNotTaken, problem)));
    let ends = about.tokens.ends_soon(now());
    notices.extend(ends.map(|detail| daemon_notice(NoticeCode::TokenEndsSoon, detail)));
    let alone = about.in_force.alone().into_iter();
    notices.extend(alone.map(|detail| daemon_notice(NoticeCode::OnePersonSuffices, detail)));
    let Some(status) = status else { return notices };
    notices.extend(status.notices.iter().map(|notice| v1::Notice {
        code: notice_code(notice.code).into(),
        detail: notice.detail.clone(),
        ledger_origin: notice.ledger.clone().unwrap_or_default(),
    }));
    for ledger in status.ledgers.iter().filter_map(ledger_notice) {
        let told = notices
            .iter()
            .any(|one| one.code == ledger.code && one.ledger_origin == ledger.ledger_origin);
        if !told {
            notices.push(ledger);
        }
    }
    notices
}

fn daemon_notice(code: NoticeCode, detail: String) -> v1::Notice {
    v1::Notice {
        code: notice_code(code).into(),
        detail,
        ledger_origin: String::new(),
    }
}

/// What is wrong with certificates and authorities, or soon will be.
fn tls(keeper: &Keeper) -> Vec<v1::Notice> {
    let not_taken = keeper.problem().map(|problem| {
        let detail = format!("the certificates in force are those from before: {problem}");
        daemon_notice(NoticeCode::TlsNotTaken, detail)
    });
    let ends = keeper.ends_soon().map(|until| {
        let detail = format!("a certificate or an authority of clients ends at {until}");
        daemon_notice(NoticeCode::CertificateEndsSoon, detail)
    });
    not_taken.into_iter().chain(ends).collect()
}

/// The configuration file was changed and is not valid.
fn bindings(problem: String) -> v1::Notice {
    let detail = format!("the bindings and rates in force are those from before: {problem}");
    daemon_notice(NoticeCode::BindingsNotTaken, detail)
}

/// True of every daemon until it can be given a witness or a register.
fn rollback_undetectable() -> v1::Notice {
    v1::Notice {
        code: notice_code(NoticeCode::RollbackUndetectable).into(),
        detail: "no witness outside this machine is configured: if the whole machine, the anchor included, is rolled \
                 back or cloned, nobody notices. Keep published checkpoints elsewhere and verify against them"
            .to_owned(),
        ledger_origin: String::new(),
    }
}

fn open_files_few(files: OpenFiles) -> Option<v1::Notice> {
    (files.connections < CONNECTIONS_MAX).then(|| v1::Notice {
        code: notice_code(NoticeCode::OpenFilesFew).into(),
        detail: format!(
            "the limit on open files is {}, so at most {} connections are open at once instead of {CONNECTIONS_MAX}; \
             raise it (LimitNOFILE of the unit, ulimit -Hn in a shell) and restart",
            files.limit, files.connections
        ),
        ledger_origin: String::new(),
    })
}

/// A notice's code for the wire.
fn notice_code(code: NoticeCode) -> v1::NoticeCode {
    match code {
        NoticeCode::AnchorUnusable => v1::NoticeCode::AnchorUnusable,
        NoticeCode::LedgerMissing => v1::NoticeCode::LedgerMissing,
        NoticeCode::LedgerQuarantined => v1::NoticeCode::LedgerQuarantined,
        NoticeCode::LedgerStopped => v1::NoticeCode::LedgerStopped,
        NoticeCode::LedgerReadOnly => v1::NoticeCode::LedgerReadOnly,
        NoticeCode::KeysNotLocked => v1::NoticeCode::KeysNotLocked,
        NoticeCode::KeysUnavailable => v1::NoticeCode::KeysUnavailable,
        NoticeCode::IdentityUnavailable => v1::NoticeCode::IdentityUnavailable,
        NoticeCode::KekRotationDue => v1::NoticeCode::KekRotationDue,
        NoticeCode::PreviousKekUnneeded => v1::NoticeCode::PreviousKekUnneeded,
        NoticeCode::SettingsDiffer => v1::NoticeCode::SettingsDiffer,
        NoticeCode::CatalogueDiffers => v1::NoticeCode::CatalogueDiffers,
        NoticeCode::StoreDiffers => v1::NoticeCode::StoreDiffers,
        NoticeCode::AccessOpen => v1::NoticeCode::AccessOpen,
        NoticeCode::TlsNotTaken => v1::NoticeCode::TlsNotTaken,
        NoticeCode::CertificateEndsSoon => v1::NoticeCode::CertificateEndsSoon,
        NoticeCode::BindingsNotTaken => v1::NoticeCode::BindingsNotTaken,
        NoticeCode::IssuerKeysNotTaken => v1::NoticeCode::IssuerKeysNotTaken,
        NoticeCode::TokenEndsSoon => v1::NoticeCode::TokenEndsSoon,
        NoticeCode::OnePersonSuffices => v1::NoticeCode::OnePersonSuffices,
        NoticeCode::SettingsUnsigned => v1::NoticeCode::SettingsUnsigned,
        NoticeCode::ProjectionsStopped => v1::NoticeCode::ProjectionsStopped,
        NoticeCode::ClockBehind => v1::NoticeCode::ClockBehind,
        NoticeCode::ClockUnconfirmed => v1::NoticeCode::ClockUnconfirmed,
        NoticeCode::AnchorReplaced => v1::NoticeCode::AnchorReplaced,
        NoticeCode::AnchorSlotUnreadable => v1::NoticeCode::AnchorSlotUnreadable,
        NoticeCode::StorageFailed => v1::NoticeCode::StorageFailed,
        NoticeCode::ResourcesExhausted => v1::NoticeCode::ResourcesExhausted,
        NoticeCode::RollbackUndetectable => v1::NoticeCode::RollbackUndetectable,
        NoticeCode::DataKeysUnbound => v1::NoticeCode::DataKeysUnbound,
        NoticeCode::SubjectListsRebuilt => v1::NoticeCode::SubjectListsRebuilt,
        NoticeCode::OpenFilesFew => v1::NoticeCode::OpenFilesFew,
    }
}

fn ledger_notice(ledger: &LedgerSummary) -> Option<v1::Notice> {
    let code = match ledger.state {
        Availability::Open | Availability::Closed => return None,
        Availability::Quarantined => NoticeCode::LedgerQuarantined,
        Availability::Stopped => NoticeCode::LedgerStopped,
        Availability::ReadOnly => NoticeCode::LedgerReadOnly,
    };
    Some(v1::Notice {
        code: notice_code(code).into(),
        detail: ledger.state_reason.clone(),
        ledger_origin: ledger.origin.clone(),
    })
}

#[cfg(test)]
mod tests {
    use indelible_evidence::tree::empty_root;

    use super::*;

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
            access_trail: false,
            checks_events: false,
            signed_sources: Vec::new(),
            settings_since: Some(0),
        }
    }

    fn status(ledgers: Vec<LedgerSummary>) -> EngineStatus {
        EngineStatus {
            ledgers,
            identity_custody: "in a test".into(),
            keys_away: None,
            draining: false,
            stopped: false,
            clock: ClockStatus {
                now: 3_000_000_000,
                newest_recorded: 0,
                behind: None,
                unconfirmed: false,
            },
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
            in_force: InForce::new(Vec::new(), false),
            open_to_all_users: false,
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
