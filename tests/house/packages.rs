//! What is packaged, with stand-ins for the programs: the same bytes each time, in the package's places, and nothing that
//! takes ledgers away. `make check-packages` installs and runs the real ones.

use std::{
    fs::{self, FileTimes},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use crate::{ROOT, files_below, read};

/// A time that no commit has.
const EARLIER: Duration = Duration::from_secs(981_173_106);

/// What a command prints.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What `make release` makes, with a small program for each, all of it of one time.
fn release(root: &Path, time: SystemTime) {
    let put = |from: &str, to: &str| {
        let (from, to) = (Path::new(ROOT).join(from), root.join(to));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, &to).unwrap();
        let times = FileTimes::new().set_modified(time);
        let file = fs::File::options().append(true).open(&to).unwrap();
        file.set_times(times).unwrap();
    };
    put("/bin/true", "bin/indelible");
    put("/bin/true", "bin/indelible-verify");
    for place in [
        "share/man/man1/indelible.1",
        "share/bash-completion/completions/indelible",
        "share/zsh/site-functions/_indelible",
        "share/fish/vendor_completions.d/indelible.fish",
        "share/doc/indelible/indelible.cdx.json",
        "share/doc/indelible/notices.txt",
    ] {
        put("LICENSE", place);
    }
    put("LICENSE", "share/doc/indelible/LICENSE");
    put(
        "deploy/indelible.service",
        "lib/systemd/system/indelible.service",
    );
    for file in files_below("deploy/indelible.service.d") {
        let name = file.strip_prefix("deploy/").unwrap();
        put(&file, &format!("share/indelible/{name}"));
    }
    for name in ["indelible.toml", "README.md", "kms-key-policy.json"] {
        put(
            &format!("deploy/{name}"),
            &format!("share/doc/indelible/{name}"),
        );
    }
}

#[test]
fn packages_are_the_same_each_time() {
    let place = tempfile::tempdir().unwrap();
    let (now, earlier) = (SystemTime::now(), SystemTime::UNIX_EPOCH + EARLIER);
    for (made, time) in [("now", now), ("earlier", earlier)] {
        release(&place.path().join(made), time);
    }
    let root = place.path().display();
    let both = ["now", "earlier"].map(|made| {
        let (from, to) = (format!("{root}/{made}"), format!("{root}/{made}.made"));
        let deb = said(&format!("{ROOT}/scripts/deb"), &[&from, &to]);
        let image = format!("{ROOT}/scripts/image");
        let image = said(&image, &["--release", &from, "--out", &to]);
        [deb, image]
    });
    for (one, other) in both[0].iter().zip(&both[1]) {
        assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "{one}");
    }
    holds_what_it_should(&both[0][0], &place.path().join("unpacked"));
}

/// A package has its own places, no drop-in in force, one configuration file, and no file that is not root's.
fn holds_what_it_should(deb: &str, to: &Path) {
    for line in said("dpkg-deb", &["--contents", deb]).lines() {
        assert!(line.contains(" root/root "), "{line}");
        assert!(!line[..10].contains('s'), "{line}");
    }
    assert_eq!(
        said("dpkg-deb", &["--info", deb, "conffiles"]),
        "/etc/indelible/indelible.toml"
    );
    said("dpkg-deb", &["--extract", deb, &to.display().to_string()]);
    let unit = fs::read_to_string(to.join("usr/lib/systemd/system/indelible.service")).unwrap();
    assert!(
        unit.contains("\nExecStart=/usr/bin/indelible serve "),
        "{unit}"
    );
    let drop_ins = to.join("usr/share/indelible/indelible.service.d");
    let drop_in = fs::read_to_string(drop_ins.join("passphrase.conf")).unwrap();
    assert!(
        drop_in.contains("\nExecStart=/usr/bin/indelible "),
        "{drop_in}"
    );
    assert!(!unit.contains("/usr/local") && !drop_in.contains("/usr/local"));
    // Beside the unit, systemd would take all of them.
    assert!(
        !to.join("usr/lib/systemd/system/indelible.service.d")
            .exists()
    );
    assert!(!to.join("var").exists(), "the data is no package's");
}

#[test]
fn no_package_takes_ledgers_away() {
    for script in ["postinst", "prerm", "postrm"] {
        let script = read(&format!("deploy/debian/{script}"));
        for word in ["rm ", "rmdir", "userdel", "deluser", "unlink", "find "] {
            assert!(!script.contains(word), "{word}: {script}");
        }
    }
}

#[test]
fn a_release_that_was_not_signed_so_is_refused() {
    let output = Command::new(Path::new(ROOT).join("tests/packages/signature"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(
        said.lines().any(|line| line == "16 passed, 0 failed"),
        "{said}"
    );
}

/// By hand, too: `make install` puts the unit where systemd looks, and drop-ins where it does not.
#[test]
fn no_drop_in_is_installed_beside_the_unit() {
    let script = read("scripts/release");
    let puts = script
        .lines()
        .filter(|line| line.contains("indelible.service.d"));
    let puts: Vec<_> = puts.collect();
    assert_eq!(
        puts,
        ["cp -r deploy/indelible.service.d \"$out/share/indelible/\""]
    );
}
