//! The daemon's start, and the configuration that it serves with: what of it is other than the last time.

pub(super) mod taken;

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use indelible_access::Binding;
use indelible_keystore::age::Recipients;
use indelible_ledger::{
    AppendError, Engine, Filter, Ledger, RecordView, SystemEvent, SystemFact, SystemKind,
};
use serde::{Deserialize, Serialize};

use crate::config::{Access, Config};

/// The settings that are taken without a restart, beside the bindings.
const TAKEN_ANEW: [&str; 3] = ["rates", "quotas", "revoked_client_keys"];
/// Bytes of bindings that one fact names.
const NAMED_BYTES_MAX: usize = 900;
/// Bytes of records that are looked at for the newest of a type.
const NEWEST_BYTES_MAX: usize = 1;

/// A configuration that was loaded, and how much of it is in force.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Loaded {
    version: &'static str,
    /// SHA-256 of the file, where there is one.
    file: Option<[u8; 32]>,
    /// Each setting, as it is in force. It is digested with a key, so that no value is told.
    settings: BTreeMap<&'static str, String>,
    bindings: BTreeSet<String>,
    /// The settings that the file says otherwise, and that are in force only after a restart.
    waiting: BTreeSet<&'static str>,
    /// How many keys of clients' certificates are revoked.
    revoked_client_keys: usize,
    /// How many quotas there are.
    quotas: usize,
    /// To whom copies of data keys are sealed, where somebody is named: who can open everything is on record.
    rescue_recipients: Vec<String>,
}

/// What is kept of a configuration, for the next one to be held against.
#[derive(Serialize, Deserialize)]
struct Kept {
    settings: BTreeMap<String, String>,
    bindings: BTreeSet<String>,
}

impl Loaded {
    #[expect(clippy::too_many_lines, reason = "it is one table of all settings")]
    pub(crate) fn of(config: &Config) -> Self {
        let Config {
            data,
            anchor,
            listen,
            tls,
            issuers,
            addresses,
            access:
                Access {
                    bindings,
                    rates,
                    quotas,
                    revoked_client_keys,
                },
            file,
            metrics,
            health,
            origin_prefix,
            kek,
            publication,
            clock,
            ledgers,
            token_days,
            tokens_per_maker,
            scrub,
            retention_every,
            archive,
            memory,
            backup,
            register,
            rescue,
            log,
            traces,
            digest,
            asked: _,
        } = config;
        let settings = [
            ("data", format!("{data:?}")),
            ("anchor", format!("{anchor:?}")),
            ("listen", format!("{listen:?}")),
            ("tls", format!("{tls:?}")),
            ("issuers", format!("{issuers:?}")),
            (
                "limits.connections_per_address",
                format!("{:?}", addresses.connections),
            ),
            (
                "limits.failed_authentications_per_minute",
                format!("{:?}", addresses.failures_per_minute),
            ),
            ("rates", format!("{rates:?}")),
            ("quotas", format!("{quotas:?}")),
            ("revoked_client_keys", format!("{revoked_client_keys:?}")),
            ("file", format!("{file:?}")),
            ("metrics", format!("{metrics:?}")),
            ("health", format!("{health:?}")),
            ("origin_prefix", format!("{origin_prefix:?}")),
            ("kek", format!("{kek:?}")),
            ("publication", format!("{publication:?}")),
            ("clock", format!("{clock:?}")),
            ("limits.ledgers", format!("{ledgers:?}")),
            ("limits.token_days", format!("{token_days:?}")),
            ("limits.tokens_per_maker", format!("{tokens_per_maker:?}")),
            ("scrub", format!("{scrub:?}")),
            ("retention", format!("{retention_every:?}")),
            ("retention.archive", format!("{archive:?}")),
            ("memory", format!("{memory:?}")),
            ("backup", format!("{backup:?}")),
            ("register", format!("{register:?}")),
            ("rescue", format!("{rescue:?}")),
            ("log", format!("{log:?}")),
            ("traces", format!("{traces:?}")),
        ];
        Self {
            version: env!("CARGO_PKG_VERSION"),
            file: *digest,
            settings: settings.into(),
            bindings: told(bindings),
            waiting: BTreeSet::new(),
            revoked_client_keys: revoked_client_keys.len(),
            quotas: quotas.len(),
            rescue_recipients: rescue.as_ref().map(Recipients::texts).unwrap_or_default(),
        }
    }

    /// What is in force of a file that is taken while the daemon runs. The rest of it waits for a restart.
    pub(crate) fn taking(&self, wanted: &Config) -> Self {
        self.taken(Self::of(wanted))
    }

    fn taken(&self, wanted: Self) -> Self {
        let mut settings = self.settings.clone();
        let mut waiting = BTreeSet::new();
        for (key, value) in wanted.settings {
            if TAKEN_ANEW.contains(&key) {
                settings.insert(key, value);
            } else if settings.get(key) != Some(&value) {
                waiting.insert(key);
            }
        }
        Self {
            settings,
            waiting,
            // They are those of the start.
            rescue_recipients: self.rescue_recipients.clone(),
            ..wanted
        }
    }

