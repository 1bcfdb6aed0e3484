//! `indelible producer register` and `indelible producer proof`.

use std::{fmt, path::PathBuf};

use clap::Args;
use indelible_evidence::{
    Origin,
    key_event::{check_producer_name, sort_sources},
};
use indelible_interchange::{hex, producer::ProducerKey};
use indelible_proto::v1::RegisterProducerRequest;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::signing,
    keys::{
        producer::digits::{proof, public_key},
        recorded::Recorded,
    },
    session::Session,
    ui::{key_file, table::Table},
};

/// Register a producer's public key: events that it signs are taken from then on
///
/// Takes the private key, or, so that the private key stays with its producer, the public key and a proof that the
/// producer made with `producer proof`.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    what: What,
    /// The producer's private key (Ed25519, PKCS#8, PEM), which only its owner may read
    #[arg(long, value_name = "KEYFILE", required_unless_present = "public_key", conflicts_with_all = ["public_key", "proof"])]
    key: Option<PathBuf>,
    /// The producer's public key: 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = public_key, requires = "proof")]
    public_key: Option<[u8; 32]>,
    /// What `producer proof` printed for it: 128 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = proof, requires = "public_key")]
    proof: Option<[u8; 64]>,
}

/// Make the proof with which an operator can register a producer's public key
///
/// Needs no daemon. The proof is for this ledger, name and these sources, and for no others.
#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// The origin of the ledger, as `ledger show` prints it
    #[arg(value_parser = origin)]
    origin: Origin,
    #[command(flatten)]
    what: What,
    /// The producer's private key (Ed25519, PKCS#8, PEM), which only its owner may read
    #[arg(long, value_name = "KEYFILE")]
    key: PathBuf,
}

/// What is registered of a key.
#[derive(Debug, Args)]
struct What {
    /// Whose key it is; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// A source that it may sign for; may be given several times. Without it, the key may sign for all sources
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
}

impl What {
    /// Checks it, and brings the sources into the order in which they are signed.
    fn check(&mut self) -> Result<(), CliError> {
        let checked = check_producer_name("--name", &self.name)
            .and_then(|()| sort_sources("--source", &mut self.sources));
        checked.map_err(|violation| CliError::Usage(violation.to_string()))
    }

    fn prove(&self, key: &ProducerKey, origin: &Origin) -> Result<[u8; 64], CliError> {
        key.prove(origin, &self.name, &self.sources)
            .ok_or_else(|| CliError::Usage("the key is not one that can be registered".to_owned()))
    }
}

impl Register {
    pub(super) async fn run(mut self, session: &mut Session) -> Result<(), CliError> {
        self.what.check()?;
        let (public_key, proof) = match (&self.key, self.public_key, self.proof) {
            (None, Some(public_key), Some(proof)) => (public_key, proof),
            (Some(path), ..) => {
                let key = key_file::read(path)?;
                let origin = signing::origin(session, &self.ledger).await?;
                (key.public(), self.what.prove(&key, &origin)?)
            }
            _ => {
                let problem = "give --key, or --public-key and --proof";
                return Err(CliError::Usage(problem.to_owned()));
            }
        };
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(RegisterProducerRequest {
            ledger: self.ledger,
            public_key: public_key.to_vec().into(),
            name: self.what.name,
            sources: self.what.sources,
            proof: proof.to_vec().into(),
        });
        let answer = client.register_producer(request).await?.into_inner();
        session.output.answer(&Registered {
            public_key: hex::encode(&public_key),
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

impl Proof {
    pub(super) fn run(mut self, session: &mut Session) -> Result<(), CliError> {
        self.what.check()?;
        let key = key_file::read(&self.key)?;
        let proof = self.what.prove(&key, &self.origin)?;
        session.output.answer(&Proven {
            public_key: hex::encode(&key.public()),
            proof: hex::encode(&proof),
        })
    }
}

/// A key that was registered.
#[derive(Serialize)]
struct Registered {
    public_key: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("public key", &self.public_key);
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}

/// What an operator needs to register a key.
#[derive(Serialize)]
struct Proven {
    public_key: String,
    proof: String,
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("public key", &self.public_key)
            .row("proof", &self.proof);
        table.fmt(f)
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).map_err(|error| error.to_string())
}
