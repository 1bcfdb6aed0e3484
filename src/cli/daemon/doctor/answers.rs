//! The daemon that answers: its state, its version, and what it has to say.

use indelible_proto::v1::{DaemonState, GetStatusRequest, GetStatusResponse, NoticeCode};

use super::{
    backup_ages,
    check::{Check, Outcome, fail, ok, warn},
};
use crate::cli::{
    error::{CliError, chain},
    session::Session,
};

/// This program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is told of the daemon, and what it said, if it answered.
pub(super) async fn checks(
    session: &Session,
    elsewhere: Option<String>,
) -> (Vec<Check>, Option<GetStatusResponse>) {
    let address = session.connection.address();
    match ask(session).await {
        Ok(status) => {
            let place = match elsewhere {
                Some(places) => format!(
                    "{address}; this configuration has its daemon listen at {places}, so the one that answers may be another"
                ),
                None => address.to_owned(),
            };
            (of_status(&place, &status), Some(status))
        }
        Err(error) => (vec![not_answered(&error)], None),
    }
}

async fn ask(session: &Session) -> Result<GetStatusResponse, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetStatusRequest {});
    let answer = client.get_status(request).await;
    let answer = answer.map_err(|error| session.connection.explain(error.into()));
    Ok(answer?.into_inner())
}

fn not_answered(error: &CliError) -> Check {
    const NAME: &str = "daemon";
    let remedy = error.advice();
    match error {
        // Before the first start there is none.
        CliError::Unreachable { .. } => warn(
            NAME,
            chain(error),
            "start it, or name its place with --address; --offline looks at no daemon",
        ),
        _ => fail(
            NAME,
            chain(error),
            remedy.unwrap_or_else(|| "docs/runbook.md has what each reason means".to_owned()),
        ),
    }
}

fn of_status(address: &str, status: &GetStatusResponse) -> Vec<Check> {
    let mut checks = vec![state(address, status.state()), version(&status.version)];
    let told = status.notices.iter();
    let (known, told): (Vec<_>, Vec<_>) =
        told.partition(|notice| notice.code() == NoticeCode::RollbackUndetectable);
    let told = told.into_iter();
    checks.extend(told.map(|notice| {
        let ledger = match notice.ledger_origin.as_str() {
            "" => String::new(),
            origin => format!(" ({origin})"),
        };
        let code = notice.code().name();
        let found = format!("{code}{ledger}: {}", notice.detail);
        let remedy = format!("docs/runbook.md#{}", code.to_lowercase());
        match is_serious(notice.code()) {
            true => fail("notice", found, remedy),
            false => warn("notice", found, remedy),
        }
    }));
    // A register is a choice of the operator's, so that it is missing is told and not warned of.
    checks.extend(known.into_iter().map(|notice| {
        let code = notice.code().name();
        ok("rollback", format!("{code}: {}", notice.detail))
    }));
    if !checks.iter().any(|check| check.name == "notice") {
        let words = match checks.iter().any(|check| check.name == "rollback") {
            true => "none but ROLLBACK_UNDETECTABLE",
            false => "none",
        };
        checks.push(ok("notices", words));
    }
    checks.extend(backup_ages::checks(status.backup.as_ref()));
    debug_assert!(
        checks
            .iter()
            .all(|check| check.outcome == Outcome::Ok || check.remedy.is_some())
    );
    checks
}

/// Whether the daemon does not do what it should while it has this notice, or evidence may be in danger. The same are urgent
/// in `deploy/prometheus/alerts.yml`.
fn is_serious(code: NoticeCode) -> bool {
    use NoticeCode as N;
    matches!(
        code,
        N::AnchorUnusable
            | N::AnchorDirectoryUnwritable
            | N::AnchorReplaced
            | N::AnchorSlotUnreadable
            | N::ArchiveDamaged
            | N::ArchiveUnavailable
            | N::BackupAhead
            | N::CatalogueDiffers
            | N::ClockUnconfirmed
            | N::IdentityUnavailable
            | N::KeyProviderAway
            | N::KeysUnavailable
            | N::LedgerMissing
            | N::LedgerQuarantined
            | N::LedgerStopped
            | N::LedgerReadOnly
            | N::RegisterDiffers
            | N::RegisterUnavailable
            | N::ResourcesExhausted
            | N::ScrubFound
            | N::SettingsDiffer
            | N::StorageFailed
            | N::StoreDiffers
            | N::SubjectListsRebuilt
    )
}

