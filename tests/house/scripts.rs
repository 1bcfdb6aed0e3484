//! What scripts choose to run: shards cover every planted fault once, a change chooses those that it bears on, and each
//! campaign is a test.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::{ROOT, files_below, read};

/// The patches that `scripts/test-planted` would plant.
fn chosen(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(Path::new(ROOT).join("scripts/test-planted"))
        .arg("--list")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn shards_are_every_planted_fault_once() {
    let mut all = files_below("tests/planted");
    all.retain(|path| path.ends_with(".patch"));
    let by_shard: Vec<_> = ["1/3", "2/3", "3/3"]
        .iter()
        .flat_map(|shard| chosen(&["--shard", shard]))
        .collect();
    assert!(!all.is_empty());
    assert_eq!(by_shard, all);
}

#[test]
fn a_shard_that_is_not_there_is_refused() {
    for shard in ["0/3", "4/3", "1", "a/b"] {
        let status = Command::new(Path::new(ROOT).join("scripts/test-planted"))
            .args(["--list", "--shard", shard])
            .output()
            .unwrap()
            .status;
        assert_eq!(status.code(), Some(2), "{shard}");
    }
}

/// A repository with two files, a fault planted in each, and a change of one of them.
#[test]
fn a_change_chooses_the_faults_in_what_it_touches() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    for folder in ["scripts", "tests/planted", "src"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for script in ["test-planted", "target-dir"] {
        let from = Path::new(ROOT).join("scripts").join(script);
        fs::copy(from, root.join("scripts").join(script)).unwrap();
    }
    for name in ["one", "other"] {
        fs::write(root.join(format!("src/{name}.rs")), "a\n").unwrap();
        let patch = format!(
            "what: a fault\ncaught-by: a_test\n\n--- a/src/{name}.rs\n+++ b/src/{name}.rs\n@@ -1 +1 @@\n-a\n+b\n"
        );
        fs::write(root.join(format!("tests/planted/{name}.patch")), patch).unwrap();
    }
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@localhost"];
        let output = Command::new("git")
            .current_dir(root)
            .args(identity)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    let since_first = || {
        let output = Command::new(root.join("scripts/test-planted"))
            .args(["--list", "--base", "HEAD"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let listed = String::from_utf8(output.stdout).unwrap();
        listed.lines().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert!(since_first().is_empty());
    fs::write(root.join("src/other.rs"), "a\nc\n").unwrap();
    assert_eq!(
        since_first(),
        ["tests/planted/other.patch".to_owned()].into()
    );
    // A patch that changed is tried whatever it touches.
    let patch = root.join("tests/planted/one.patch");
    fs::write(&patch, fs::read_to_string(&patch).unwrap() + "\n").unwrap();
    assert_eq!(since_first().len(), 2);
}

/// What is listed is what proptest makes a test of: each of these functions takes its cases from a strategy.
#[test]
fn the_campaign_of_properties_runs_every_property() {
    let output = Command::new(Path::new(ROOT).join("scripts/properties"))
        .arg("--list")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let listed: BTreeSet<_> = listed.lines().map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    for file in files_below("")
        .into_iter()
        .filter(|file| file.ends_with(".rs"))
    {
        let source = read(&file);
        let begins = concat!("proptest!", " {");
        for block in source.split(begins).skip(1) {
            let block = block.split("\n}").next().unwrap_or_default();
            let tests = block.split("#[test]").skip(1);
            found.extend(tests.map(|test| {
                let name = test.split("fn ").nth(1).unwrap();
                name.split('(').next().unwrap().to_owned()
            }));
        }
    }
    assert_eq!(listed, found);
    // `make test` takes the same cases each time.
    assert!(read("scripts/test").contains("export PROPTEST_RNG_SEED="));
}

#[test]
fn every_campaign_is_a_test_that_reports() {
    let output = Command::new(Path::new(ROOT).join("scripts/test-long"))
        .arg("--list")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    let mut modules = BTreeSet::new();
    for line in listed.lines() {
        let (_, test) = line.split_once(' ').unwrap();
        if let Some(script) = test.strip_prefix("script:") {
            let script = read(&format!("scripts/{script}"));
            assert!(script.contains("\"campaign: "), "{line}");
            continue;
        }
        if let Some(test) = test.strip_prefix("lib:") {
            let (module, function) = test.rsplit_once("::").unwrap();
            let file = format!("src/{}.rs", module.replace("::", "/"));
            let places = ["ledger", "server", "access"].map(|folder| format!("{folder}/{file}"));
            let place = places
                .iter()
                .find(|place| Path::new(ROOT).join(place).exists());
            let source = read(place.unwrap_or_else(|| panic!("{line}: there is no {file}")));
            assert!(source.contains(&format!("fn {function}(")), "{line}");
            assert!(source.contains("\"campaign: "), "{line}");
            continue;
        }
        let (module, function) = test.rsplit_once("::").unwrap();
        let file = module.replace("::", "/");
        let source = read(&format!("tests/integration/{file}.rs"));
        assert!(source.contains(&format!("async fn {function}(")), "{line}");
        modules.insert(file.rsplit('/').next().unwrap().to_owned());
    }
    let reporting = files_below("tests/integration")
        .into_iter()
        .filter(|path| !path.contains("/support/") && read(path).contains("report(format_args!("))
        .map(|path| {
            path.rsplit('/')
                .next()
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned()
        });
    assert_eq!(modules, reporting.collect());
}
