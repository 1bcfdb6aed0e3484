//! The connection to the daemon.

mod approvals;
mod backups;
mod bearer;
mod elsewhere;
mod place;
mod probe;
mod retention;

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use indelible_load::Door;
use indelible_proto::v1::{
    access_service_client::AccessServiceClient, compliance_service_client::ComplianceServiceClient,
    governance_service_client::GovernanceServiceClient, key_service_client::KeyServiceClient,
    ledger_service_client::LedgerServiceClient,
};
use indelible_server::config::{UNIX_SCHEME, is_believed_directory, known_socket, own_socket};
use tonic::{
    Request,
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

pub(crate) use self::bearer::Bearer;
#[cfg(test)]
pub(crate) use self::place::ADDRESS_VARIABLE;
pub(crate) use self::place::{Settled, Where};
use self::probe::Transport;
use crate::cli::{
    contexts::{is_known, with_scheme},
    error::{CliError, Refusal, certificate_alert},
};

/// What an address begins with that needs TLS.
const TLS_SCHEME: &str = "https://";

/// The longest message to be read: a page of records ends at 3 MiB, and one record more may be on it.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

const CONNECT_SECONDS_MAX: u64 = 5;
/// Others may not read or write a private key, and its group may not write to it.
const KEY_MODE_WARNED: u32 = 0o026;
const KEEP_ALIVE_SECONDS: u64 = 20;

/// What the calls go through.
pub(crate) type Client = LedgerServiceClient<Calls>;

/// What the calls on keys go through.
pub(crate) type KeyClient = KeyServiceClient<Calls>;

/// A client of the access service.
pub(crate) type AccessClient = AccessServiceClient<Calls>;

/// A client of the compliance service.
pub(crate) type ComplianceClient = ComplianceServiceClient<Calls>;

/// A client of the governance service.
pub(crate) type GovernanceClient = GovernanceServiceClient<Calls>;

/// A channel, and the token that each call on it brings.
type Calls = InterceptedService<Channel, Bearer>;

/// The daemon that a command talks to.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    address: String,
    is_default_address: bool,
    /// The name of the context that it is of.
    context: Option<String>,
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    cert_key: Option<PathBuf>,
    token_file: Option<PathBuf>,
    deadline: Duration,
}

impl Connection {
    /// Settles each part: the argument, otherwise the environment where it is for this daemon, otherwise the default.
    #[must_use]
    pub(crate) fn new(place: impl Into<Settled>, deadline: Duration) -> Self {
        let Settled {
            place, environment, ..
        } = place.into();
        let named = place.address.or(environment.address);
        let known = || format!("{UNIX_SCHEME}{}", known_socket().display());
        Self {
            is_default_address: named.is_none(),
            address: with_scheme(&named.unwrap_or_else(known)),
            context: place.context,
            ca: place.ca.or(environment.ca),
            cert: place.cert.or(environment.cert),
            cert_key: place.cert_key.or(environment.cert_key),
            token_file: place.token_file.or(environment.token_file),
            deadline,
        }
    }

