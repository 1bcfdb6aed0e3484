//! Nothing in the engine but the environment looks at a clock, draws random bytes or waits: read from the sources.

use crate::imports::{source::without_tests, sources};

/// What would go past the environment.
const PAST_IT: [&str; 8] = [
    "Instant",
    "SystemTime",
    "thread::sleep",
    "park_timeout",
    "getrandom",
    "SystemEntropy",
    "::generate()",
    "blocking_recv",
];
/// Where the environment is, and how its loops sleep.
const ENVIRONMENT: &str = "state/environment";

#[test]
fn time_chance_and_turns_come_from_the_environment_alone() {
    let mut past = Vec::new();
    for (module, source) in &sources("ledger/src") {
        let code = without_tests(source);
        let module = module.join("/");
        for word in PAST_IT {
            match code.contains(word) {
                true if module != ENVIRONMENT => past.push(format!("{module} names {word}")),
                false if module == ENVIRONMENT && matches!(word, "Instant" | "SystemEntropy") => {
                    panic!("the sources are not read as they should be")
                }
                _ => {}
            }
        }
    }
    assert!(past.is_empty(), "past the environment: {past:#?}");
}
