//! `docs/limits.md` has every limit with its value, and no other.

use std::collections::BTreeMap;

/// The pages of the code whose constants are limits.
const SOURCES: [&str; 13] = [
    include_str!("../../backup/src/limits.rs"),
    include_str!("../../bucket/src/limits.rs"),
    include_str!("../../server/src/limits.rs"),
    include_str!("../../server/src/limits/approvals.rs"),
    include_str!("../../server/src/limits/register.rs"),
    include_str!("../../server/src/limits/backups.rs"),
    include_str!("../../server/src/limits/calls.rs"),
    include_str!("../../server/src/limits/monitoring.rs"),
    include_str!("../../server/src/limits/overload.rs"),
    include_str!("../../server/src/limits/own_tokens.rs"),
    include_str!("../../ledger/src/state/limits.rs"),
    include_str!("../../governance/src/limits.rs"),
    include_str!("../../keystore/src/age/limits.rs"),
];

/// Names and values of the constants that are declared, and not only taken from elsewhere.
fn declared() -> BTreeMap<&'static str, &'static str> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    lines
        .filter_map(|line| {
            let declaration = line.strip_prefix("pub const ")?;
            let (name, rest) = declaration.split_once(": ")?;
            let (_, value) = rest.split_once(" = ")?;
            Some((name, value.strip_suffix(';')?))
        })
        .collect()
}

#[test]
fn the_page_of_limits_has_all_of_them_with_their_values() {
    let page = include_str!("../../docs/limits.md");
    let told: BTreeMap<_, _> = page
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `")?.split_once("` | `")?;
            let (value, what) = rest.split_once("` | ")?;
            assert!(what.len() > 2, "{name} is not explained");
            Some((name, value))
        })
        .collect();
    let declared = declared();
    assert!(declared.len() > 90, "{}", declared.len());
    assert_eq!(told, declared);
}