    /// The address, with its scheme.
    #[must_use]
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The name of the context that it is of.
    #[must_use]
    pub(crate) fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// The files by which it shows who calls, and knows the daemon.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = [&self.ca, &self.cert, &self.cert_key, &self.token_file];
        files.into_iter().filter_map(|file| file.as_deref())
    }

    /// How long a call may take.
    #[must_use]
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether the daemon broke off the handshake: TLS said so, or whoever listens there speaks TLS and said nothing else.
    /// Blocking.
    pub(crate) fn is_refused_by_tls(&self, refusal: &Refusal) -> bool {
        let spoken = || probe::spoken(&self.address);
        self.address.starts_with(TLS_SCHEME)
            && (refusal.alert.is_some()
                || (refusal.is_of_broken_connection() && spoken() == Some(Transport::Tls)))
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// When the address is not valid, or nothing listens there.
    pub(crate) async fn open(&self) -> Result<Client, CliError> {
        let channel = self.channel().await?;
        Ok(
            LedgerServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }

    /// Connects, for calls on keys.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_keys(&self) -> Result<KeyClient, CliError> {
        let channel = self.channel().await?;
        Ok(KeyServiceClient::with_interceptor(channel, self.bearer()?)
            .max_decoding_message_size(MESSAGE_BYTES_MAX))
    }

    /// Connects, for reports.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_compliance(&self) -> Result<ComplianceClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            ComplianceServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }

    /// Connects, for governance.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_governance(&self) -> Result<GovernanceClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            GovernanceServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }

    /// Connects, for tokens.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_access(&self) -> Result<AccessClient, CliError> {
        let channel = self.channel().await?;
        Ok(
            AccessServiceClient::with_interceptor(channel, self.bearer()?)
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
        )
    }

    /// What is to be said of the file with this client's private key, before it is used.
    pub(crate) fn warning(&self) -> Option<String> {
        let path = self.cert_key.as_ref()?;
        let mode = fs::metadata(path).ok()?.mode();
        (mode & KEY_MODE_WARNED != 0).then(|| {
            format!(
                "other users of this machine may read the private key {}, or its group may change it; chmod 600 closes it",
                path.display()
            )
        })
    }

    /// Whether it leads to a daemon that asks nobody who they are.
    pub(crate) fn is_plain(&self) -> bool {
        self.address.starts_with("http://")
    }

    /// Whether the daemon is on this machine, with the same users: a socket leads nowhere else.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        self.address.starts_with(UNIX_SCHEME)
    }

    fn bearer(&self) -> Result<Bearer, CliError> {
        Bearer::of(self.token_file.as_ref(), &self.address).map_err(unusable_token)
    }

    /// How the load generator comes to the daemon; each call brings the token that the file holds now.
    ///
    /// # Errors
    ///
    /// When the address, a certificate or the token's file can't be used.
    pub(crate) fn door(&self) -> Result<Door, CliError> {
        let token = self.bearer()?.now().map_err(unusable_token)?;
        Ok(Door::new(&self.address, self.endpoint()?, token))
    }

    async fn channel(&self) -> Result<Channel, CliError> {
        self.endpoint()?
            .connect()
            .await
            .map_err(|problem| match Refusal::of_connection(&problem) {
                Some(refused) => CliError::Daemon(Box::new(refused)),
                None => CliError::Unreachable {
                    address: self.address.clone(),
                    problem: match certificate_alert(&problem) {
                        Some(why) => not_taken(why),
                        None => root_cause(&problem),
                    },
                },
            })
    }

    fn endpoint(&self) -> Result<Endpoint, CliError> {
        let usage = |problem: &dyn std::fmt::Display| {
            CliError::Usage(format!("{}: {problem}", self.address))
        };
        if !is_known(&self.address) {
            return Err(usage(&"an address begins with unix:, https:// or http://"));
        }
        self.check_socket()?;
        let mut endpoint = Endpoint::from_shared(self.address.clone())
            .map_err(|problem| usage(&problem))?
            .user_agent(concat!("indelible/", env!("CARGO_PKG_VERSION")))
            .map_err(|problem| usage(&problem))?
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .http2_keep_alive_interval(Duration::from_secs(KEEP_ALIVE_SECONDS))
            .tcp_nodelay(true);
        match self.tls()? {
            Some(tls) if self.address.starts_with(TLS_SCHEME) => {
                endpoint = endpoint
                    .tls_config(tls)
                    .map_err(|problem| usage(&root_cause(&problem)))?;
            }
            Some(_) => {
                return Err(usage(
                    &"--ca, --cert and --cert-key are for https:// addresses",
                ));
            }
            None => {}
        }
        Ok(endpoint)
    }

    /// The same error, or why the connection broke: a connection that is refused may be gone before its client has read
    /// why, so the words are asked for once more; and a port that speaks TLS, or does not, says so to whoever asks.
    pub(crate) fn explain(&self, error: CliError) -> CliError {
        let is_broken = match &error {
            CliError::Daemon(refusal) => {
                refusal.is_of_broken_connection() || refusal.alert.is_some()
            }
            CliError::Unreachable { .. } => true,
            _ => false,
        };
        if !is_broken {
            return error;
        }
        let heard = probe::words(&self.address).unwrap_or_default();
        if let Some(refused) = Refusal::in_words(&String::from_utf8_lossy(&heard)) {
            return CliError::Daemon(Box::new(refused));
        }
        let expects_tls = self.address.starts_with(TLS_SCHEME);
        match (probe::spoken(&self.address), error) {
            (Some(Transport::Tls), _) if !expects_tls => CliError::OtherTransport {
                address: self.address.clone(),
                takes_tls: true,
            },
            (Some(Transport::Plain), _) if expects_tls => CliError::OtherTransport {
                address: self.address.clone(),
                takes_tls: false,
            },
            (_, CliError::Daemon(refusal)) if expects_tls => self.not_let_in(&refusal),
            (_, error) => error,
        }
    }

    /// A connection that broke over TLS: why, as far as that is known.
    pub(crate) fn not_let_in(&self, refusal: &Refusal) -> CliError {
        CliError::Unreachable {
            address: self.address.clone(),
            problem: match refusal.alert {
                Some(why) => not_taken(why),
                None => format!(
                    "{refusal}; over TLS that is also what a client sees whose certificate is missing, over, revoked, or of an \
                     authority that the daemon does not know"
                ),
            },
        }
    }

    /// What both sides of TLS know each other by; nothing, if nothing is named and the address does not ask for it.
    fn tls(&self) -> Result<Option<ClientTlsConfig>, CliError> {
        let is_named = self.ca.is_some() || self.cert.is_some() || self.cert_key.is_some();
        if !is_named && !self.address.starts_with(TLS_SCHEME) {
            return Ok(None);
        }
        let read = |path: &PathBuf| fs::read(path).map_err(|source| CliError::file(path, source));
        let tls = match &self.ca {
            Some(ca) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(ca)?)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        match (&self.cert, &self.cert_key) {
            (Some(cert), Some(key)) => Ok(Some(
                tls.identity(Identity::from_pem(read(cert)?, read(key)?)),
            )),
            (None, None) => Ok(Some(tls)),
            _ => Err(CliError::Usage(
                "--cert and --cert-key belong together: give both".to_owned(),
            )),
        }
    }

    /// Refuses a socket in whose place somebody else could have put theirs.
    fn check_socket(&self) -> Result<(), CliError> {
        let own = own_socket();
        let is_own = self.address.strip_prefix(UNIX_SCHEME) == own.to_str();
        match own.parent() {
            Some(directory) if is_own && own.exists() && !is_believed_directory(directory) => {
                Err(CliError::Usage(format!(
                    "{}: others can write to {}, so it is not known whose socket this is",
                    self.address,
                    directory.display()
                )))
            }
            _ => Ok(()),
        }
    }

    /// A request that must be answered before the deadline. Streams have none.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        request
    }
}

/// Why a certificate is no use, in words.
fn not_taken(why: &str) -> String {
    format!("the daemon does not take this client's certificate: {why}")
}

/// A file with a token that can't be shown.
fn unusable_token(problem: String) -> CliError {
    CliError::Unusable {
        problem,
        advice: "name the file with the token by --token-file, INDELIBLE_TOKEN_FILE or `indelible context set`; it holds the \
                 token's text alone, as `indelible token create -o FILE` writes it, and nobody but its user may read it",
    }
}

/// The last error of a chain: the one that says what happened, and not only that something did.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
