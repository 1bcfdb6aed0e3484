//! The connection to the daemon.

mod bearer;
mod probe;

use std::{env, fs, path::PathBuf, time::Duration};

use clap::{Args, builder::NonEmptyStringValueParser};
use indelible_load::Door;
use indelible_proto::v1::{
    access_service_client::AccessServiceClient, compliance_service_client::ComplianceServiceClient,
    key_service_client::KeyServiceClient, ledger_service_client::LedgerServiceClient,
};
use indelible_server::config::{UNIX_SCHEME, is_safe_directory, known_socket, own_socket};
use tonic::{
    Request,
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

pub(crate) use self::bearer::Bearer;
use self::probe::Transport;
use crate::cli::{
    contexts::{Contexts, Named, with_scheme},
    error::{CliError, Refusal},
};

/// The environment variable that says otherwise.
pub(crate) const ADDRESS_VARIABLE: &str = "INDELIBLE_ADDRESS";

/// The environment variable that names a context.
const CONTEXT_VARIABLE: &str = "INDELIBLE_CONTEXT";

/// What an address begins with that needs TLS.
const TLS_SCHEME: &str = "https://";

/// The longest message to be read: a page of records ends at 3 MiB, and one record more may be on it.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

const CONNECT_SECONDS_MAX: u64 = 5;
const KEEP_ALIVE_SECONDS: u64 = 20;

/// What the calls go through.
pub(crate) type Client = LedgerServiceClient<Calls>;

/// What the calls on keys go through.
pub(crate) type KeyClient = KeyServiceClient<Calls>;

/// A client of the access service.
pub(crate) type AccessClient = AccessServiceClient<Calls>;

/// A client of the compliance service.
pub(crate) type ComplianceClient = ComplianceServiceClient<Calls>;

/// A channel, and the token that each call on it brings.
type Calls = InterceptedService<Channel, Bearer>;

/// Where a command looks for the daemon, and how both know each other.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Where {
    /// Where the daemon listens: unix: and a path, https:// or http:// [default: the user's own socket, or
    /// unix:/run/indelible/indelible.sock] [env: INDELIBLE_ADDRESS]
    // A script whose variable is empty means no other daemon.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Everywhere",
        value_parser = NonEmptyStringValueParser::new()
    )]
    address: Option<String>,
    /// The authorities that vouch for the daemon's certificate, in PEM [default: the system's] [env: INDELIBLE_CA]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    ca: Option<PathBuf>,
    /// This client's certificate, in PEM [env: INDELIBLE_CERT]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    cert: Option<PathBuf>,
    /// The private key of this client's certificate, in PEM [env: INDELIBLE_CERT_KEY]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    cert_key: Option<PathBuf>,
    /// A file with a token that says who calls, read for each call [env: INDELIBLE_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    token_file: Option<PathBuf>,
    /// The daemon, and what it is shown, by the name of a context (`indelible context`); other options replace its parts
    /// [default: the context in use, unless an address is given] [env: INDELIBLE_CONTEXT]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Everywhere",
        value_parser = NonEmptyStringValueParser::new()
    )]
    context: Option<String>,
}

impl Where {
    #[cfg(test)]
    pub(crate) fn at(address: &str) -> Self {
        Self {
            address: Some(address.to_owned()),
            ca: None,
            cert: None,
            cert_key: None,
            token_file: None,
            context: None,
        }
    }

    /// What the options say, as a context has it.
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            address: self.address.as_deref(),
            ca: self.ca.as_deref(),
            cert: self.cert.as_deref(),
            cert_key: self.cert_key.as_deref(),
            token_file: self.token_file.as_deref(),
        }
    }

    /// The context that is named, by the option or the environment.
    pub(crate) fn chosen_context(&self) -> Option<String> {
        self.context.clone().or_else(|| variable(CONTEXT_VARIABLE))
    }

    /// Adds what the context says and the options don't. An address that is given sets the context in use aside, and all
    /// of it: what is for one daemon is not shown to another.
    ///
    /// # Errors
    ///
    /// When there is no such context, or the file of contexts can't be used.
    pub(crate) fn in_context(mut self) -> Result<Self, CliError> {
        let has_address = self.address.is_some() || variable(ADDRESS_VARIABLE).is_some();
        if self.context.is_none() && has_address {
            return Ok(self);
        }
        let contexts = Contexts::load()?;
        let chosen = self.chosen_context();
        let Some(name) = chosen.as_deref().or(contexts.in_use()) else {
            return Ok(self);
        };
        let context = contexts.get(name)?;
        self.address.get_or_insert_with(|| context.address.clone());
        self.ca = self.ca.or_else(|| context.ca.clone());
        if self.cert.is_none() && self.cert_key.is_none() {
            (self.cert, self.cert_key) = (context.cert.clone(), context.cert_key.clone());
        }
        self.token_file = self.token_file.or_else(|| context.token_file.clone());
        self.context = Some(name.to_owned());
        Ok(self)
    }
}

/// What the environment says, if it says something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

/// The daemon that a command talks to.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    address: String,
    /// The name of the context that it is of.
    context: Option<String>,
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    cert_key: Option<PathBuf>,
    token_file: Option<PathBuf>,
    deadline: Duration,
}

impl Connection {
    /// Settles each part: the argument, otherwise the environment, otherwise the default.
    #[must_use]
    pub(crate) fn new(place: Where, deadline: Duration) -> Self {
        let address = place
            .address
            .filter(|address| !address.is_empty())
            .or_else(|| variable(ADDRESS_VARIABLE))
            .unwrap_or_else(|| format!("{UNIX_SCHEME}{}", known_socket().display()));
        let file = |argument: Option<PathBuf>, variable| {
            let named = argument.or_else(|| env::var_os(variable).map(PathBuf::from));
            named.filter(|path| !path.as_os_str().is_empty())
        };
        Self {
            address: with_scheme(&address),
            context: place.context,
            ca: file(place.ca, "INDELIBLE_CA"),
            cert: file(place.cert, "INDELIBLE_CERT"),
            cert_key: file(place.cert_key, "INDELIBLE_CERT_KEY"),
            token_file: file(place.token_file, "INDELIBLE_TOKEN_FILE"),
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

    /// Whether it leads to a daemon that asks nobody who they are.
    pub(crate) fn is_plain(&self) -> bool {
        self.address.starts_with("http://")
    }

    fn bearer(&self) -> Result<Bearer, CliError> {
        Bearer::of(self.token_file.as_ref(), &self.address).map_err(CliError::Usage)
    }

    /// How the load generator comes to the daemon; each call brings the token that the file holds now.
    ///
    /// # Errors
    ///
    /// When the address, a certificate or the token's file can't be used.
    pub(crate) fn door(&self) -> Result<Door, CliError> {
        let token = self.bearer()?.now().map_err(CliError::Usage)?;
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
                    problem: root_cause(&problem),
                },
            })
    }

    fn endpoint(&self) -> Result<Endpoint, CliError> {
        let usage = |problem: &dyn std::fmt::Display| {
            CliError::Usage(format!("{}: {problem}", self.address))
        };
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
            CliError::Daemon(refusal) => refusal.is_of_broken_connection(),
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
            (_, CliError::Daemon(refusal)) if expects_tls => CliError::Unreachable {
                address: self.address.clone(),
                problem: format!(
                    "{refusal}; over TLS that is also what a client sees whose certificate is missing, over, or of an \
                     authority that the daemon does not know"
                ),
            },
            (_, error) => error,
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
            Some(directory) if is_own && own.exists() && !is_safe_directory(directory) => {
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
