//! One file in `tests/data/config` for each mistake, named for it.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
};

use super::*;

/// Every bad file, and what the refusal must say.
const MISTAKES: [(&str, &str); 36] = [
    ("bad_listen_nowhere", "listen is an empty list"),
    (
        "bad_listen_on_a_long_path",
        "has a path of more than 107 bytes",
    ),
    ("bad_tls_without_a_key", "missing field `key`"),
    (
        "bad_tls_client_certificates",
        "client_certificates is \"maybe\"",
    ),
    (
        "bad_tls_required_without_authorities",
        "[tls] sets client_certificates but not client_ca",
    ),
    (
        "bad_tls_revoked_key",
        "revoked_client_keys of [tls] has \"sha256:0123456789abcdef\"",
    ),
    ("bad_syntax", "line 1, column"),
    ("bad_unknown_key", "unknown field `fsync`"),
    (
        "bad_unknown_key_in_a_table",
        "unknown field `interval_seconds`",
    ),
    ("bad_type", "invalid type: string …, expected u64"),
    ("bad_unknown_provider", "unknown variant `plaintext`"),
    ("bad_provider_without_its_key", "missing field `path`"),
    ("bad_provider_with_another_ones_key", "unknown field `path`"),
    ("bad_data_missing", "no data directory"),
    ("bad_data_is_the_root", "can't be a data directory"),
    (
        "bad_listen_on_all_addresses",
        "refusing to listen on 0.0.0.0:7311 without TLS",
    ),
    (
        "bad_listen_on_a_public_address",
        "refusing to listen on [2001:db8::1]:7311",
    ),
    (
        "bad_listen_on_a_host_name",
        "can't listen on \"localhost:7311\"",
    ),
    (
        "bad_anchor_inside_data",
        "the anchor /var/lib/indelible/data/anchor is inside",
    ),
    (
        "bad_passphrase_inside_data",
        "the passphrase file /var/lib/indelible/data/passphrase is inside",
    ),
    (
        "bad_origin_prefix_reserved",
        "the origin prefix \"indelible\" is refused",
    ),
    (
        "bad_origin_prefix_with_a_number_sign",
        "the origin prefix \"audit.example.com#1\" is refused",
    ),
    ("bad_origin_prefix_too_long", "is refused"),
    (
        "bad_publication_interval_zero",
        "publication.interval_ms is 0: it must be from 100",
    ),
    (
        "bad_publication_interval_endless",
        "publication.interval_ms is 3600001",
    ),
    (
        "bad_clock_step_zero",
        "clock.max_step_hours is 0: it must be from 1",
    ),
    (
        "bad_retention_every_endless",
        "retention.every_hours is 8785: it must be from 0 to 8784",
    ),
    (
        "bad_clock_right_until",
        "the time \"tomorrow\" until which the clock is right is not valid",
    ),
    (
        "bad_limits_no_ledgers",
        "limits.ledgers is 0: it must be from 1",
    ),
    (
        "bad_limits_connections_per_address",
        "limits.connections_per_address is 1000001: it must be from 0",
    ),
    (
        "bad_limits_token_days",
        "limits.token_days is 367: it must be from 1",
    ),
    (
        "bad_limits_tokens_per_maker",
        "limits.tokens_per_maker is 4097: it must be from 1 to 4096",
    ),
    (
        "bad_issuer_keys_unencrypted",
        "is not encrypted, so whoever is on the way could put keys of their own in",
    ),
    (
        "bad_memory_budget_too_small",
        "memory.budget_mib is 64: it must be from 192",
    ),
    ("bad_log_format", "the log format \"xml\" is unknown"),
    (
        "bad_log_filter",
        "the log filter \"indelible=loudly\" is not valid",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config")
}

fn flags(file: &str) -> Flags {
    Flags {
        config: Some(folder().join(format!("{file}.toml"))),
        ..Flags::default()
    }
}

#[test]
fn each_mistake_is_named() {
    for (file, wanted) in MISTAKES {
        let error = Config::load(&flags(file), Terminal::Present)
            .expect_err(file)
            .to_string();
        assert!(error.contains(wanted), "{file}: {error}");
    }
}

#[test]
fn no_file_is_forgotten() {
    let there: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .filter(|name| name.starts_with("bad_"))
        .collect();
    let tried: BTreeSet<String> = MISTAKES
        .iter()
        .map(|(file, _)| (*file).to_owned())
        .collect();
    assert_eq!(there, tried);
}

#[test]
fn a_good_file_says_it_all() {
    let config = Config::load(&flags("good"), Terminal::Absent).unwrap();
    assert_eq!(config.data, Path::new("/var/lib/indelible/data"));
    assert_eq!(
        config.anchor,
        Path::new("/var/lib/indelible-anchor/data.anchor")
    );
    assert_eq!(
        config
            .listen
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["[::1]:7311"]
    );
    assert_eq!(config.origin_prefix.as_str(), "audit.example.com");
    assert_eq!(
        config.kek.current,
        KekSource::Passphrase(SecretSource::File("/etc/indelible/passphrase".into()))
    );
    assert_eq!(config.publication.interval, Duration::from_millis(500));
    let rule = ClockRule {
        max_step: Duration::from_secs(48 * 3_600),
        right_until: typed("2026-12-24T00:00:00Z").unwrap(),
    };
    assert_eq!(config.clock, rule);
    assert_eq!(config.ledgers, 500);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn a_data_directory_is_all_that_must_be_said() {
    let flags = Flags {
        data: Some("/var/lib/indelible/data".into()),
        ..Flags::default()
    };
    let config = Config::load(&flags, Terminal::Present).unwrap();
    assert_eq!(config.anchor, Path::new("/var/lib/indelible/data.anchor"));
    assert_eq!(config.listen, [ListenAddress::Socket(own_socket())]);
    assert_eq!(config.tls, None);
    assert_eq!(config.origin_prefix.as_str(), ORIGIN_PREFIX_DEFAULT);
    assert_eq!(config.clock, ClockRule::default());
    assert_eq!(config.ledgers, LEDGERS_MAX);
    assert_eq!(
        config.kek.current,
        KekSource::Passphrase(SecretSource::Prompt)
    );
}

#[test]
fn flags_win_over_the_file() {
    let flags = Flags {
        data: Some("/srv/other".into()),
        listen: vec!["127.0.0.2:9".into(), "unix:/run/x".into()],
        log_format: Some("text".into()),
        ..flags("good")
    };
    let config = Config::load(&flags, Terminal::Absent).unwrap();
    assert_eq!(config.data, Path::new("/srv/other"));
    let places: Vec<_> = config.listen.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["127.0.0.2:9", "unix:/run/x"]);
    assert_eq!(
        config.kek.current,
        KekSource::Passphrase(SecretSource::File("/etc/indelible/passphrase".into()))
    );
    assert_eq!(config.log.format, LogFormat::Text);
    // Whoever reads errors as JSON reads log lines, which stand beside them, as JSON.
    let programs = |log_format| Flags {
        data: Some("/srv/other".into()),
        log_format,
        is_for_programs: true,
        ..Flags::default()
    };
    for (written, format) in [
        (None, LogFormat::Json),
        (Some("text".into()), LogFormat::Text),
    ] {
        let config = Config::load(&programs(written), Terminal::Present).unwrap();
        assert_eq!(config.log.format, format);
    }
    assert_eq!(
        config.anchor,
        Path::new("/var/lib/indelible-anchor/data.anchor"),
        "from the file"
    );
}

/// Whichever were taken, somebody would rely on the other: a passphrase in place of a KMS that is configured makes all
/// keys under the passphrase.
#[test]
fn two_key_providers_at_once_are_refused_by_name() {
    for (file, provider) in [("good", "passphrase-file"), ("kms", "aws-kms")] {
        let flags = Flags {
            passphrase_file: Some("/run/passphrase".into()),
            ..flags(file)
        };
        let error = Config::load(&flags, Terminal::Present).unwrap_err();
        assert!(matches!(error, ConfigError::TwoProviders { .. }), "{error}");
        let words = error.to_string();
        assert!(
            words.contains("--passphrase-file") && words.contains(provider),
            "{words}"
        );
    }
    assert!(Config::load(&flags("kms"), Terminal::Absent).is_ok());
}

#[test]
fn a_passphrase_is_never_invented() {
    let flags = Flags {
        data: Some("/var/lib/indelible/data".into()),
        ..Flags::default()
    };
    let error = Config::load(&flags, Terminal::Absent).unwrap_err();
    assert!(matches!(error, ConfigError::PassphraseMissing), "{error}");
}

#[test]
fn a_link_does_not_hide_that_the_anchor_lies_inside() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
    let flags = Flags {
        data: Some(data),
        anchor: Some(folder.path().join("link/anchor")),
        ..Flags::default()
    };
    let error = Config::load(&flags, Terminal::Present).unwrap_err();
    assert!(
        matches!(error, ConfigError::InsideData { what: "anchor", .. }),
        "{error}"
    );
}

