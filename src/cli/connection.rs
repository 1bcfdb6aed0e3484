//! The connection to the daemon.

use std::{env, time::Duration};

use indelible_proto::v1::{
    compliance_service_client::ComplianceServiceClient, key_service_client::KeyServiceClient,
    ledger_service_client::LedgerServiceClient,
};
use tonic::{Request, transport::Channel, transport::Endpoint};

use crate::cli::error::{CliError, Refusal};

/// Where a daemon is looked for unless it is said otherwise.
pub(crate) const ADDRESS_DEFAULT: &str = "http://127.0.0.1:7311";

/// The environment variable that says otherwise.
pub(crate) const ADDRESS_VARIABLE: &str = "INDELIBLE_ADDRESS";

/// The longest message to be read: a page of records ends at 3 MiB, and one record more may be on it.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

const CONNECT_SECONDS_MAX: u64 = 5;
const KEEP_ALIVE_SECONDS: u64 = 20;

/// What the calls go through.
pub(crate) type Client = LedgerServiceClient<Channel>;

/// What the calls on keys go through.
pub(crate) type KeyClient = KeyServiceClient<Channel>;

/// A client of the compliance service.
pub(crate) type ComplianceClient = ComplianceServiceClient<Channel>;

/// The daemon that a command talks to.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    address: String,
    deadline: Duration,
}

impl Connection {
    /// Settles the address: the argument, otherwise the environment, otherwise the default.
    #[must_use]
    pub(crate) fn new(argument: Option<&str>, deadline: Duration) -> Self {
        let named = argument.map(str::to_owned);
        let address = named
            .or_else(|| env::var(ADDRESS_VARIABLE).ok())
            .filter(|address| !address.is_empty())
            .unwrap_or_else(|| ADDRESS_DEFAULT.to_owned());
        Self {
            address: with_scheme(&address),
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
        if self.address.starts_with("https://") {
            return Err(CliError::Usage(format!(
                "{}: this version speaks no TLS; it only talks to a daemon on the same machine",
                self.address
            )));
        }
        let endpoint = Endpoint::from_shared(self.address.clone())
            .map_err(|problem| CliError::Usage(format!("{}: {problem}", self.address)))?
            .user_agent(concat!("indelible/", env!("CARGO_PKG_VERSION")))
            .map_err(|problem| CliError::Usage(problem.to_string()))?
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .http2_keep_alive_interval(Duration::from_secs(KEEP_ALIVE_SECONDS))
            .tcp_nodelay(true);
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

    /// A request that must be answered before the deadline. Streams have none.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        request
    }
}

fn with_scheme(address: &str) -> String {
    if address.contains("://") {
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
        let connection = |address| Connection::new(Some(address), Duration::from_secs(1));
        assert_eq!(
            connection("127.0.0.1:1").address(),
            connection("http://127.0.0.1:1").address()
        );
    }

    #[tokio::test]
    async fn each_way_not_to_connect_is_told_from_the_others() {
        let open = async |address: &str| {
            let connection = Connection::new(Some(address), Duration::from_secs(1));
            connection.open().await.expect_err("nobody is there")
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        assert!(matches!(open(&address).await, CliError::Unreachable { .. }));
        assert!(matches!(
            open("https://127.0.0.1:1").await,
            CliError::Usage(_)
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
        let connection = Connection::new(Some(&address), Duration::from_secs(5));
        let mut client = match connection.open().await {
            Ok(client) => client,
            Err(error) => return error,
        };
        let request = connection.request(GetStatusRequest {});
        client.get_status(request).await.unwrap_err().into()
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