    /// Whether the same is in force as in another one, and the same waits; the files may differ in their words.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let file = other.file;
        *other
            == Self {
                file,
                ..self.clone()
            }
    }

    /// The settings that the file says otherwise, and that are in force only after a restart.
    pub(crate) fn waiting(&self) -> String {
        listed(&self.waiting)
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    let names: Vec<_> = names.iter().copied().collect();
    names.join(",")
}

/// Bindings in words, without the lines in which they stand.
fn told(bindings: &[Binding]) -> BTreeSet<String> {
    let without_line = |binding: &Binding| {
        let line = None;
        Binding {
            line,
            ..binding.clone()
        }
        .to_string()
    };
    bindings.iter().map(without_line).collect()
}

/// The events that tell of a configuration, and of a start with it. A run before it whose stop is not on record is
/// told of first. Blocking.
pub(super) fn events(
    engine: &Engine,
    loaded: &Loaded,
    is_start: bool,
) -> Result<Vec<SystemEvent>, String> {
    let problem = |error: &dyn std::fmt::Display| error.to_string();
    let system = engine.ledger("_system").map_err(|error| problem(&error))?;
    let mut events = Vec::new();
    let text = |text: &str| SystemFact::Text(text.to_owned());
    if is_start {
        let last = newest(&system, &[SystemKind::Started, SystemKind::Stopped])?;
        let is_of_start = |view: &RecordView| is_of(view, SystemKind::Started);
        if last.as_ref().is_some_and(is_of_start) {
            let unseen = SystemEvent::new(SystemKind::Stopped).with("outcome", text("unseen"));
            events.push(unseen);
        }
        events.push(SystemEvent::new(SystemKind::Started).with("version", text(loaded.version)));
    }
    let last = newest(&system, &[SystemKind::ConfigurationLoaded])?;
    let last = last.as_ref().and_then(RecordView::payload);
    let last: Option<Kept> = last.and_then(|bytes| serde_json::from_slice(bytes).ok());
    let digest = |value: &String| -> Result<String, AppendError> {
        Ok(HEXLOWER.encode(&engine.system_digest(value)?))
    };
    let mut settings = BTreeMap::new();
    for (key, value) in &loaded.settings {
        let digest = digest(&format!("{key}={value}")).map_err(|error| problem(&error))?;
        settings.insert((*key).to_owned(), digest);
    }
    let kept = Kept {
        settings,
        bindings: loaded.bindings.clone(),
    };
    events.push(difference(loaded, &kept, last.as_ref())?);
    Ok(events)
}

fn difference(loaded: &Loaded, now: &Kept, last: Option<&Kept>) -> Result<SystemEvent, String> {
    let mut event = SystemEvent::new(SystemKind::ConfigurationLoaded);
    if let Some(file) = loaded.file {
        event = event.with("file_sha256", SystemFact::Text(HEXLOWER.encode(&file)));
    }
    if let Some(last) = last {
        let mut changed: BTreeSet<_> = now
            .settings
            .iter()
            .filter(|(key, value)| last.settings.get(*key) != Some(value))
            .map(|(key, _)| key.as_str())
            .collect();
        let is_gone = |key: &&String| !now.settings.contains_key(*key);
        changed.extend(last.settings.keys().filter(is_gone).map(String::as_str));
        let added: Vec<_> = now.bindings.difference(&last.bindings).collect();
        let removed: Vec<_> = last.bindings.difference(&now.bindings).collect();
        if !added.is_empty() || !removed.is_empty() {
            changed.insert("access");
        }
        event = event.with("changed", SystemFact::Text(listed(&changed)));
        for (name, count, bindings) in [
            ("bindings_added", "bindings_added_count", added),
            ("bindings_removed", "bindings_removed_count", removed),
        ] {
            if !bindings.is_empty() {
                event = event
                    .with(name, SystemFact::Text(named(&bindings)))
                    .with(count, SystemFact::Uint(bindings.len() as u64));
            }
        }
    }
    event = event
        .with(
            "rescue_recipients",
            SystemFact::Text(loaded.rescue_recipients.join(" ")),
        )
        .with("first", SystemFact::Boolean(last.is_none()))
        .with("waits_for_restart", SystemFact::Text(loaded.waiting()));
    let payload = serde_json::to_vec(now).map_err(|error| error.to_string())?;
    event.payload = Some(payload.into());
    Ok(event)
}

/// As many as fit.
fn named(bindings: &[&String]) -> String {
    let mut text = String::new();
    for binding in bindings {
        let separator = if text.is_empty() { "" } else { "; " };
        if text.len() + separator.len() + binding.len() > NAMED_BYTES_MAX {
            break;
        }
        text.push_str(separator);
        text.push_str(binding);
    }
    text
}

/// The newest record of some kinds.
fn newest(system: &Ledger, kinds: &[SystemKind]) -> Result<Option<RecordView>, String> {
    let filter = Filter {
        types: kinds
            .iter()
            .map(|kind| kind.event_type().to_owned())
            .collect(),
        ..Filter::default()
    };
    let page = system.list_newest_first(&filter, (0, None), 1, NEWEST_BYTES_MAX);
    Ok(page.map_err(|error| error.to_string())?.records.pop())
}

fn is_of(view: &RecordView, kind: SystemKind) -> bool {
    let header = view.header();
    let event = header.kind.event();
    event.is_some_and(|event| event.event_type == kind.event_type())
}

#[cfg(test)]
mod tests;