fn state(address: &str, state: DaemonState) -> Check {
    const NAME: &str = "daemon";
    match state {
        DaemonState::Serving => ok(NAME, format!("serves at {address}")),
        DaemonState::Recovering => warn(
            NAME,
            format!("recovers at {address}"),
            "wait: it replays its log at about 140 MB a second and checks every ledger",
        ),
        DaemonState::Draining => warn(
            NAME,
            format!("drains at {address}"),
            "somebody told it to stop; start it again when it has ended",
        ),
        DaemonState::Unspecified => warn(
            NAME,
            format!("answers at {address} with a state that this program does not know"),
            "use the program of the daemon's release",
        ),
    }
}

fn version(daemon: &str) -> Check {
    const NAME: &str = "versions";
    match daemon == VERSION {
        true => ok(NAME, format!("program and daemon are {VERSION}")),
        false => warn(
            NAME,
            format!("this program is {VERSION} and the daemon is {daemon}"),
            "restart the daemon after an upgrade, or use the program of its release",
        ),
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::Notice;

    use super::*;

    fn outcome(checks: &[Check], name: &str) -> Outcome {
        let found = checks.iter().filter(|check| check.name == name);
        found.map(|check| check.outcome).max().unwrap()
    }

    fn serving(notices: &[NoticeCode]) -> GetStatusResponse {
        let notices = notices.iter().map(|code| Notice {
            code: (*code).into(),
            detail: "words".to_owned(),
            ..Notice::default()
        });
        GetStatusResponse {
            state: DaemonState::Serving.into(),
            version: VERSION.to_owned(),
            notices: notices.collect(),
            ..GetStatusResponse::default()
        }
    }

    #[test]
    fn notices_are_warnings_or_failures_by_what_they_put_at_risk() {
        let of = |notices: &[NoticeCode]| of_status("here", &serving(notices));
        let quiet = of(&[NoticeCode::RollbackUndetectable]);
        assert!(
            quiet.iter().all(|check| check.outcome == Outcome::Ok),
            "{quiet:?}"
        );
        let told = |checks: &[Check], name: &str| {
            let found = checks.iter().find(|check| check.name == name);
            found.map(|check| check.found.clone())
        };
        assert_eq!(
            told(&quiet, "rollback").as_deref(),
            Some("ROLLBACK_UNDETECTABLE: words")
        );
        let none_but = told(&quiet, "notices").unwrap();
        assert!(none_but.contains("ROLLBACK_UNDETECTABLE"), "{none_but}");
        let none = of(&[]);
        assert_eq!(told(&none, "notices").as_deref(), Some("none"));
        assert_eq!(told(&none, "rollback"), None);
        assert_eq!(
            outcome(&of(&[NoticeCode::TokenEndsSoon]), "notice"),
            Outcome::Warn
        );
        let urgent = of(&[NoticeCode::TokenEndsSoon, NoticeCode::LedgerQuarantined]);
        assert_eq!(outcome(&urgent, "notice"), Outcome::Fail);
        let remedy = urgent.last().unwrap().remedy.as_deref();
        assert_eq!(remedy, Some("docs/runbook.md#ledger_quarantined"));
    }

    /// The alert and this program don't call different things urgent.
    #[test]
    fn what_is_serious_is_what_the_urgent_alert_is_about() {
        let alerts = include_str!("../../../../deploy/prometheus/alerts.yml");
        let (_, urgent) = alerts.split_once("- alert: IndelibleNoticeUrgent").unwrap();
        let (_, pattern) = urgent.split_once("code=~\"").unwrap();
        let patterns: Vec<_> = pattern.split('"').next().unwrap().split('|').collect();
        let is_urgent = |name: &str| {
            patterns
                .iter()
                .any(|pattern| match pattern.strip_suffix(".*") {
                    Some(prefix) => name.starts_with(prefix),
                    None => name == *pattern,
                })
        };
        for code in (1..=255).filter_map(|number| NoticeCode::try_from(number).ok()) {
            assert_eq!(is_serious(code), is_urgent(code.name()), "{}", code.name());
        }
    }

    #[test]
    fn another_version_or_a_daemon_that_does_not_serve_is_a_warning() {
        let other = GetStatusResponse {
            version: "9.9.9".to_owned(),
            state: DaemonState::Recovering.into(),
            ..serving(&[])
        };
        let checks = of_status("here", &other);
        assert_eq!(outcome(&checks, "versions"), Outcome::Warn);
        assert_eq!(outcome(&checks, "daemon"), Outcome::Warn);
    }

    #[test]
    fn nobody_there_is_a_warning_and_a_refusal_a_failure() {
        let nobody = CliError::Unreachable {
            address: "unix:/x".to_owned(),
            problem: "nobody".to_owned(),
        };
        assert_eq!(not_answered(&nobody).outcome, Outcome::Warn);
        let refused = CliError::Answer("words");
        assert_eq!(not_answered(&refused).outcome, Outcome::Fail);
    }
}
