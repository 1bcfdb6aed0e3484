//! The crates: which build on which, and what each of them must not know. What their modules
//! import of each other is in `imports`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{read, sources_below};

/// The crates of the workspace by the name that the pages give them, each with its manifest.
const CRATES: &[(&str, &str)] = &[
    ("access", "access/Cargo.toml"),
    ("backup", "backup/Cargo.toml"),
    ("benches/load", "benches/load/Cargo.toml"),
    ("bucket", "bucket/Cargo.toml"),
    ("compliance", "compliance/Cargo.toml"),
    ("evidence", "evidence/Cargo.toml"),
    ("governance", "governance/Cargo.toml"),
    ("interchange", "interchange/Cargo.toml"),
    ("keystore", "keystore/Cargo.toml"),
    ("ledger", "ledger/Cargo.toml"),
    ("meters", "meters/Cargo.toml"),
    ("proto", "proto/Cargo.toml"),
    ("server", "server/Cargo.toml"),
    ("src", "Cargo.toml"),
    ("store", "store/Cargo.toml"),
    ("verify", "verify/Cargo.toml"),
];

/// All that the format may build on: hashes, ciphers, signatures, and text forms.
const EVIDENCE_BUILDS_ON: &[&str] = &[
    "aes-gcm",
    "base64",
    "blake3",
    "ed25519-dalek",
    "sha2",
    "thiserror",
    "zeroize",
];

/// What reaches out of a pure crate: files, sockets, programs, the environment, clocks and randomness.
const REACHES_OUT: &[&str] = &[
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::now",
    "getrandom",
    "rand::",
    "tokio",
];

/// The folders that the sources of the crates are in.
pub(super) fn folders() -> impl Iterator<Item = String> {
    CRATES.iter().map(|(name, _)| match *name {
        "src" => "src".to_owned(),
        name => format!("{name}/src"),
    })
}

/// The names in `[dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = read(manifest);
    let (_, section) = text
        .split_once("\n[dependencies]\n")
        .unwrap_or_else(|| panic!("{manifest} has no dependencies"));
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// What each crate builds on, of the crates here, as their manifests say.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let arrows = CRATES.iter().map(|(name, manifest)| {
        let of_ours = dependencies(manifest)
            .iter()
            .filter_map(|dependency| dependency.strip_prefix("indelible-"))
            .map(|dependency| match dependency {
                "load" => "benches/load".to_owned(),
                dependency => dependency.to_owned(),
            })
            .collect();
        ((*name).to_owned(), of_ours)
    });
    arrows.collect()
}

/// What docs/architecture.md says about it: the table under *Crates*.
fn arrows_on_the_page() -> BTreeMap<String, BTreeSet<String>> {
    let page = read("docs/architecture.md");
    let (_, table) = page
        .split_once("| crate | builds on |\n")
        .expect("docs/architecture.md has the table of crates");
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let names = |cell: &str| -> Vec<String> {
        let parts = cell.split('`').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').collect();
        (
            names(cells[1]).remove(0),
            names(cells[2]).into_iter().collect(),
        )
    })
    .collect()
}

#[test]
fn crates_build_on_what_the_page_says() {
    assert_eq!(arrows_on_the_page(), arrows());
}

#[test]
fn every_member_of_the_workspace_is_looked_at() {
    let manifest = read("Cargo.toml");
    let members = manifest
        .lines()
        .find_map(|line| line.strip_prefix("members = "))
        .unwrap();
    let members: BTreeSet<_> = members.split('"').skip(1).step_by(2).collect();
    let looked_at: BTreeSet<_> = CRATES
        .iter()
        .map(|(name, _)| if *name == "src" { "." } else { name })
        .collect();
    assert_eq!(members, looked_at);
}

/// The layers of the whole, topmost first.
#[test]
fn arrows_go_downward_only() {
    let layers: &[&[&str]] = &[
        &["src", "verify"],
        &["server", "interchange", "benches/load"],
        &["ledger", "proto", "backup"],
        &["store", "keystore", "compliance", "governance"],
        &["access", "bucket", "evidence", "meters"],
    ];
    let layer = |name: &str| layers.iter().position(|layer| layer.contains(&name));
    for (from, to) in arrows() {
        for to in to {
            assert!(
                layer(&from).unwrap() < layer(&to).unwrap(),
                "{from} builds on {to}"
            );
        }
    }
}

#[test]
fn the_format_builds_on_nothing_that_does_io() {
    let allowed = EVIDENCE_BUILDS_ON.iter().map(|name| (*name).to_owned());
    assert_eq!(dependencies("evidence/Cargo.toml"), allowed.collect());
}

#[test]
fn pure_crates_reach_out_for_nothing() {
    for folder in [
        "access/src",
        "evidence/src",
        "compliance/src",
        "governance/src",
        "interchange/src",
    ] {
        for path in sources_below(folder) {
            if path.contains("test") {
                continue;
            }
            let source = read(&path);
            let code = source.split("#[cfg(test)]").next().unwrap();
            for line in code.lines().filter(|line| !line.trim().starts_with("//")) {
                for name in REACHES_OUT {
                    assert!(!line.contains(name), "{path} names {name}: {line}");
                }
            }
        }
    }
}

/// Sources that name a library, but for tests and examples.
fn that_name(library: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders() {
        let names_it = |path: &String| {
            let source = read(path);
            let mut code = source.lines().filter(|line| !line.trim().starts_with("//"));
            !path.contains("/tests") && code.any(|line| line.contains(library))
        };
        found.extend(sources_below(&folder).into_iter().filter(names_it));
    }
    found
}

#[test]
fn each_library_of_the_outside_world_has_one_place() {
    let within = |library: &str, folder: &str| {
        let found = that_name(library);
        assert!(!found.is_empty(), "nothing names {library}");
        for path in found {
            assert!(path.starts_with(folder), "{path} names {library}");
        }
    };
    within("rocksdb::", "store/src/rocks/");
    within("tonic::async_trait", "server/src/rpc/");
    within("granit_parser::", "governance/src/yaml/build.rs");
    within("regex::", "governance/src/pattern.rs");
    within("cryptoki::", "keystore/src/providers/pkcs11/api/");
    within("aws_sdk_kms::", "keystore/src/providers/aws_kms/sdk.rs");
}
