//! What `scripts/test-planted` says of a patch: caught, not caught, not compiled, or not fitting; and that a campaign goes
//! on where it was broken off.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::ROOT;

const SOURCE: &str = "pub fn two() -> u32 {\n    2\n}\n\npub fn five() -> u32 {\n    5\n}\n\n#[test]\nfn two_is_two() {\n    \
                      assert_eq!(two(), 2);\n}\n";

/// A patch of one line of [`SOURCE`].
fn patch(line: usize, was: &str, becomes: &str) -> String {
    format!(
        "what: a fault\ncaught-by: two_is_two\n\n--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -{line} +{line} @@\n-    {was}\n+    \
         {becomes}\n"
    )
}

/// A crate with a planted fault of each kind.
fn pilot(root: &Path) {
    for folder in ["scripts", "tests/planted", "src"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for script in ["test-planted", "target-dir"] {
        let from = Path::new(ROOT).join("scripts").join(script);
        fs::copy(from, root.join("scripts").join(script)).unwrap();
    }
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"pilot\"\nedition = \"2024\"\n\n[workspace]\n".to_owned(),
        ),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"pilot\"\nversion = \"0.0.0\"\n".to_owned(),
        ),
        ("src/lib.rs", SOURCE.to_owned()),
        ("tests/planted/a-wrong.patch", patch(2, "2", "3")),
        ("tests/planted/b-unseen.patch", patch(6, "5", "6")),
        ("tests/planted/c-broken.patch", patch(2, "2", "\"two\"")),
        ("tests/planted/d-elsewhere.patch", patch(2, "4", "3")),
    ];
    for (name, content) in files {
        fs::write(root.join(name), content).unwrap();
    }
    let made = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(root)
        .status()
        .unwrap();
    assert!(made.success());
}

fn plant(root: &Path) -> Output {
    Command::new(root.join("scripts/test-planted"))
        .args(["--results", "results.tsv"])
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env_remove("RUSTFLAGS")
        .current_dir(root)
        .output()
        .unwrap()
}

#[test]
fn a_campaign_tells_what_became_of_each_patch_and_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    pilot(root);
    let output = plant(root);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{said}");
    let kinds = "no test catches: 1; don't compile: 1; don't fit: 1\n1 passed, 3 failed\n";
    assert!(said.ends_with(kinds), "{said}");
    let results = || fs::read_to_string(root.join("results.tsv")).unwrap();
    let of_each: BTreeMap<String, String> = results()
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .collect();
    let expected = [
        ("a-wrong", "caught"),
        ("b-unseen", "not-caught"),
        ("c-broken", "does-not-compile"),
        ("d-elsewhere", "no-fit"),
    ];
    assert_eq!(
        of_each,
        expected
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .into()
    );

    // Those that are left are made right by whoever runs it.
    for name in ["b-unseen", "d-elsewhere"] {
        fs::remove_file(root.join(format!("tests/planted/{name}.patch"))).unwrap();
    }
    fs::write(
        root.join("tests/planted/c-broken.patch"),
        patch(2, "2", "4"),
    )
    .unwrap();
    let output = plant(root);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(
        said.ends_with("caught before: 1\n1 passed, 0 failed\n"),
        "{said}"
    );
    assert_eq!(results().matches("a-wrong").count(), 1);
    assert!(results().ends_with("c-broken\tcaught\n"), "{}", results());
    let again = plant(root);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        again.status.success() && said.contains("caught before: 2"),
        "{said}"
    );
}
