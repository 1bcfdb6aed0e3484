//! What holds whatever is bound to whom, and that the compiled table says what a plain look at all bindings says.

use super::*;

const WHO: [&str; 5] = [
    "unix:alice",
    "unix:#1000",
    "unix-group:staff",
    "unix:bob",
    "unix:alic",
];

/// Short names over few letters, so that they are often each other's beginnings.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab_][ab/]{0,4}", "[a-c]{1,12}", Just("_system".to_owned())]
}

fn place() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => name(),
        3 => name().prop_map(|name| format!("{name}*")),
        1 => Just("*".to_owned()),
        1 => Just("@store".to_owned()),
    ]
}

fn sources() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(prop_oneof!["[ab]{1,2}", "[ab]{0,2}\\*"], 1..3),
    ]
}

fn any_binding() -> impl Strategy<Value = Binding> {
    let role = prop::sample::select(Role::ALL);
    (prop::sample::select(&WHO[..]), role, place(), sources()).prop_map(
        |(who, role, on, sources)| {
            let mut bound = binding(who, role, &on);
            if role == Role::Writer {
                let sources = sources.iter();
                bound.sources = sources
                    .map(|text| SourcePattern::parse(text).unwrap())
                    .collect();
            }
            bound
        },
    )
}

fn bindings() -> impl Strategy<Value = Vec<Binding>> {
    prop::collection::vec(any_binding(), 0..12)
}

/// What a call may give as a ledger: names, origins, and what is neither.
fn ledger() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => name(),
        1 => name().prop_map(|name| format!("a.b/{name}/000102abcdef")),
        1 => "\\PC{0,8}",
        1 => Just(String::new()),
        1 => Just("\u{430}".to_owned()),
    ]
}

fn table(bindings: Vec<Binding>) -> Table {
    Table::new(bindings, DualControl::NeverInForce)
}

/// The reference: every binding is looked at, and what it says is taken literally.
fn plainly(bindings: &[Binding], action: Action, scope: Scope<'_>, source: Option<&str>) -> bool {
    let caller = alice();
    bindings.iter().any(|bound| {
        let is_own = caller.names().any(|name| *name == bound.principal);
        let is_there = match (action.bound(), scope) {
            (Bound::Anywhere, _) => true,
            (Bound::Ledger | Bound::Either, Scope::Ledger(text)) => {
                let name = text.rsplit('/').nth(1).unwrap_or(text);
                let is_possible = !name.starts_with('_') || ON_LEDGERS_OF_THE_STORE.has(action);
                is_possible && bound.reach.covers_ledger(name)
            }
            (Bound::Store | Bound::Either, Scope::Store) => bound.reach == Reach::Store,
            _ => false,
        };
        let is_of_source = match source {
            Some(source) => {
                bound.sources.is_empty() || bound.sources.iter().any(|own| own.covers(source))
            }
            None => true,
        };
        is_own && is_there && is_of_source && bound.role.actions().has(action)
    })
}

