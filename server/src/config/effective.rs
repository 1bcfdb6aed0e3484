//! Every setting that is in force, and where each comes from.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};
use serde_json::Value;
use toml::Table;

use indelible_access::limits::TOKEN_DAYS_MAX;
use indelible_ledger::{ClockRule, limits::LEDGERS_MAX};

use super::{
    address::ListenAddress,
    backup::{EVERY_HOURS_DEFAULT, KEEP_DAYS_DEFAULT},
    defaults::{ORIGIN_PREFIX_DEFAULT, PUBLICATION_INTERVAL_MS_DEFAULT},
    environment::{Override, table_of},
    flags::Flags,
    memory, retention, scrub,
};
use crate::limits::{
    CONNECTIONS_PER_ADDRESS_DEFAULT, FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT,
    OWN_TOKENS_OF_A_MAKER_DEFAULT,
};

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nothing says otherwise.
    Default,
    /// The configuration file.
    File,
    /// A variable of the environment, by its name.
    Environment(String),
    /// An option of the command line, by its name.
    Flag(&'static str),
}

/// One setting that is in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The key, with a dot before what is in a table and a number from 1 for each table of a list: `access.1.roles`.
    pub key: String,
    /// Its value. Secrets are never settings; what stands in a URL before the host is left out.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File => out.write_str("file"),
            Self::Environment(variable) => write!(out, "environment {variable}"),
            Self::Flag(flag) => write!(out, "option {flag}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// All settings, in the order of their keys: those of the command line, of the environment, of the file's `text`, and the
/// defaults, of which anchor and places to listen follow from others.
pub(super) fn settings(
    flags: &Flags,
    overrides: Vec<Override>,
    text: &str,
    (anchor, listen): (&Path, &[ListenAddress]),
) -> Vec<Setting> {
    let mut settings = Vec::new();
    defaults(anchor, listen, &mut settings);
    flatten("", &table_of(text), &mut settings);
    for set in overrides {
        let source = Source::Environment(set.variable);
        put(&mut settings, set.path.join("."), json(&set.value), source);
    }
    of_flags(flags, &mut settings);
    settings.sort_by(|a, b| by_number(&a.key).cmp(&by_number(&b.key)));
    settings
}

/// Keys of the second table of a list stand before those of the tenth.
fn by_number(key: &str) -> Vec<(u64, &str)> {
    key.split('.')
        .map(|part| (part.parse().unwrap_or_default(), part))
        .collect()
}

fn defaults(anchor: &Path, listen: &[ListenAddress], settings: &mut Vec<Setting>) {
    let listen: Vec<_> = listen.iter().map(ToString::to_string).collect();
    let clock = ClockRule::default();
    let hours = clock.max_step.as_secs() / 3_600;
    for (key, value) in [
        ("anchor", path(anchor)),
        ("backup.at", "".into()),
        ("backup.bucket", "".into()),
        ("backup.bucket_credentials_file", "".into()),
        ("backup.bucket_endpoint", "".into()),
        ("backup.bucket_profile", "".into()),
        ("backup.bucket_region", "".into()),
        ("backup.directory", "".into()),
        ("backup.every_hours", EVERY_HOURS_DEFAULT.into()),
        ("backup.keep_days", KEEP_DAYS_DEFAULT.into()),
        ("backup.mib_per_second", 0.into()),
        ("backup.recipients", Value::Array(Vec::new())),
        ("clock.max_step_hours", hours.into()),
        ("clock.right_until", "".into()),
        ("kek.provider", "passphrase-prompt".into()),
        (
            "limits.connections_per_address",
            CONNECTIONS_PER_ADDRESS_DEFAULT.into(),
        ),
        (
            "limits.failed_authentications_per_minute",
            FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT.into(),
        ),
        ("limits.bytes_per_second", 0.into()),
        ("limits.ledgers", LEDGERS_MAX.into()),
        ("limits.requests_per_second", 0.into()),
        ("limits.token_days", TOKEN_DAYS_MAX.into()),
        (
            "limits.tokens_per_maker",
            OWN_TOKENS_OF_A_MAKER_DEFAULT.into(),
        ),
        ("listen", listen.into()),
        ("log.filter", "info".into()),
        ("log.format", "text".into()),
        ("memory.budget_mib", memory::BUDGET_MIB_DEFAULT.into()),
        ("metrics", "".into()),
        ("metrics_insecure", false.into()),
        ("metrics_ledgers", 0.into()),
        ("health", "".into()),
        ("origin_prefix", ORIGIN_PREFIX_DEFAULT.into()),
        ("register.accept_loss", false.into()),
        ("register.bucket", "".into()),
        ("register.credentials_file", "".into()),
        ("register.endpoint", "".into()),
        ("register.profile", "".into()),
        ("register.region", "".into()),
        ("rescue.recipients", Value::Array(Vec::new())),
        ("traces.endpoint", "".into()),
        ("traces.ratio", 0.0.into()),
        (
            "publication.interval_ms",
            PUBLICATION_INTERVAL_MS_DEFAULT.into(),
        ),
        (
            "retention.every_hours",
            retention::EVERY_HOURS_DEFAULT.into(),
        ),
        ("retention.archive", "".into()),
    ] {
        put(settings, key.to_owned(), value, Source::Default);
    }
    for (key, value) in scrub::defaults() {
        put(settings, key.to_owned(), value.into(), Source::Default);
    }
}

/// What the file says, one setting for each value that is not a table.
fn flatten(place: &str, table: &Table, settings: &mut Vec<Setting>) {
    for (name, value) in table {
        let key = match place {
            "" => name.clone(),
            place => format!("{place}.{name}"),
        };
        match value {
            toml::Value::Table(table) => flatten(&key, table, settings),
            toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
                let tables = list.iter().filter_map(toml::Value::as_table);
                for (number, table) in (1_u64..).zip(tables) {
                    flatten(&format!("{key}.{number}"), table, settings);
                }
            }
            value => put(settings, key, json(value), Source::File),
        }
    }
}

