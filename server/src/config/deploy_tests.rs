//! What `deploy/` says is so: the example configuration's defaults are the code's.

use std::path::Path;

use super::*;

const EXAMPLE: &str = include_str!("../../../deploy/indelible.toml");

/// The example with its commented defaults in force: a `#` before anything but a space is removed.
fn defaults_in_force() -> String {
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn parse(text: &str) -> file::File {
    toml::from_str(text).unwrap()
}

fn check(file: file::File) -> Config {
    Config::check(&Flags::default(), file, "", Terminal::Present).unwrap()
}

/// Taken apart without `..`, so that a new key does not compile until the example has it.
#[test]
#[expect(clippy::too_many_lines, reason = "it names every key")]
fn the_example_has_every_key() {
    let file::File {
        data,
        anchor,
        listen,
        tls,
        access,
        quotas,
        issuers,
        metrics,
        metrics_insecure,
        metrics_ledgers,
        health,
        origin_prefix,
        kek,
        previous_kek,
        publication: file::Publication { interval_ms },
        clock: file::Clock {
            max_step_hours,
            right_until,
        },
        limits:
            file::Limits {
                ledgers,
                requests_per_second,
                bytes_per_second,
                connections_per_address,
                failed_authentications_per_minute,
                token_days,
                tokens_per_maker,
            },
        retention:
            file::Retention {
                every_hours: retention_hours,
                archive,
            },
        scrub:
            file::Scrub {
                bytes_per_second: scrub_bytes_per_second,
                pass_hours,
                start_delay_seconds,
            },
        memory: file::Memory { budget_mib },
        backup:
            backup::BackupFile {
                directory,
                bucket,
                bucket_endpoint,
                bucket_region,
                bucket_profile,
                bucket_credentials_file,
                every_hours,
                keep_days,
                mib_per_second,
            },
        register,
        rescue: rescue::RescueFile { recipients },
        log: file::Log { format, filter },
        traces: file::Traces { endpoint, ratio },
    } = parse(&defaults_in_force());
    assert!(data.is_some() && anchor.is_some() && listen.is_some() && origin_prefix.is_some());
    assert_eq!(metrics.as_deref(), Some(""), "nowhere");
    assert_eq!((endpoint.as_deref(), ratio), (Some(""), Some(0.0)));
    assert_eq!((metrics_insecure, metrics_ledgers), (Some(false), Some(0)));
    assert_eq!(health.as_deref(), Some(""), "nowhere");
    assert!(issuers.is_empty(), "it stands in a comment, too");
    assert_eq!(
        connections_per_address,
        Some(CONNECTIONS_PER_ADDRESS_DEFAULT)
    );
    assert_eq!(
        failed_authentications_per_minute,
        Some(FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT)
    );
    assert_eq!(token_days, Some(TOKEN_DAYS_MAX));
    assert_eq!(tokens_per_maker, Some(OWN_TOKENS_OF_A_MAKER_DEFAULT));
    assert!(
        access.is_empty(),
        "it stands in a comment, since it names people"
    );
    assert!(quotas.is_empty(), "they stand in a comment, too");
    assert!(
        tls.is_none(),
        "it stands in a comment, since it names files"
    );
    assert_eq!(right_until.as_deref(), Some(""), "no time");
    assert!(interval_ms.is_some() && budget_mib.is_some() && format.is_some() && filter.is_some());
    assert!(max_step_hours.is_some() && ledgers.is_some() && retention_hours.is_some());
    assert_eq!(directory.as_deref(), Some(Path::new("")), "nowhere");
    assert_eq!(archive.as_deref(), Some(Path::new("")), "nowhere");
    let of_bucket = [bucket, bucket_endpoint, bucket_region, bucket_profile];
    assert!(
        of_bucket.iter().all(|text| text.as_deref() == Some("")),
        "in no bucket"
    );
    assert_eq!(bucket_credentials_file.as_deref(), Some(Path::new("")));
    assert!(every_hours.is_some() && keep_days.is_some() && mib_per_second.is_some());
    no_register(register);
    assert_eq!(recipients.as_deref(), Some(&[][..]), "nobody");
    assert!(scrub_bytes_per_second.is_some() && pass_hours.is_some());
    assert!(start_delay_seconds.is_some());
    assert_eq!((requests_per_second, bytes_per_second), (Some(0), Some(0)));
    assert!(matches!(kek, Some(file::Kek::PassphrasePrompt {})) && previous_kek.is_empty());
}

fn no_register(file: register::RegisterFile) {
    let register::RegisterFile {
        bucket,
        endpoint,
        region,
        profile,
        credentials_file,
        accept_loss,
    } = file;
    let texts = [bucket, endpoint, region, profile];
    assert!(texts.iter().all(|text| text.as_deref() == Some("")));
    assert_eq!(credentials_file.as_deref(), Some(Path::new("")));
    assert_eq!(accept_loss, Some(false));
}

#[test]
fn the_examples_defaults_are_the_codes() {
    let as_it_is = parse(EXAMPLE);
    assert!(as_it_is.metrics.is_none(), "defaults are commented out");
    assert_eq!(check(as_it_is), check(parse(&defaults_in_force())));
}

/// What is left out by default stands in comments, indented: the provider that reads a file, and TLS.
#[test]
fn what_the_example_has_in_comments_is_configured_as_it_says() {
    let block: Vec<&str> = EXAMPLE
        .lines()
        .filter_map(|line| line.strip_prefix("#     "))
        .collect();
    let text = format!("data = \"/var/lib/indelible/data\"\n{}", block.join("\n"));
    let config = check(parse(&text));
    assert!(!config.access.bindings.is_empty() && !config.access.quotas.is_empty());
    let tls = config.tls.unwrap();
    assert!(tls.client_ca.is_some() && tls.client_certificate_required);
    assert_eq!(
        config.kek.current,
        KekSource::Passphrase(SecretSource::File("/etc/indelible/passphrase".into()))
    );
}

/// A key provider's example, with every commented key in force or without.
fn example_of(name: &str, everything: bool) -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if everything && !rest.is_empty() && !rest.starts_with(' ') => rest,
        _ => line,
    });
    check(parse(&lines.collect::<Vec<_>>().join("\n")))
}