proptest! {
    #[test]
    fn the_table_says_what_a_plain_look_says(bindings in bindings(), ledger in ledger()) {
        let compiled = table(bindings.clone());
        for action in Action::ALL.iter().copied() {
            for scope in [Scope::Ledger(&ledger), Scope::Store] {
                let decision = compiled.decide(&alice(), action, scope);
                prop_assert_eq!(
                    decision.is_granted(),
                    plainly(&bindings, action, scope, None),
                    "{:?} {:?}", action, scope
                );
            }
        }
        let shown = compiled.actions_on(&alice(), &ledger);
        for action in Action::ALL.iter().copied().filter(|action| action.bound() == Bound::Ledger) {
            let decided = compiled.decide(&alice(), action, Scope::Ledger(&ledger));
            prop_assert_eq!(shown.has(action), decided.is_granted(), "{:?}", action);
        }
    }

    #[test]
    fn sources_are_judged_as_a_plain_look_does(
        bindings in bindings(),
        ledger in ledger(),
        source in "[ab]{0,3}",
    ) {
        let compiled = table(bindings.clone());
        let decision = compiled.decide_source(&alice(), &ledger, &source).is_granted();
        let scope = Scope::Ledger(&ledger);
        prop_assert_eq!(decision, plainly(&bindings, Action::Append, scope, Some(&source)));
        // Whoever may append of every source may append of this one, and whoever of none, of none.
        match compiled.decide(&alice(), Action::Append, scope) {
            Decision::Granted(grant) => {
                prop_assert!(decision || grant.sources == SourceRule::Some);
            }
            Decision::Denied => prop_assert!(!decision),
        }
    }

    #[test]
    fn a_binding_more_takes_nothing_away(
        bindings in bindings(),
        more in any_binding(),
        ledger in ledger(),
        source in "[ab]{0,3}",
    ) {
        let before = table(bindings.clone());
        let after = table(bindings.into_iter().chain([more]).collect());
        let caller = alice();
        for action in Action::ALL.iter().copied() {
            for scope in [Scope::Ledger(&ledger), Scope::Store] {
                let granted = |table: &Table| table.decide(&caller, action, scope).is_granted();
                prop_assert!(!granted(&before) || granted(&after), "{:?} {:?}", action, scope);
            }
        }
        let granted = |table: &Table| table.decide_source(&caller, &ledger, &source).is_granted();
        prop_assert!(!granted(&before) || granted(&after));
    }

    #[test]
    fn whoever_is_not_bound_may_do_nothing(bindings in bindings(), ledger in ledger()) {
        let table = table(bindings);
        // Names that are nearly those of others.
        for who in ["alicee", "ALICE", "lice", "staff"] {
            let stranger = Caller::unix(7, Some(who), &[(51, Some("staf")), (52, Some("alice"))]);
            let stranger = stranger.unwrap();
            for action in Action::ALL.iter().copied() {
                for scope in [Scope::Ledger(&ledger), Scope::Store] {
                    prop_assert_eq!(table.decide(&stranger, action, scope), Decision::Denied);
                }
            }
            prop_assert_eq!(table.decide_source(&stranger, &ledger, "a"), Decision::Denied);
            prop_assert_eq!(table.actions_on(&stranger, &ledger), ActionSet::EMPTY);
        }
    }

    #[test]
    fn what_is_denied_is_explained_without_a_word_of_what_is_there(
        bindings in bindings(),
        one in ledger(),
        other in ledger(),
    ) {
        let table = table(bindings);
        let caller = alice();
        for action in Action::ALL.iter().copied() {
            // It repeats the name that was asked about; what it says else depends on nothing but whether anybody can do
            // it on a ledger of such a name.
            let refused = |ledger: &str| match table.decide(&caller, action, Scope::Ledger(ledger)) {
                Decision::Denied => {
                    let text = table.refusal(&caller, action, Scope::Ledger(ledger)).to_string();
                    let can = crate::decide::can_be_done(action, Scope::Ledger(ledger));
                    let named = ["the ledger", "the ledgers"].map(|what| format!("{what} {ledger},"));
                    let text = text.replace(&named[0], "this ledger,");
                    Some((can, text.replace(&named[1], "this ledger,")))
                }
                Decision::Granted(_) => None,
            };
            if let (Some(one), Some(other)) = (refused(&one), refused(&other))
                && one.0 == other.0
            {
                prop_assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn an_explanation_names_what_grants(bindings in bindings(), ledger in ledger()) {
        let table = table(bindings);
        let caller = alice();
        for action in Action::ALL.iter().copied() {
            for scope in [Scope::Ledger(&ledger), Scope::Store] {
                let explained = table.explain(&caller, action, scope);
                let granted = explained.decision.is_granted();
                prop_assert_eq!(explained.by.is_empty(), !granted, "{:?} {:?}", action, scope);
                let alone: Vec<Binding> = explained.by.iter().map(|bound| (*bound).clone()).collect();
                for bound in alone {
                    let table = Table::new(vec![bound], DualControl::NeverInForce);
                    prop_assert!(table.decide(&caller, action, scope).is_granted());
                }
            }
        }
    }
}
