//! What must be there before a page's commands can run.

use std::{net::TcpListener, path::Path};

/// One page's story.
pub(super) struct Scene {
    /// Shell commands that set it.
    pub(super) before: &'static str,
    /// What happens before the block that begins so: what the page's reader lives through meanwhile.
    pub(super) between: &'static [(&'static str, &'static str)],
    /// Files that are there at the end.
    pub(super) after: &'static [&'static str],
}

/// Functions for all stories. There is no systemd in a test, so `systemctl` starts and stops the daemon itself; nobody sits
/// at a terminal, so whoever is asked says yes.
pub(super) const PRELUDE: &str = include_str!("prelude.sh");

/// The port on which the pages have a daemon listen.
const PORT: &str = ":7311";
/// The port on which they have it serve metrics.
const METRICS_PORT: &str = ":7312";

/// A port that nobody listens on.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The page's commands with the places of an installation below the story's directory, and its port at a free one.
pub(super) fn in_place(text: &str, root: &Path, port: u16) -> String {
    let mut text = text.replace(PORT, &format!(":{port}"));
    text = text.replace(METRICS_PORT, &format!(":{}", free_port()));
    for place in ["/var/lib/indelible", "/mnt/", "/srv/"] {
        text = text.replace(place, &format!("{}{place}", root.display()));
    }
    text
}

const LEDGERS: &str =
    "installed\nledger payments\nledger lending\nsettled payments\nmkdir -p $ROOT/mnt/elsewhere";

/// The scene of a page; none if it has no commands.
pub(super) fn scene(page: &str) -> Option<Scene> {
    let scene = |before, between, after| Scene {
        before,
        between,
        after,
    };
    Some(match page {
        "README.md" => scene(
            "",
            &[],
            &[
                "report.html",
                "report.json",
                "customer-93.tar",
                "article12.html",
            ],
        ),
        "docs/access.md" => scene(
            "installed\nindelible ledger create payments --quiet",
            &[],
            &["till.token"],
        ),
        "docs/auditors.md" => scene(
            "installed\nledger payments\nsettled payments\n\
             indelible checkpoint payments --out last-year.checkpoint\n\
             more payments\nsettled payments\n\
             indelible export payments --out evidence.tar.zst --quiet\n\
             indelible ledger key payments > payments.vkey",
            &[],
            &["q3.html"],
        ),
        "docs/backup-encryption.md" => scene(
            "",
            &[("kill %1", "settled _system")],
            &["contents.json", "bank-data/live"],
        ),
        "docs/backup-bucket.md" => scene(
            "curl -sSf -o /dev/null -X PUT $AWS_ENDPOINT_URL_S3/bank-backups",
            &[("kill %1", "settled _system")],
            &["system.vkey", "bank-data/live"],
        ),
        "docs/cli.md" => scene(
            "installed\nindelible ledger create payments --access-trail --quiet\n\
             append_about payments customer-7\nindelible get payments 2 --decrypt --quiet",
            &[],
            &[],
        ),
        "docs/first-server.md" => scene(
            "mkdir -p $ROOT/mnt/backup/indelible $ROOT/mnt/elsewhere\n\
             export INDELIBLE__BACKUP__DIRECTORY=$ROOT/mnt/backup/indelible INDELIBLE__BACKUP__EVERY_HOURS=0\n\
             installed",
            &[(
                "indelible ledger key _system",
                "settled _system\nsettled payments",
            )],
            &["payments.vkey", "mnt/elsewhere/system.vkey"],
        ),
        "docs/governance.md" => scene("", &[], &[]),
        "docs/keys-hsm.md" => scene("mkdir -p $ROOT/var/lib/indelible", &[], &[]),
        "docs/keys-kms.md" => scene("", &[], &[]),
        "docs/metrics.md" => scene(
            "(umask 077; head -c 24 /dev/urandom | base64 > passphrase)",
            &[],
            &[],
        ),
        "docs/producers.md" => scene(
            "installed\nindelible ledger create payments --quiet\n\
             printf '{\"specversion\":\"1.0\",\"id\":\"s1\",\"source\":\"urn:till:7\",\"type\":\"com.example.sale.v1\"}\\n' > sales.ndjson",
            &[],
            &["till-8.json"],
        ),
        "docs/reports.md" => scene(
            LEDGERS,
            &[(
                "for receipt in",
                "settled payments\nindelible ledger key payments > payments.vkey\n\
                 indelible report article12 --ledger payments -o q3.json --receipts q3-receipts --quiet",
            )],
            &["days.ndjson", "events.ndjson", "events.csv"],
        ),
        "docs/rescue.md" => scene("", &[], &["rescue.txt", "lost/live"]),
        "docs/runbook.md" => scene(
            LEDGERS,
            &[
                (
                    "store=",
                    "mkdir -p $ROOT/mnt/newest\ncp -a $ROOT/var/lib/indelible/data $ROOT/mnt/newest/",
                ),
                (
                    "mv ",
                    "systemctl stop indelible\nrm -r $ROOT/mnt/newest/data\n\
                     cp -a $ROOT/var/lib/indelible/data $ROOT/mnt/newest/",
                ),
                ("cat ", "a_second_store"),
                (
                    "indelible ledger key _system",
                    "mkdir -p $ROOT/mnt/backup/indelible\nsystemctl stop indelible\n\
                     export INDELIBLE__BACKUP__DIRECTORY=$ROOT/mnt/backup/indelible INDELIBLE__BACKUP__EVERY_HOURS=0\n\
                     systemctl start indelible\nindelible backup create --quiet",
                ),
                ("indelible backup restore", "systemctl stop indelible"),
                (
                    "sed -n 2p",
                    "systemctl start indelible\nsettled payments\n\
                     indelible checkpoint payments --out $ROOT/mnt/elsewhere/payments-newest.note",
                ),
                (
                    "indelible hold list",
                    "append_about payments customer-7\nprintf customer-7 > subject.txt",
                ),
                (
                    "install -d -m 700",
                    "mkdir -p $ROOT/srv\nexport INDELIBLE__RETENTION__ARCHIVE=$ROOT/srv/indelible-archive",
                ),
                (
                    "systemctl stop indelible",
                    "mkdir -p $ROOT/srv/indelible-anchor\nANCHOR=$ROOT/srv/indelible-anchor/data.anchor",
                ),
            ],
            &["certificate.html"],
        ),
        _ => return None,
    })
}
