//! Why a configuration is refused.

use std::{io, net::SocketAddr, path::PathBuf};

use indelible_backup::AddressProblem;
use indelible_keystore::age::AgeError;
use thiserror::Error;

use super::defaults::LISTEN_EXAMPLE;
use crate::limits::{ISSUERS_MAX, REVOKED_CLIENT_KEYS_MAX};

/// Why a configuration is refused. Each says what to change.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is too large to be a configuration file.
    #[error("the configuration file {} is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// Everybody may write to the file, which says who may do what.
    #[error("every user may write to the configuration file {}; take that away (chmod o-w)", path.display())]
    EverybodyWrites {
        /// The file.
        path: PathBuf,
    },
    /// Backups can't go to this bucket.
    #[error("backups can't go to {bucket:?} ([backup] bucket): {problem}")]
    BackupBucket {
        /// What is named.
        bucket: String,
        /// What of it can't be right.
        problem: AddressProblem,
    },
    /// Backups go to one place.
    #[error(
        "the configuration names a directory and a bucket for backups ([backup] directory, bucket): leave one out"
    )]
    BackupToBoth,
    /// Backups can't be encrypted so.
    #[error("backups can't be encrypted as [backup] recipients says: {0}")]
    BackupRecipients(AgeError),
    /// What is said of a bucket is for none.
    #[error(
        "the configuration says how to reach a bucket for backups and names none: set bucket under [backup], or leave the rest out"
    )]
    BackupWithoutBucket,
    /// Backups can't be made at this time of the day.
    #[error("backups can't be made then ([backup] at): {problem}")]
    BackupAt {
        /// What of it can't be right.
        problem: String,
    },
    /// The register can't be in this bucket.
    #[error("the register can't be in {bucket:?} ([register] bucket): {problem}")]
    RegisterBucket {
        /// What is named.
        bucket: String,
        /// What of it can't be right.
        problem: AddressProblem,
    },
    /// What is said of a register is for none.
    #[error(
        "the configuration says something of a register and names no bucket for it: set bucket under [register], or leave the \
         rest out"
    )]
    RegisterWithoutBucket,
    /// Copies of data keys can't be sealed to these.
    #[error("the recipients of copies of data keys can't be taken ([rescue] recipients): {0}")]
    RescueRecipients(AgeError),
    /// The file's text is wrong: syntax, unknown keys, wrong types.
    #[error("the configuration file {} is not valid: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        problem: String,
    },
    /// What the environment says can't be taken.
    #[error("the configuration can't be taken with {variables} of the environment: {problem}")]
    Environment {
        /// The variables.
        variables: String,
        /// What is wrong.
        problem: String,
    },
    /// No data directory was named.
    #[error("no data directory: give --data or set data in the configuration file")]
    DataMissing,
    /// The data directory is a root.
    #[error("{} can't be a data directory: it has no name; give a directory below it", path.display())]
    DataHasNoName {
        /// The path.
        path: PathBuf,
    },
    /// A path can't be resolved.
    #[error("the path of the {what}, {}, can't be resolved", path.display())]
    Path {
        /// What the path is for.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What guards the data is inside the data directory.
    #[error("the {what} {} is inside the data directory, where it would be copied and restored with the data; choose a path outside it", path.display())]
    InsideData {
        /// What the path is for.
        what: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// The records of disposals could not name files in the archive.
    #[error(
        "the archive {} can't stand in a record of the ledger: choose a path of at most 512 bytes of UTF-8 without control \
         characters", path.display()
    )]
    ArchivePath {
        /// The path.
        path: PathBuf,
    },
    /// Not an address.
    #[error(
        "can't listen on {text:?}: give an IP address and a port, for example {LISTEN_EXAMPLE}, or unix: and a path"
    )]
    ListenMalformed {
        /// What was given.
        text: String,
    },
    /// An address that others reach.
    #[error(
        "refusing to listen on {address} without TLS: name a certificate and a key under [tls] in the configuration \
         file, or listen on a loopback address"
    )]
    ListenNotLoopback {
        /// What was given.
        address: SocketAddr,
    },
    /// Traces can't go there.
    #[error("traces.endpoint = {endpoint:?}: {problem}")]
    TracesEndpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// That is not a share of calls.
    #[error("traces.ratio is {ratio}, and must be between 0.0 (no call) and 1.0 (all)")]
    TracesRatio {
        /// What was given.
        ratio: String,
    },
    /// Metrics are not given to other machines unless that is called what it is.
    #[error(
        "refusing to serve metrics on {address}, where other machines read them in the clear: name a loopback address, or \
         set metrics_insecure (--metrics-insecure) if the network is kept apart"
    )]
    MetricsNotLoopback {
        /// What was given.
        address: SocketAddr,
    },
    /// A socket's path is too long for the operating system.
    #[error("the socket {} has a path of more than {bytes_max} bytes, which the operating system does not take", path.display())]
    SocketPathLong {
        /// The path.
        path: PathBuf,
        /// The limit.
        bytes_max: usize,
    },
    /// No place to listen.
    #[error("listen is an empty list: name an address, or leave it out")]
    ListenNowhere,
    /// Two settings want one address.
    #[error(
        "{first} and {second} both want the address {address}: only one can have it, so no daemon starts with this; give each its own"
    )]
    AddressTwice {
        /// The setting that has it.
        first: &'static str,
        /// The one that wants it as well.
        second: &'static str,
        /// The address as the second one has it.
        address: String,
    },
    /// Not a rule for clients' certificates.
    #[error("client_certificates is {text:?}: give \"required\" or \"optional\"")]
    ClientCertificates {
        /// What was given.
        text: String,
    },
    /// Clients are to be known by certificates, and nobody says whose.
    #[error(
        "[tls] sets {setting} but not client_ca, so the daemon knows no client's certificate; name the file with the \
         clients' authorities as client_ca, or remove {setting}"
    )]
    ClientAuthoritiesMissing {
        /// What asks for certificates.
        setting: &'static str,
    },
    /// Not the digest of a key.
    #[error(
        "revoked_client_keys of [tls] has {text:?}: write sha256: and the 64 hexadecimal digits of the SHA-256 of the \
         client's public key in DER"
    )]
    RevokedKey {
        /// What was given.
        text: String,
    },
    /// More revoked keys than there may be.
    #[error(
        "revoked_client_keys of [tls] has {found} keys, at most {REVOKED_CLIENT_KEYS_MAX} are taken; give the other \
         clients certificates of a new authority, and remove the old one from client_ca"
    )]
    RevokedKeys {
        /// How many.
        found: usize,
    },
    /// A binding is not valid.
    #[error("[[access]] is not valid: {0}")]
    Access(#[from] indelible_access::FileError),
    /// An issuer's tokens can't be believed as it is configured.
    #[error("[[issuers]] {issuer:?} is not valid: {problem}")]
    Issuer {
        /// Its name.
        issuer: String,
        /// Why not, and what to do.
        problem: String,
    },
    /// More issuers than there may be.
    #[error("[[issuers]] names {found} issuers, at most {ISSUERS_MAX} are taken")]
    Issuers {
        /// How many.
        found: usize,
    },
    /// Not a prefix of an origin.
    #[error("the origin prefix {text:?} is refused: {problem}")]
    OriginPrefix {
        /// What was given.
        text: String,
        /// Why not.
        problem: String,
    },
    /// There is nobody to ask for the passphrase.
    #[error("no passphrase: standard input is not a terminal, so give --passphrase-file")]
    PassphraseMissing,
    /// Two providers of the key-encryption key are named.
    #[error(
        "two key providers are named: --passphrase-file and [kek] provider = \"{provider}\" of the configuration file; \
         remove one of them"
    )]
    TwoProviders {
        /// What the file names.
        provider: &'static str,
    },
    /// There is nobody to ask for the PIN.
    #[error("no PIN: standard input is not a terminal, so set pin_file for the token")]
    PinMissing,
    /// Not an id.
    #[error("the key id {text:?} is not hexadecimal")]
    KeyId {
        /// What was given.
        text: String,
    },
    /// Not a way to wrap.
    #[error("the mechanism {text:?} is unknown: use auto, aes-gcm, kwp, kw or hmac")]
    Mechanism {
        /// What was given.
        text: String,
    },
    /// An earlier provider must be named.
    #[error("a previous KEK can't be \"auto\": name its provider")]
    PreviousAuto,
    /// The environment names no provider.
    #[error(
        "the KEK provider \"auto\" finds no provider: set INDELIBLE_KMS_KEY, INDELIBLE_PKCS11_MODULE, INDELIBLE_KEK or \
         INDELIBLE_PASSPHRASE_FILE"
    )]
    AutoNothing,
    /// The environment names a provider incompletely.
    #[error("the KEK provider \"auto\" also needs {name}; set it")]
    AutoIncomplete {
        /// What is missing.
        name: &'static str,
    },
    /// A number outside its range.
    #[error("{field} is {value}: it must be from {low} to {high}")]
    OutOfRange {
        /// Which.
        field: &'static str,
        /// What was given.
        value: u64,
        /// The least.
        low: u64,
        /// The greatest.
        high: u64,
    },
    /// Not a time.
    #[error("the time {text:?} until which the clock is right is not valid: {problem}")]
    ClockRightUntil {
        /// What was given.
        text: String,
        /// Why.
        problem: String,
    },
    /// Not a form of log lines.
    #[error("the log format {text:?} is unknown: use text or json")]
    LogFormat {
        /// What was given.
        text: String,
    },
    /// Not a filter.
    #[error("the log filter {text:?} is not valid: {problem}")]
    LogFilter {
        /// What was given.
        text: String,
        /// Why.
        problem: String,
    },
}