#[test]
fn a_file_that_is_missing_or_huge_is_said_so() {
    let error = Config::load(&flags("there_is_none"), Terminal::Present).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.toml");
    fs::write(
        &path,
        "#".repeat(crate::limits::CONFIG_BYTES_MAX as usize + 1),
    )
    .unwrap();
    let flags = Flags {
        config: Some(path),
        ..Flags::default()
    };
    let error = Config::load(&flags, Terminal::Present).unwrap_err();
    assert!(matches!(error, ConfigError::TooLarge { .. }), "{error}");
}

/// What stands in a file that was named by mistake is in no error.
#[test]
fn the_text_of_a_file_is_not_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("passphrase");
    for text in [
        "hunter2-secret\n",
        "hunter2 secret words\n",
        "data = hunter2-secret\n",
        "data = \"/d\"\nmemory = \"hunter2-secret\"\n",
        "data = \"/d\"\nkek = \"hunter2-secret\"\n",
        "data = \"/d\"\n[limits]\nledgers = \"hunter2-\\\"secret\"\n",
        "\"hunter2-secret",
    ] {
        fs::write(&path, text).unwrap();
        let Err(error) = file::File::read(&path) else {
            panic!("{text:?} is a configuration");
        };
        let told = format!("{error}");
        assert!(
            !told.contains("hunter2") && !told.contains("secret"),
            "{text:?}: {told}"
        );
        assert!(told.contains("line "), "{text:?}: {told}");
    }
}

#[test]
fn a_directory_that_others_write_to_is_nobodys_word() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    let (anybody, user) = (None, Some(crate::users::own()));
    let allow = |mode| fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
    for mode in [0o777, 0o1777, 0o775, 0o757] {
        allow(mode);
        for whose in [anybody, user] {
            assert!(!defaults::is_kept(directory, whose), "{mode:o}");
        }
    }
    allow(0o755);
    assert!(defaults::is_kept(directory, user));
    // Below `/run` the directory of a daemon's user is as good as root's own, which made it.
    if chown(directory, Some(12_345), None).is_ok() {
        assert!(!defaults::is_kept(directory, user));
        assert!(defaults::is_kept(directory, anybody));
    }
    assert!(!defaults::is_kept(&directory.join("gone"), anybody));
}
