//! Which of options, contexts and the environment wins, part by part.

use std::time::Duration;

use super::*;
use crate::cli::connection::Connection;

const PROD: &str = "https://prod.example:7311";
const OTHER: &str = "https://other.example:7311";

/// A context without files, which is in use.
fn contexts() -> Result<Contexts, CliError> {
    let mut contexts = Contexts::default();
    contexts.set("prod", Where::at(PROD).named())?;
    contexts.choose("prod")?;
    Ok(contexts)
}

/// An environment that is for this daemon, or for none in particular.
fn environment(address: Option<&str>) -> Environment {
    Environment {
        address: address.map(str::to_owned),
        context: None,
        ca: Some("env-ca".into()),
        cert: Some("env-cert".into()),
        cert_key: Some("env-key".into()),
        token_file: Some("env-token".into()),
    }
}

/// Where it leads, whether the environment's files are shown there, and what is said of it.
fn led(place: Where, environment: &Environment) -> (String, bool, Vec<String>) {
    let settled = place.settled(environment, contexts).unwrap();
    let warnings = settled.warnings.clone();
    let connection = Connection::new(settled, Duration::from_secs(1));
    let files = [
        &connection.ca,
        &connection.cert,
        &connection.cert_key,
        &connection.token_file,
    ];
    let shown = files.iter().filter(|file| file.is_some()).count();
    assert!([0, 4].contains(&shown), "some of them: {connection:?}");
    (connection.address().to_owned(), shown == 4, warnings)
}

#[test]
fn the_environment_is_shown_to_no_daemon_that_it_does_not_speak_of() {
    let named = |context: &str| Where {
        context: Some(context.to_owned()),
        ..Where::default()
    };
    for (what, place, environment, wanted) in [
        (
            "the context in use",
            Where::default(),
            environment(None),
            (PROD, false),
        ),
        (
            "a context that is named",
            named("prod"),
            environment(Some(OTHER)),
            (PROD, false),
        ),
        (
            "another address",
            Where::at(PROD),
            environment(Some(OTHER)),
            (PROD, false),
        ),
        (
            "the environment's own",
            Where::default(),
            environment(Some(OTHER)),
            (OTHER, true),
        ),
        (
            "the same address",
            Where::at(OTHER),
            environment(Some(OTHER)),
            (OTHER, true),
        ),
        (
            "no address of its own",
            Where::at(OTHER),
            environment(None),
            (OTHER, true),
        ),
    ] {
        let (address, shown, warnings) = led(place, &environment);
        assert_eq!((address.as_str(), shown), wanted, "{what}");
        // Whoever counts on them is told.
        let told = warnings
            .iter()
            .any(|one| one.contains("INDELIBLE_TOKEN_FILE"));
        assert_eq!(told, !shown, "{what}: {warnings:?}");
    }
}

#[test]
fn a_context_that_is_set_aside_is_named() {
    let (_, _, warnings) = led(Where::default(), &environment(Some(OTHER)));
    let words = |name| format!("the context {name} is set aside, since INDELIBLE_ADDRESS is set");
    assert_eq!(warnings, [words("prod")]);
    let both = Environment {
        context: Some("stage".to_owned()),
        ..environment(Some(OTHER))
    };
    let (address, _, warnings) = led(Where::default(), &both);
    assert_eq!((address.as_str(), warnings), (OTHER, vec![words("stage")]));
    let (_, _, warnings) = led(Where::at(OTHER), &environment(None));
    assert!(
        warnings.is_empty(),
        "whoever writes an address means it: {warnings:?}"
    );
}

#[test]
fn options_take_the_place_of_a_context_s_parts() {
    let place = Where {
        context: Some("prod".to_owned()),
        token_file: Some("own-token".into()),
        ..Where::default()
    };
    let settled = place.settled(&environment(None), contexts).unwrap();
    let connection = Connection::new(settled, Duration::from_secs(1));
    assert_eq!(connection.address(), PROD);
    assert_eq!(connection.token_file, Some("own-token".into()));
    assert_eq!(connection.ca, None);
}

/// A context with files of its own, which is in use.
fn contexts_with_files() -> Result<Contexts, CliError> {
    let mut contexts = contexts()?;
    let own = std::env::current_exe().unwrap();
    let files = Where {
        cert: Some(own.clone()),
        cert_key: Some(own.clone()),
        token_file: Some(own),
        ..Where::at(PROD)
    };
    contexts.set("prod", files.named())?;
    Ok(contexts)
}

#[test]
fn whoever_counts_on_a_certificate_is_told_that_another_one_is_shown() {
    let said = |place: Where, environment: &Environment| {
        let settled = place.settled(environment, contexts_with_files).unwrap();
        settled.warnings.join("\n")
    };
    // The context's own take the place of the environment's.
    let warned = said(Where::default(), &environment(None));
    for name in [
        "INDELIBLE_CERT,",
        "INDELIBLE_CERT_KEY",
        "INDELIBLE_TOKEN_FILE",
    ] {
        assert!(warned.contains(name), "{name}: {warned}");
    }
    // Options take the place of both, as whoever gives them wants.
    let given = Where {
        cert: Some("own".into()),
        cert_key: Some("own".into()),
        ..Where::default()
    };
    let warned = said(given, &environment(None));
    assert!(!warned.contains("INDELIBLE_CERT"), "{warned}");
    // An address sets the context aside, with all that it shows.
    let bare = Environment::default();
    let warned = said(Where::at(OTHER), &bare);
    for words in [
        "context prod is set aside",
        "certificate and token are not shown",
    ] {
        assert!(warned.contains(words), "{words}: {warned}");
    }
    let with_own = Where {
        cert: Some("own".into()),
        cert_key: Some("own".into()),
        token_file: Some("own".into()),
        ..Where::at(OTHER)
    };
    assert_eq!(said(with_own, &bare), "");
}
