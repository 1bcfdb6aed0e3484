//! The connection to the daemon.

mod bearer;
mod probe;

use std::{env, fs, path::PathBuf, time::Duration};

use clap::Args;
use indelible_proto::v1::{
    compliance_service_client::ComplianceServiceClient, key_service_client::KeyServiceClient,
    ledger_service_client::LedgerServiceClient,
};
use indelible_server::config::{UNIX_SCHEME, is_safe_directory, known_socket, own_socket};
use tonic::{
    Request,
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

pub(crate) use self::bearer::Bearer;
use self::probe::Transport;
use crate::cli::error::{CliError, Refusal};

/// The environment variable that says otherwise.
pub(crate) const ADDRESS_VARIABLE: &str = "INDELIBLE_ADDRESS";

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

/// A client of the compliance service.
pub(crate) type ComplianceClient = ComplianceServiceClient<Calls>;

/// A channel, and the token that each call on it brings.
type Calls = InterceptedService<Channel, Bearer>;

/// Where a command looks for the daemon, and how both know each other.
#[derive(Debug, Clone, Args)]
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
    /// A file with a token that says who calls, read for each call [env: INDELIBLE_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    token_file: Option<PathBuf>,
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
        }
    }
}

/// The daemon that a command talks to.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    address: String,
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
            .or_else(|| env::var(ADDRESS_VARIABLE).ok())
            .filter(|address| !address.is_empty())
            .unwrap_or_else(|| format!("{UNIX_SCHEME}{}", known_socket().display()));
        let file = |argument: Option<PathBuf>, variable| {
            let named = argument.or_else(|| env::var_os(variable).map(PathBuf::from));
            named.filter(|path| !path.as_os_str().is_empty())
        };
        Self {
            address: with_scheme(&address),
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

    fn bearer(&self) -> Result<Bearer, CliError> {
        Bearer::of(self.token_file.as_ref(), &self.address).map_err(CliError::Usage)
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

fn with_scheme(address: &str) -> String {
    if address.contains("://") || address.starts_with(UNIX_SCHEME) {
        address.to_owned()
    } else {
        format!("http://{address}")
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
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    use indelible_proto::v1::GetStatusRequest;

    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn an_address_needs_no_scheme() {
        let connection = |address| Connection::new(Where::at(address), Duration::from_secs(1));
        assert_eq!(
            connection("127.0.0.1:1").address(),
            connection("http://127.0.0.1:1").address()
        );
    }

    #[tokio::test]
    async fn each_way_not_to_connect_is_told_from_the_others() {
        let open = async |address: &str| {
            let connection = Connection::new(Where::at(address), Duration::from_secs(1));
            connection.open().await.expect_err("nobody is there")
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        assert!(matches!(open(&address).await, CliError::Unreachable { .. }));
        assert!(matches!(
            open("unix:/nowhere/indelible.sock").await,
            CliError::Unreachable { .. }
        ));
        assert!(matches!(
            open("http://not an address").await,
            CliError::Usage(_)
        ));
    }

    /// What the daemon sends to a connection for which there is no place: SETTINGS and GOAWAY.
    fn frames(words: &str) -> Vec<u8> {
        let mut frames = vec![0, 0, 0, 4, 0, 0, 0, 0, 0];
        frames.extend(&(8 + words.len() as u32).to_be_bytes()[1..]);
        frames.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb]);
        frames.extend(words.as_bytes());
        frames
    }

    /// What a command says that is sent away with these words.
    async fn sent_away(words: &'static str) -> CliError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.write_all(&frames(words)).unwrap();
                stream.shutdown(std::net::Shutdown::Write).unwrap();
                while stream.read(&mut [0; 1_024]).is_ok_and(|read| read > 0) {}
            }
        });
        let connection = Connection::new(Where::at(&address), Duration::from_secs(5));
        let mut client = match connection.open().await {
            Ok(client) => client,
            Err(error) => return connection.explain(error),
        };
        let request = connection.request(GetStatusRequest {});
        let broken = client.get_status(request).await.unwrap_err();
        connection.explain(broken.into())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_refused_connection_is_told_with_the_limit_and_what_to_do() {
        let error =
            sent_away("CONNECTIONS_MAX: 640 connections are open, which is the most allowed").await;
        let text = error.to_text();
        let told = "the daemon refused the connection: 640 connections are open, which is the most allowed\n";
        assert!(text.contains(told), "{text}");
        assert!(text.contains("reason: CONNECTIONS_MAX"), "{text}");
        assert!(text.contains("ss -tnp"), "{text}");
        assert_eq!(error.exit(), Exit::Unavailable);
        let other = sent_away("too_many_resets").await.to_text();
        assert!(!other.contains("refused the connection"), "{other}");
    }
}
