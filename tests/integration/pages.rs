//! The commands of README and of the pages in docs/, as somebody pastes them: each page is a story of its own, its blocks
//! one after the other, in an empty directory.

mod scene;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use self::scene::{PRELUDE, Scene, scene};
use crate::{
    rigs::{Emulator, Flavour},
    support::{daemon::INDELIBLE, place::Place, verifier},
};

/// What stands before a block that can't run: why not.
const NOT_RUN: &str = "<!-- not run: ";

/// One block of a page.
struct Block {
    line: usize,
    language: String,
    /// What stands in the line before the fence.
    before: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut before = "";
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => {
                open = Some(Block {
                    line: number + 1,
                    language: language.to_owned(),
                    before: before.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
        before = line;
    }
    blocks
}

/// README and all pages, by their names from the root.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let mut names: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "md"));
    names.push(root.join("README.md"));
    names.sort();
    names
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn is_sh(block: &&Block) -> bool {
    block.language == "sh"
}

#[test]
fn every_page_with_commands_has_a_scene_and_what_can_not_run_says_why() {
    let (mut run, mut not_run) = (0, 0);
    for (name, page) in pages() {
        let blocks = blocks(&page);
        let commands = blocks.iter().filter(is_sh).count();
        assert_eq!(commands > 0, scene(&name).is_some(), "{name}");
        run += commands;
        for block in blocks.iter().filter(|block| block.language == "text") {
            let why = block.before.strip_prefix(NOT_RUN);
            assert!(
                why.is_some_and(|why| why.len() > 10),
                "{name}, line {}: a block that is not run has `{NOT_RUN}WHY -->` before it",
                block.line
            );
            not_run += 1;
        }
    }
    assert!(run >= 30, "{run} blocks");
    assert!(
        not_run * 10 <= run + not_run,
        "{not_run} of {} blocks can't run",
        run + not_run
    );
}

#[test]
fn the_commands_of_every_page_run_as_they_stand() {
    for (name, page) in pages() {
        if let Some(scene) = scene(&name) {
            play(&name, &page, &scene);
        }
    }
}

/// Plays a page's blocks in one shell.
fn play(name: &str, page: &str, scene: &Scene) {
    let place = Place::new();
    let root = place.file("story");
    fs::create_dir(&root).unwrap();
    let mut script = format!("{PRELUDE}\n{}\n", scene.before);
    let port = scene::free_port();
    let mut unused: Vec<_> = scene.between.to_vec();
    for block in blocks(page).iter().filter(is_sh) {
        let first = block.text.lines().next().unwrap_or_default();
        if let Some(at) = unused.iter().position(|(line, _)| first.starts_with(line)) {
            script.push_str(&format!("{}\n", unused.remove(at).1));
        }
        let text = scene::in_place(&block.text, &root, port);
        script.push_str(&format!("echo \"== {name}, line {}\"\n{text}", block.line));
    }
    assert!(unused.is_empty(), "{name} has no block for {unused:?}");
    assert!(
        verifier::program().exists(),
        "the verifier is built beside the daemon"
    );
    let programs = Path::new(INDELIBLE).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    // Where the page's bucket is, and who asks for it.
    let server = page
        .contains("s3://")
        .then(|| Emulator::shared(Flavour::MiniStack));
    if let Some(server) = &server {
        command
            .env("AWS_ENDPOINT_URL_S3", server.url())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
    }
    let output = command
        .args(["-c", &script])
        .current_dir(&root)
        .env("PATH", path)
        .env("ROOT", &root)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: {}\n{}\n{}\nthe daemon: {}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        fs::read_to_string(root.join("daemon.log")).unwrap_or_default()
    );
    for file in scene.after {
        assert!(root.join(file).exists(), "{name}: {file}");
    }
}