#[test]
fn the_examples_for_key_providers_are_configured_as_they_say() {
    for everything in [false, true] {
        let kms = example_of("indelible-kms.toml", everything);
        let KekSource::AwsKms(options) = &kms.kek.current else {
            panic!("{:?}", kms.kek);
        };
        assert!(options.native_identities && options.key.starts_with("arn:aws:kms:eu-central-1:"));
        assert_eq!(options.region.is_some(), everything);
        let hsm = example_of("indelible-hsm.toml", everything);
        let KekSource::Pkcs11(token, pin) = &hsm.kek.current else {
            panic!("{:?}", hsm.kek);
        };
        assert_eq!(
            (token.token_label.as_str(), token.create),
            ("indelible", everything)
        );
        assert_eq!(*pin, SecretSource::File("/etc/indelible/pin".into()));
    }
}

#[test]
fn defaults_are_shown_as_the_example_has_them() {
    let text = "data = \"/var/lib/indelible/data\"";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let flags = Flags {
        config: Some(file.path().to_owned()),
        ..Flags::default()
    };
    let example = environment::table_of(&defaults_in_force());
    let shown = Config::effective(&flags, Terminal::Present).unwrap();
    // Where it listens depends on the user, and the example says so.
    let is_default = |it: &&Setting| it.source == Source::Default && it.key != "listen";
    let defaults: Vec<_> = shown.iter().filter(is_default).collect();
    assert_eq!(defaults.len(), 43);
    for setting in defaults {
        let mut parts = setting.key.split('.');
        let first = parts.next().and_then(|name| example.get(name));
        let value = parts.fold(first, |value, name| value?.get(name));
        let value = value.map(|value| serde_json::to_value(value).unwrap());
        assert_eq!(value.as_ref(), Some(&setting.value), "{}", setting.key);
    }
}
