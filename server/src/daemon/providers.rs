//! From the configured sources to the providers that hold the KEKs.

use std::sync::Arc;

use indelible_keystore::{
    AwsKmsProvider, EnvironmentProvider, KdfParameters, KekProvider, KekSet, KeyError, Passphrase,
    PassphraseProvider, Pkcs11Options, Pkcs11Provider,
};
use indelible_ledger::{add_kek_record, kek_records};
use indelible_store::{Catalog, rocks::RocksStore};
use tracing::info;

use super::{
    DaemonError,
    secrets::{KekSecret, Secrets},
};
use crate::config::{KekSource, KekSources, TokenSource};

/// The configured providers, with what opens them. Those that are open stay it while others are still away.
pub(super) struct Providers {
    store: Arc<RocksStore>,
    sources: KekSources,
    secrets: Secrets,
    earlier: Vec<Arc<dyn KekProvider>>,
}

impl Providers {
    pub(super) fn new(store: Arc<RocksStore>, sources: KekSources, secrets: Secrets) -> Self {
        if let Some(chosen) = &sources.chosen {
            info!("{chosen}");
        }
        Self {
            store,
            sources,
            secrets,
            earlier: Vec::new(),
        }
    }

    /// Opens all of them, or those that were not there the last time. The one that wraps must outlive the process.
    pub(super) fn open(&mut self) -> Result<Arc<KekSet>, DaemonError> {
        // The earlier ones first: they must be there before another takes their place.
        let open = self.earlier.len();
        let previous = self.sources.previous.iter().zip(&self.secrets.previous);
        for (source, secret) in previous.skip(open) {
            let provider = provider(&self.store, source, secret, Place::Earlier)?;
            self.earlier.push(provider);
        }
        let place = if self.earlier.is_empty() {
            Place::Alone
        } else {
            Place::After
        };
        let (source, secret) = (&self.sources.current, &self.secrets.current);
        let current = provider(&self.store, source, secret, place)?;
        let description = current.describe();
        if !description.outlives_process {
            return Err(DaemonError::KekNotKept);
        }
        info!(kek = %description.kek_id, detail = description.detail, "the KEK is held by the {}", description.kind);
        Ok(Arc::new(KekSet::new(current, self.earlier.clone())?))
    }
}

/// Where a provider stands among the others.
#[derive(Clone, Copy)]
enum Place {
    /// It is the only one.
    Alone,
    /// It takes the place of earlier ones.
    After,
    /// Another has taken its place.
    Earlier,
}

fn provider(
    store: &RocksStore,
    source: &KekSource,
    secret: &KekSecret,
    place: Place,
) -> Result<Arc<dyn KekProvider>, DaemonError> {
    Ok(match (source, secret) {
        (_, KekSecret::Passphrase(passphrase)) => by_passphrase(store, passphrase, place)?,
        (KekSource::Pkcs11(token), KekSecret::Pin(pin)) => {
            Arc::new(Pkcs11Provider::open(token_options(token, pin))?)
        }
        (KekSource::AwsKms(options), _) => Arc::new(AwsKmsProvider::connect(options)?),
        (KekSource::Environment(name), _) => Arc::new(EnvironmentProvider::read(name)?),
        // What a source needs is obtained for it.
        (_, _) => return Err(DaemonError::Key(KeyError::WrongPassphrase)),
    })
}

fn token_options(token: &TokenSource, pin: &Arc<indelible_keystore::Pin>) -> Pkcs11Options {
    let mut options = Pkcs11Options::new(&token.module, &token.token, "", Arc::clone(pin));
    options.token_serial.clone_from(&token.serial);
    options.key_label.clone_from(&token.key_label);
    options.key_id.clone_from(&token.key_id);
    options.mechanism = token.mechanism;
    options.create = token.create;
    options
}

/// Opens the KEK whose passphrase this is, or makes one: for a store that has nothing yet, or beside an earlier KEK.
/// Otherwise a mistyped passphrase would make one that opens nothing.
fn by_passphrase(
    store: &RocksStore,
    passphrase: &Passphrase,
    place: Place,
) -> Result<Arc<dyn KekProvider>, DaemonError> {
    let records = kek_records(store)?;
    for record in &records {
        match PassphraseProvider::open(passphrase, record) {
            Ok(provider) => return Ok(Arc::new(provider)),
            Err(KeyError::WrongPassphrase) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let is_new = records.is_empty();
    match place {
        Place::After => {}
        Place::Alone if is_new && store.ledgers()?.is_empty() => {}
        Place::Alone | Place::Earlier if is_new => return Err(DaemonError::KekRecordMissing),
        Place::Alone | Place::Earlier => return Err(KeyError::WrongPassphrase.into()),
    }
    let (provider, record) = PassphraseProvider::create(passphrase, KdfParameters::default())?;
    add_kek_record(store, &record)?;
    info!("made a new key-encryption key from the passphrase");
    Ok(Arc::new(provider))
}
