//! What an operator should know: notices, and the closed vocabulary of their codes.

/// Makes the codes and their names on the wire from one table, so that none is forgotten.
macro_rules! codes {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal;)+) => {
        /// What a notice is about. Alerts match on the name, so it never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum NoticeCode { $(#[doc = $doc] $variant,)+ }

        impl NoticeCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

codes! {
    /// The anchor can't vouch for any ledger.
    AnchorUnusable = "ANCHOR_UNUSABLE";
    /// The anchor has a ledger that the store does not have.
    LedgerMissing = "LEDGER_MISSING";
    /// What is stored of a ledger is not what was acknowledged.
    LedgerQuarantined = "LEDGER_QUARANTINED";
    /// A write failed; the ledger is read-only until a restart.
    LedgerStopped = "LEDGER_STOPPED";
    /// The disk is nearly full.
    LedgerReadOnly = "LEDGER_READ_ONLY";
    /// Data keys in memory may be swapped to disk.
    KeysNotLocked = "KEYS_NOT_LOCKED";
    /// The keys are away since the start.
    KeysUnavailable = "KEYS_UNAVAILABLE";
    /// A provider of keys can't be used since some time after the start.
    KeyProviderAway = "KEY_PROVIDER_AWAY";
    /// An identity key can't be opened.
    IdentityUnavailable = "IDENTITY_UNAVAILABLE";
    /// Stored keys depend on a KEK that is not the current one.
    KekRotationDue = "KEK_ROTATION_DUE";
    /// A provider is configured that no stored key needs.
    PreviousKekUnneeded = "PREVIOUS_KEK_UNNEEDED";
    /// The catalogue says other settings of a ledger than its chain, which decides.
    SettingsDiffer = "SETTINGS_DIFFER";
    /// Open ledgers have no settings on record yet: these are the operator's word until the record is made.
    SettingsUnsigned = "SETTINGS_UNSIGNED";
    /// A ledger's projections can't go on: a record can't be folded.
    ProjectionsStopped = "PROJECTIONS_STOPPED";
    /// The clock is behind the newest recorded time.
    ClockBehind = "CLOCK_BEHIND";
    /// The clock is further ahead than it may be, and nothing is recorded.
    ClockUnconfirmed = "CLOCK_UNCONFIRMED";
    /// The anchor was taken away, exchanged or cut short, and written anew from memory.
    AnchorReplaced = "ANCHOR_REPLACED";
    /// The directory of the anchor can't be written to.
    AnchorDirectoryUnwritable = "ANCHOR_DIRECTORY_UNWRITABLE";
    /// A device fails, a volume is read-only, or a directory is gone.
    StorageFailed = "STORAGE_FAILED";
    /// Open files, memory, or room for the anchor is lacking.
    ResourcesExhausted = "RESOURCES_EXHAUSTED";
    /// The limit on open files leaves room for fewer connections than usual.
    OpenFilesFew = "OPEN_FILES_FEW";
    /// Nobody outside this machine would notice that it was rolled back.
    RollbackUndetectable = "ROLLBACK_UNDETECTABLE";
    /// The data keys of open ledgers are not bound to their subjects yet: an earlier build made them.
    DataKeysUnbound = "DATA_KEYS_UNBOUND";
    /// Lists of data subjects' keys were not what the keys say, and were made again.
    SubjectListsRebuilt = "SUBJECT_LISTS_REBUILT";
    /// The catalogue says something else of a ledger than its chain, which decides.
    CatalogueDiffers = "CATALOGUE_DIFFERS";
    /// One of a ledger's two slots in the anchor could not be read, and was written again.
    AnchorSlotUnreadable = "ANCHOR_SLOT_UNREADABLE";
    /// The store has entries that the daemon does not write, and that were passed over or derived again.
    StoreDiffers = "STORE_DIFFERS";
    /// Some place to listen takes every process of this machine for an administrator.
    AccessOpen = "ACCESS_OPEN";
    /// Certificates or authorities were changed, and can't be used: those from before are in force.
    TlsNotTaken = "TLS_NOT_TAKEN";
    /// A certificate or an authority of clients ends soon.
    CertificateEndsSoon = "CERTIFICATE_ENDS_SOON";
    /// The configuration file was changed and is not valid: bindings and rates from before are in force.
    BindingsNotTaken = "BINDINGS_NOT_TAKEN";
    /// The keys of an issuer of tokens can't be fetched or used.
    IssuerKeysNotTaken = "ISSUER_KEYS_NOT_TAKEN";
    /// Tokens of the daemon's own expire soon.
    TokenEndsSoon = "TOKEN_ENDS_SOON";
    /// Somebody is bound who can do alone what can't be undone, because nobody was ever bound as approver.
    OnePersonSuffices = "ONE_PERSON_SUFFICES";
    /// What can't be undone takes two people, and nobody is bound as approver.
    ApproverMissing = "APPROVER_MISSING";
    /// The last backup of the schedule failed.
    BackupFailed = "BACKUP_FAILED";
    /// No backup was made for twice as long as the schedule says.
    BackupLate = "BACKUP_LATE";
    /// Backups that the daemon made are not there, and no prune took them away.
    BackupMissing = "BACKUP_MISSING";
    /// Backups lie beside the daemon's own that nothing shows to be its.
    BackupForeign = "BACKUP_FOREIGN";
    /// Backups that the store's own key signed lie there, and its records know nothing of them.
    BackupAhead = "BACKUP_AHEAD";
    /// Backups of other stores lie beside the daemon's own.
    BackupPlaceShared = "BACKUP_PLACE_SHARED";
    /// The scrub has found that what is stored is not what was acknowledged.
    ScrubFound = "SCRUB_FOUND";
    /// The scrub has not ended a pass over a ledger for too long.
    ScrubBehind = "SCRUB_BEHIND";
    /// The store of the release before is still kept.
    UpgradeUnconfirmed = "UPGRADE_UNCONFIRMED";
    /// What rules of retention cover could not be disposed of.
    RetentionFailed = "RETENTION_FAILED";
    /// A file of archived parts can't be read: it, its directory or its volume is away.
    ArchiveUnavailable = "ARCHIVE_UNAVAILABLE";
    /// A file of archived parts is not what was archived.
    ArchiveDamaged = "ARCHIVE_DAMAGED";
    /// The register outside this machine can't be read or advanced now.
    RegisterUnavailable = "REGISTER_UNAVAILABLE";
    /// The register is ahead of this store, or is not this daemon's.
    RegisterDiffers = "REGISTER_DIFFERS";
    /// Data keys have no copy for the recipients of `[rescue]`, or copies for earlier ones are still there.
    RescueCopiesLacking = "RESCUE_COPIES_LACKING";
}

/// Something that an operator should know.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is about.
    pub code: NoticeCode,
    /// What it is, and what to do.
    pub detail: String,
    /// The ledger concerned, by origin.
    pub ledger: Option<String>,
}

impl Notice {
    /// The memory of data keys may reach the swap.
    pub(crate) fn keys_not_locked() -> Self {
        Self {
            code: NoticeCode::KeysNotLocked,
            detail: "the operating system does not lock the memory of data keys, so they may reach the swap; \
                     raise RLIMIT_MEMLOCK (LimitMEMLOCK= in a unit), or encrypt or turn off the swap"
                .into(),
            ledger: None,
        }
    }
}
