use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;
use crate::cli::{
    exit::Exit,
    ui::output::{Form, Output},
};

fn output() -> Output {
    Output::new(Form::Text, true, Box::new(io::sink()), Box::new(io::sink()))
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn write(path: &Path, inputs: &Inputs) -> Result<(), CliError> {
    output().write_file(path, Readers::Usual, inputs, b"new")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn a_file_appears_when_it_is_complete_and_only_then() {
    let directory = directory();
    let path = directory.path().join("bundle.tar");
    let mut pending = output()
        .create(&path, Readers::Usual, &Inputs::NONE)
        .expect("a file");
    pending.write_all(b"half").expect("written");
    assert!(!path.exists());
    drop(pending);
    assert_eq!(directory.path().read_dir().expect("a listing").count(), 0);
    write(&path, &Inputs::NONE).expect("written");
    assert_eq!(fs::read(&path).expect("readable"), b"new");
    assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
}

#[test]
fn what_is_not_a_regular_file_stays() {
    assert!(write(Path::new("/"), &Inputs::NONE).is_err());
    let directory = directory();
    let socket = directory.path().join("socket");
    let _held = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    assert!(write(&socket, &Inputs::NONE).is_err());
    assert!(!socket.is_file());
    let link = directory.path().join("link");
    symlink(&socket, &link).expect("a link");
    assert!(write(&link, &Inputs::NONE).is_err());
    assert!(write(Path::new("/no/such/directory/file"), &Inputs::NONE).is_err());
}

#[test]
fn an_input_is_replaced_under_none_of_its_names() {
    let directory = directory();
    let input = directory.path().join("input");
    fs::write(&input, b"old").expect("written");
    let (soft, hard) = (directory.path().join("soft"), directory.path().join("hard"));
    symlink("input", &soft).expect("a link");
    fs::hard_link(&input, &hard).expect("a link");
    let roundabout = directory.path().join("./input");
    for output in [&input, &soft, &hard, &roundabout] {
        for read in [&input, &soft, &hard] {
            let refused = write(output, &Inputs::of([read.as_path()])).expect_err("it is read");
            assert_eq!(refused.exit(), Exit::Usage);
            assert!(refused.to_string().contains("the command reads this file"));
        }
    }
    assert_eq!(fs::read(&input).expect("readable"), b"old");
    write(&hard, &Inputs::NONE).expect("nothing reads it");
    assert_eq!(fs::read(&input).expect("readable"), b"old");
}

#[test]
fn what_every_command_reads_is_replaced_by_none() {
    let directory = directory();
    let (token, other) = (
        directory.path().join("token"),
        directory.path().join("other"),
    );
    fs::write(&token, b"secret").expect("written");
    fs::write(&other, b"old").expect("written");
    let mut output = output();
    output.keep([token.as_path()]);
    let inputs = Inputs::of([other.as_path()]);
    for kept in [&token, &other] {
        let refused = output.write_file(kept, Readers::Usual, &inputs, b"new");
        assert_eq!(refused.expect_err("it is read").exit(), Exit::Usage);
        assert!(output.check([kept.as_path()], &inputs).is_err());
    }
    assert_eq!(fs::read(&token).expect("readable"), b"secret");
}

#[test]
fn a_link_is_followed_and_stays_one() {
    let directory = directory();
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    symlink("file", &link).expect("a link");
    let dangling = write(&link, &Inputs::NONE).expect_err("nothing is there");
    assert!(
        dangling
            .to_string()
            .contains("symbolic link to file, where nothing is"),
        "{dangling}"
    );
    assert!(!file.exists());
    fs::write(&file, b"old").expect("written");
    write(&link, &Inputs::NONE).expect("written");
    assert_eq!(fs::read(&file).expect("readable"), b"new");
    assert!(fs::read_link(&link).is_ok());
}

#[test]
fn one_command_writes_no_file_twice() {
    let directory = directory();
    let path = directory.path().join("a");
    let mut output = output();
    let mut write = |path: &Path| output.write_file(path, Readers::Usual, &Inputs::NONE, b"x");
    write(&path).expect("written");
    let again = write(&directory.path().join("./a")).expect_err("it is written");
    assert_eq!(again.exit(), Exit::Usage);
    write(&directory.path().join("b")).expect("another file");
}

#[test]
fn what_events_hold_is_for_the_owner_alone_and_a_replaced_file_keeps_its_readers() {
    let directory = directory();
    let path = directory.path().join("a");
    let write = |readers| {
        output()
            .write_file(&path, readers, &Inputs::NONE, b"x")
            .expect("written");
        mode(&path)
    };
    assert_eq!(write(Readers::OwnerAtFirst), 0o600);
    fs::remove_file(&path).expect("removed");
    assert_ne!(write(Readers::Usual) & 0o400, 0);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("set");
    assert_eq!(write(Readers::Usual), 0o640);
    assert_eq!(write(Readers::OwnerAtFirst), 0o640);
    assert_eq!(write(Readers::Owner), 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("set");
    assert_eq!(write(Readers::Owner), 0o600);
}

#[test]
fn no_file_is_called_like_standard_output() {
    let refused = write(Path::new("-"), &Inputs::NONE).expect_err("no file");
    assert_eq!(refused.exit(), Exit::Usage, "{refused}");
    assert!(!Path::new("-").exists());
}
