//! From the configured sources to the providers that hold the KEKs.

use std::{fs, io, path::Path, sync::Arc};

use indelible_keystore::{
    AwsKmsProvider, EnvironmentProvider, KdfParameters, KekProvider, KekSet, KeyError, Metered,
    Passphrase, PassphraseProvider, Pkcs11Provider, ProviderMeters,
};
use indelible_ledger::{add_kek_record, kek_records};
use indelible_store::{Catalog, rocks::RocksStore};
use tracing::info;

use super::{
    error::DaemonError,
    secrets::{self, Expected},
};
use crate::config::{Config, KekSource};

/// Opens one provider, and holds the secret that this takes. Used again for as long as the provider is away.
type Opener = Box<dyn Fn(&RocksStore, Place) -> Result<Arc<dyn KekProvider>, DaemonError> + Send>;

/// What opens the configured providers.
pub(super) struct Openers {
    current: Opener,
    previous: Vec<Opener>,
    /// What `auto` chose and why.
    chosen: Option<String>,
}

impl Openers {
    /// Reads the secrets that the providers need, or prompts for them. A new passphrase is prompted for twice.
    pub(super) fn obtain(config: &Config) -> Result<Self, DaemonError> {
        let sources = &config.kek;
        let expected = if is_new(&config.data) || !sources.previous.is_empty() {
            Expected::New
        } else {
            Expected::Known
        };
        let previous = sources.previous.iter();
        Ok(Self {
            current: opener(&sources.current, expected)?,
            previous: previous
                .map(|source| opener(source, Expected::Known))
                .collect::<Result<_, _>>()?,
            chosen: sources.chosen.clone(),
        })
    }
}

/// The one place that says how a source is opened.
fn opener(source: &KekSource, expected: Expected) -> Result<Opener, DaemonError> {
    Ok(match source {
        KekSource::Passphrase(from) => {
            let passphrase = secrets::passphrase(from, expected)?;
            Box::new(move |store, place| by_passphrase(store, &passphrase, place))
        }
        KekSource::Environment(name) => {
            let name = name.clone();
            Box::new(move |_, _| Ok(Arc::new(EnvironmentProvider::read(&name)?)))
        }
        KekSource::AwsKms(options) => {
            let options = options.clone();
            Box::new(move |_, _| Ok(Arc::new(AwsKmsProvider::connect(&options)?)))
        }
        KekSource::Pkcs11(options, from) => {
            let pin = Arc::new(secrets::pin(from, &options.token_label)?);
            let options = options.clone();
            Box::new(move |_, _| {
                let provider = Pkcs11Provider::open((*options).clone(), Arc::clone(&pin))?;
                Ok(Arc::new(provider))
            })
        }
    })
}

/// Whether there is no store yet. In doubt there is one: then a typing mistake is found out.
fn is_new(data: &Path) -> bool {
    match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// The configured providers, with what opens them. Those that are open stay open while others are still away.
pub(super) struct Providers {
    store: Arc<RocksStore>,
    openers: Openers,
    meters: Arc<ProviderMeters>,
    earlier: Vec<Arc<dyn KekProvider>>,
}

impl Providers {
    /// Not opened yet. What they are asked for is counted in `meters`.
    pub(super) fn new(
        store: Arc<RocksStore>,
        openers: Openers,
        meters: Arc<ProviderMeters>,
    ) -> Self {
        if let Some(chosen) = &openers.chosen {
            info!("{chosen}");
        }
        Self {
            store,
            openers,
            meters,
            earlier: Vec::new(),
        }
    }

    /// Opens all of them, or those that were not there the last time. The one that wraps must outlive the process.
    pub(super) fn open(&mut self) -> Result<Arc<KekSet>, DaemonError> {
        // The earlier ones first: they must be there before another takes their place.
        for opener in self.openers.previous.iter().skip(self.earlier.len()) {
            let earlier = opener(&self.store, Place::Earlier)?;
            self.earlier.push(self.metered(earlier));
        }
        let place = if self.earlier.is_empty() {
            Place::Alone
        } else {
            Place::After
        };
        let current = (self.openers.current)(&self.store, place)?;
        let description = current.describe();
        if !description.outlives_process {
            return Err(DaemonError::KekNotKept);
        }
        info!(kek = %description.kek_id, detail = description.detail, "the KEK is held by the {}", description.kind);
        let current = self.metered(current);
        Ok(Arc::new(KekSet::new(current, self.earlier.clone())?))
    }

    fn metered(&self, provider: Arc<dyn KekProvider>) -> Arc<dyn KekProvider> {
        Arc::new(Metered::over(provider, Arc::clone(&self.meters)))
    }
}

/// The place of a provider among the others.
#[derive(Clone, Copy)]
enum Place {
    /// It is the only one.
    Alone,
    /// It takes the place of earlier ones.
    After,
    /// Another has taken its place.
    Earlier,
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