fn of_flags(flags: &Flags, settings: &mut Vec<Setting>) {
    let text = |text: &Option<String>| text.clone().map(Value::from);
    let file = |named: &Option<PathBuf>| named.as_deref().map(path);
    let listen = (!flags.listen.is_empty()).then(|| flags.listen.clone().into());
    let provider = flags.passphrase_file.is_some();
    let provider = provider.then(|| "passphrase-file".into());
    let insecure = flags.metrics_insecure.then(|| true.into());
    // Log lines are JSON where answers are, unless somebody says otherwise.
    let is_said =
        |setting: &Setting| setting.key == "log.format" && setting.source != Source::Default;
    let is_json = flags.is_for_programs && !settings.iter().any(is_said);
    for (key, value, flag) in [
        ("data", file(&flags.data), "--data"),
        ("anchor", file(&flags.anchor), "--anchor"),
        ("listen", listen, "--listen"),
        ("metrics", text(&flags.metrics), "--metrics"),
        ("metrics_insecure", insecure, "--metrics-insecure"),
        ("health", text(&flags.health), "--health"),
        (
            "origin_prefix",
            text(&flags.origin_prefix),
            "--origin-prefix",
        ),
        ("kek.provider", provider, "--passphrase-file"),
        (
            "kek.path",
            file(&flags.passphrase_file),
            "--passphrase-file",
        ),
        (
            "clock.right_until",
            text(&flags.clock_right_until),
            "--clock-right-until",
        ),
        ("log.format", is_json.then(|| "json".into()), "--output"),
        ("log.format", text(&flags.log_format), "--log-format"),
        ("log.filter", text(&flags.log_filter), "--log-filter"),
    ] {
        if let Some(value) = value {
            put(settings, key.to_owned(), value, Source::Flag(flag));
        }
    }
}

/// Sets a key, in the place of what a layer below said of it.
fn put(settings: &mut Vec<Setting>, key: String, value: Value, source: Source) {
    settings.retain(|setting| setting.key != key);
    settings.push(Setting {
        key,
        value: masked(value),
        source,
    });
}

fn path(path: &Path) -> Value {
    path.display().to_string().into()
}

fn json(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A URL can name a user and a password before its host. A password may have an `@` of its own, so the last one counts.
fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => without_user(&text).unwrap_or(text).into(),
        Value::Array(list) => list.into_iter().map(masked).collect(),
        value => value,
    }
}

/// A URL with its user left out; none if it names none.
fn without_user(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (_, host) = rest[..end].rsplit_once('@')?;
    Some(format!("{scheme}://***@{host}{}", &rest[end..]))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{Config, Terminal};

    fn effective(text: &str, flags: Flags) -> Vec<Setting> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("indelible.toml");
        fs::write(&path, text).unwrap();
        let flags = Flags {
            config: Some(path),
            ..flags
        };
        Config::effective(&flags, Terminal::Present).unwrap()
    }

    fn of<'a>(settings: &'a [Setting], key: &str) -> (&'a Value, &'a Source) {
        let found: Vec<_> = settings.iter().filter(|it| it.key == key).collect();
        assert_eq!(found.len(), 1, "{key}");
        (&found[0].value, &found[0].source)
    }

    #[test]
    fn each_setting_is_shown_once_with_where_it_comes_from() {
        let text = "data = \"/var/lib/indelible/data\"\n[memory]\nbudget_mib = 256\n\
            [[access]]\nprincipals = [\"unix:alice\"]\nroles = [\"writer\"]\non = [\"pay\"]\n";
        let flags = Flags {
            log_format: Some("json".to_owned()),
            ..Flags::default()
        };
        let settings = effective(text, flags);
        let flag = Source::Flag("--log-format");
        assert_eq!(of(&settings, "log.format"), (&"json".into(), &flag));
        assert_eq!(
            of(&settings, "memory.budget_mib"),
            (&256.into(), &Source::File)
        );
        assert_eq!(of(&settings, "access.1.roles").1, &Source::File);
        assert_eq!(of(&settings, "limits.ledgers").1, &Source::Default);
        let anchor = &"/var/lib/indelible/data.anchor".into();
        assert_eq!(of(&settings, "anchor"), (anchor, &Source::Default));
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let shown = |text: &str| masked(text.into());
        assert_eq!(
            shown("https://me:secret@id.example.org/x"),
            "https://***@id.example.org/x"
        );
        assert_eq!(
            shown("https://me:sec@ret@id.example.org?x=1"),
            "https://***@id.example.org?x=1"
        );
        assert_eq!(
            shown("https://id.example.org/@x"),
            "https://id.example.org/@x"
        );
        assert_eq!(shown("arn:aws:kms:eu:1:key/x"), "arn:aws:kms:eu:1:key/x");
    }
}
