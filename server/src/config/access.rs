//! What a configuration file says of access: who may do what, how often and how much, and in which ways callers show who they are.

use std::{collections::BTreeSet, path::Path};

use indelible_access::{Binding, Method, Quota, Rate, Rates};

use super::{
    address::{ListenAddress, listen},
    error::ConfigError,
    file,
    issuers::{self, TrustedIssuer},
    range::within,
    tls,
};

const RATES: std::ops::RangeInclusive<u64> = 1..=1_000_000_000_000;

/// What a configuration file says of access. It can be taken anew while the daemon runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Who may do what, beside root and the daemon's own user.
    pub bindings: Vec<Binding>,
    /// What each caller may have in a second, if that is limited.
    pub rates: Option<Rates>,
    /// How much may be appended to a ledger in a day.
    pub quotas: Vec<Quota>,
    /// SHA-256 of the public keys of clients that are not known by their certificates any more.
    pub revoked_client_keys: BTreeSet<[u8; 32]>,
}

impl Access {
    /// `text` is what the file was read from, for the numbers of lines.
    pub(super) fn check(file: &file::File, text: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            bindings: indelible_access::bindings(&file.access, text)?,
            rates: rates(&file.limits)?,
            quotas: indelible_access::quotas(&file.quotas, text)?,
            revoked_client_keys: tls::revoked(file.tls.as_ref())?,
        })
    }
}

/// What a file says of access and of callers, without a flag that says otherwise.
#[derive(Debug)]
pub struct FileAccess {
    /// Who may do what, and how often.
    pub access: Access,
    /// The ways in which callers show who they are.
    pub methods: Vec<Method>,
    /// The names of the issuers whose tokens are believed.
    pub issuers: Vec<String>,
}

/// Reads that from a file.
pub fn access_of_file(path: &Path) -> Result<FileAccess, ConfigError> {
    let (file, text) = file::File::read(path)?;
    let access = Access::check(&file, &text)?;
    let tls = tls::check(file.tls)?;
    let listen = listen(&[], file.listen, tls.is_some())?;
    let issuers = issuers::check(file.issuers)?;
    let takes_certificates = tls.is_some_and(|tls| tls.client_ca.is_some());
    let method = |place: &ListenAddress| match place {
        ListenAddress::Socket(_) => Some(Method::UnixSocket),
        ListenAddress::Loopback(_) => Some(Method::Nothing),
        ListenAddress::Tls(_) => takes_certificates.then_some(Method::Certificate),
    };
    let mut methods: Vec<_> = listen.iter().filter_map(method).collect();
    // Every place takes tokens.
    methods.push(Method::Token);
    methods.extend((!issuers.is_empty()).then_some(Method::Jwt));
    methods.sort_unstable();
    methods.dedup();
    let name = |trusted: &TrustedIssuer| trusted.issuer.name().to_owned();
    Ok(FileAccess {
        access,
        methods,
        issuers: issuers.iter().map(name).collect(),
    })
}

/// One second's worth may come at once.
fn rates(file: &file::Limits) -> Result<Option<Rates>, ConfigError> {
    let rate = |field, wanted: Option<u64>| -> Result<_, ConfigError> {
        match wanted {
            None | Some(0) => Ok(None),
            Some(count) => {
                within(field, count, RATES)?;
                Ok(Rate::new(count, count))
            }
        }
    };
    let requests = rate("limits.requests_per_second", file.requests_per_second)?;
    let bytes = rate("limits.bytes_per_second", file.bytes_per_second)?;
    let every = || Rate::new(*RATES.end(), *RATES.end());
    Ok(match (requests, bytes) {
        (None, None) => None,
        (requests, bytes) => requests
            .or_else(every)
            .zip(bytes.or_else(every))
            .map(|(requests, bytes)| Rates { requests, bytes }),
    })
}
