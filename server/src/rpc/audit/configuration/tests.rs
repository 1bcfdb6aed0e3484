//! What of a configuration goes on record.

use super::*;

fn loaded(listen: &str, bindings: &[&str]) -> (Loaded, Kept) {
    let bindings: BTreeSet<_> = bindings.iter().map(|text| (*text).to_owned()).collect();
    let kept = Kept {
        settings: [("listen".to_owned(), listen.to_owned())].into(),
        bindings: bindings.clone(),
    };
    let loaded = Loaded {
        version: "1",
        file: Some([7; 32]),
        settings: [("listen", listen.to_owned())].into(),
        bindings,
        waiting: BTreeSet::new(),
        revoked_client_keys: 0,
        quotas: 0,
        rescue_recipients: Vec::new(),
    };
    (loaded, kept)
}

fn text<'a>(event: &'a SystemEvent, name: &str) -> Option<&'a str> {
    let fact = event.facts.iter().find(|(found, _)| *found == name)?;
    match &fact.1 {
        SystemFact::Text(text) => Some(text),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn what_is_other_than_the_last_time_is_told_by_key_and_by_binding() {
    let (_, last) = loaded(
        "a",
        &["unix:alice is writer on pay", "unix:bob is auditor on pay"],
    );
    let (now, kept) = loaded(
        "b",
        &["unix:alice is writer on pay", "unix:eve is writer on hr"],
    );
    let event = difference(&now, &kept, Some(&last)).unwrap();
    assert_eq!(text(&event, "changed"), Some("access,listen"));
    assert_eq!(
        text(&event, "bindings_added"),
        Some("unix:eve is writer on hr")
    );
    assert_eq!(
        text(&event, "bindings_removed"),
        Some("unix:bob is auditor on pay")
    );
    let same = difference(&now, &kept, Some(&kept)).unwrap();
    assert_eq!(text(&same, "changed"), None);
    assert_eq!(text(&same, "bindings_added"), None);
}

#[test]
fn what_is_taken_while_the_daemon_runs_is_in_force_and_the_rest_waits() {
    let with = |settings: [(&'static str, &str); 2], file: u8| Loaded {
        file: Some([file; 32]),
        settings: settings.map(|(key, value)| (key, value.to_owned())).into(),
        ..loaded("a", &["unix:alice is writer on pay"]).0
    };
    let before = with([("listen", "a"), ("rates", "1")], 1);
    let taken = before.taken(with([("listen", "b"), ("rates", "2")], 2));
    assert_eq!(
        taken.settings["listen"], "a",
        "the daemon still listens there"
    );
    assert_eq!(taken.settings["rates"], "2");
    assert_eq!(
        (taken.waiting().as_str(), taken.file),
        ("listen", Some([2; 32]))
    );
    let (_, kept) = loaded("a", &["unix:alice is writer on pay"]);
    let event = difference(&taken, &kept, Some(&kept)).unwrap();
    assert_eq!(text(&event, "waits_for_restart"), Some("listen"));
    assert_eq!(text(&event, "changed"), None);
    // Put back as it was, nothing waits any more; other words alone are nothing new.
    let back = taken.taken(with([("listen", "a"), ("rates", "2")], 3));
    assert_eq!(back.waiting(), "");
    assert!(
        !back.is_as(&taken)
            && back.is_as(&before.taken(with([("listen", "a"), ("rates", "2")], 4)))
    );
}

#[test]
fn bindings_are_named_as_far_as_they_fit() {
    let many: Vec<_> = (0..100)
        .map(|n| format!("unix:user{n} is writer on l{n}"))
        .collect();
    let named = named(&many.iter().collect::<Vec<_>>());
    assert!(
        named.len() <= NAMED_BYTES_MAX && named.ends_with(char::is_numeric),
        "{named}"
    );
}
