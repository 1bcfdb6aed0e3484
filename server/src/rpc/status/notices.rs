//! What an operator should know of the daemon and its ledgers.

use indelible_ledger::{Availability, EngineStatus, LedgerSummary, NoticeCode};
use indelible_proto::v1;
use indelible_store::rocks::kept_by_upgrade;

use super::about::{About, DEVELOPMENT_MODE};
use crate::{
    issuers::now, limits::CONNECTIONS_MAX, open_files::OpenFiles, tls::Keeper, watched::Problem,
};

/// All notices. Without an engine, those of the daemon alone.
pub(crate) fn notices(about: &About, status: Option<&EngineStatus>) -> Vec<v1::Notice> {
    let mut notices = Vec::new();
    if !about.has_register {
        notices.push(rollback_undetectable());
    }
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
    let unapproved = about.in_force.without_approver().into_iter();
    notices.extend(unapproved.map(|detail| daemon_notice(NoticeCode::ApproverMissing, detail)));
    let backups = super::backups::notices(&about.backups).into_iter();
    notices.extend(backups.map(|(code, detail)| daemon_notice(code, detail)));
    notices.extend(upgrade_unconfirmed(about));
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
    let ends = keeper
        .ends_soon()
        .map(|which| daemon_notice(NoticeCode::CertificateEndsSoon, which));
    not_taken.into_iter().chain(ends).collect()
}

/// The configuration file was changed and is not valid.
fn bindings(problem: String) -> v1::Notice {
    let detail = format!("the bindings and rates in force are those from before: {problem}");
    daemon_notice(NoticeCode::BindingsNotTaken, detail)
}

/// True of every daemon without a register.
fn rollback_undetectable() -> v1::Notice {
    v1::Notice {
        code: notice_code(NoticeCode::RollbackUndetectable).into(),
        detail: "no register outside this machine is configured: if the whole machine, the anchor included, is rolled \
                 back or cloned, nobody notices. Name a bucket under [register], or keep published checkpoints elsewhere \
                 and verify against them"
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

/// An upgrade has kept the store of the release before. What can't be read now is told by others.
fn upgrade_unconfirmed(about: &About) -> Option<v1::Notice> {
    let kept = kept_by_upgrade(&about.data).ok().flatten()?;
    let detail = format!(
        "an upgrade has kept the store of the release before in {}. Until it is deleted, no erasure is complete, since none \
         reaches it. Once you are content with this release, stop the daemon and run `indelible upgrade confirm --data {}`",
        kept.display(),
        about.data.display()
    );
    Some(daemon_notice(NoticeCode::UpgradeUnconfirmed, detail))
}

/// A notice's code for the wire.
pub(super) fn notice_code(code: NoticeCode) -> v1::NoticeCode {
    match code {
        NoticeCode::AnchorUnusable => v1::NoticeCode::AnchorUnusable,
        NoticeCode::LedgerMissing => v1::NoticeCode::LedgerMissing,
        NoticeCode::LedgerQuarantined => v1::NoticeCode::LedgerQuarantined,
        NoticeCode::LedgerStopped => v1::NoticeCode::LedgerStopped,
        NoticeCode::LedgerReadOnly => v1::NoticeCode::LedgerReadOnly,
        NoticeCode::KeysNotLocked => v1::NoticeCode::KeysNotLocked,
        NoticeCode::KeysUnavailable => v1::NoticeCode::KeysUnavailable,
        NoticeCode::KeyProviderAway => v1::NoticeCode::KeyProviderAway,
        NoticeCode::AnchorDirectoryUnwritable => v1::NoticeCode::AnchorDirectoryUnwritable,
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
        NoticeCode::ApproverMissing => v1::NoticeCode::ApproverMissing,
        NoticeCode::BackupFailed => v1::NoticeCode::BackupFailed,
        NoticeCode::BackupLate => v1::NoticeCode::BackupLate,
        NoticeCode::BackupMissing => v1::NoticeCode::BackupMissing,
        NoticeCode::BackupForeign => v1::NoticeCode::BackupForeign,
        NoticeCode::BackupAhead => v1::NoticeCode::BackupAhead,
        NoticeCode::BackupPlaceShared => v1::NoticeCode::BackupPlaceShared,
        NoticeCode::ScrubFound => v1::NoticeCode::ScrubFound,
        NoticeCode::ScrubBehind => v1::NoticeCode::ScrubBehind,
        NoticeCode::UpgradeUnconfirmed => v1::NoticeCode::UpgradeUnconfirmed,
        NoticeCode::RetentionFailed => v1::NoticeCode::RetentionFailed,
        NoticeCode::ArchiveUnavailable => v1::NoticeCode::ArchiveUnavailable,
        NoticeCode::ArchiveDamaged => v1::NoticeCode::ArchiveDamaged,
        NoticeCode::RegisterUnavailable => v1::NoticeCode::RegisterUnavailable,
        NoticeCode::RegisterDiffers => v1::NoticeCode::RegisterDiffers,
        NoticeCode::RescueCopiesLacking => v1::NoticeCode::RescueCopiesLacking,
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
