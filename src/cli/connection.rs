//! The connection to the daemon.

use std::{
    env, fs,
    io::{self, Read as _},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use indelible_proto::v1::{
    compliance_service_client::ComplianceServiceClient, key_service_client::KeyServiceClient,
    ledger_service_client::LedgerServiceClient,
};
use indelible_server::config::{UNIX_SCHEME, is_safe_directory, known_socket, own_socket};
use tonic::{
    Request,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

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

/// How long, and for how much, the daemon is listened to where a connection broke.
const LISTEN_MS: u64 = 200;
const HEARD_BYTES_MAX: u64 = 1_024;

/// What the calls go through.
pub(crate) type Client = LedgerServiceClient<Channel>;

/// What the calls on keys go through.
pub(crate) type KeyClient = KeyServiceClient<Channel>;

/// A client of the compliance service.
pub(crate) type ComplianceClient = ComplianceServiceClient<Channel>;

/// Where a command looks for the daemon, and how both know each other.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Where {
    /// Where the daemon listens: unix: and a path, https:// or http:// [default: the user's own socket, or
    /// unix:/run/indelible/indelible.sock] [env: INDELIBLE_ADDRESS]
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
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
    /// The daemon, and what it is shown, by the name of a context (`indelible context`); other options replace its parts
    /// [default: the context in use, unless an address is given] [env: INDELIBLE_CONTEXT]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
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
        Ok(LedgerServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX))
    }

    /// Connects, for calls on keys.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_keys(&self) -> Result<KeyClient, CliError> {
        let channel = self.channel().await?;
        Ok(KeyServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX))
    }

    /// Connects, for reports.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub(crate) async fn open_compliance(&self) -> Result<ComplianceClient, CliError> {
        let channel = self.channel().await?;
        Ok(ComplianceServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX))
    }

    async fn channel(&self) -> Result<Channel, CliError> {
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
        endpoint
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

    /// The same error, or why the connection broke: a connection that is refused may be gone before its client has read
    /// why, so the words are asked for once more.
    pub(crate) fn explain(&self, error: CliError) -> CliError {
        match error {
            CliError::Daemon(refusal) if refusal.is_of_broken_connection() => {
                let heard = self.listen().unwrap_or_default();
                match Refusal::in_words(&String::from_utf8_lossy(&heard)) {
                    Some(refused) => CliError::Daemon(Box::new(refused)),
                    None if self.address.starts_with(TLS_SCHEME) => CliError::Unreachable {
                        address: self.address.clone(),
                        problem: format!(
                            "{refusal}; over TLS that is also what a client sees whose certificate is missing, over, \
                             or of an authority that the daemon does not know"
                        ),
                    },
                    None => CliError::Daemon(refusal),
                }
            }
            error => error,
        }
    }

    /// What the daemon says to a connection that says nothing; nothing that can be read, over TLS.
    fn listen(&self) -> io::Result<Vec<u8>> {
        let patience = Some(Duration::from_millis(LISTEN_MS));
        let mut heard = Vec::new();
        if let Some(path) = self.address.strip_prefix(UNIX_SCHEME) {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(patience)?;
            // What came by then is all that is wanted.
            let _late = stream.take(HEARD_BYTES_MAX).read_to_end(&mut heard);
        } else if let Some(address) = self.address.strip_prefix("http://") {
            let stream = TcpStream::connect(address)?;
            stream.set_read_timeout(patience)?;
            let _late = stream.take(HEARD_BYTES_MAX).read_to_end(&mut heard);
        }
        Ok(heard)
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
