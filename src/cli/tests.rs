//! The command line as a whole.

use clap::CommandFactory as _;

use indelible_server::config::MACHINE_SOCKET;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("indelible").chain(line.split(' ')))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help_and_page_say_where_a_daemon_is_looked_for() {
    let help = Cli::command().render_long_help().to_string();
    let page = include_str!("../../docs/cli.md");
    for part in [MACHINE_SOCKET, connection::ADDRESS_VARIABLE] {
        assert!(help.contains(part), "{part} is not in the help");
        assert!(page.contains(part), "{part} is not in docs/cli.md");
    }
}

#[test]
fn every_command_is_documented() {
    fn names(command: &clap::Command, path: &str) -> Vec<String> {
        let below = command.get_subcommands().flat_map(|command| {
            let name = format!("{path} {}", command.get_name());
            let mut all = names(command, &name);
            all.push(name);
            all
        });
        below.collect()
    }
    // A row names several commands as `import aigc\|codeatelier`.
    fn is_named(row: &str, name: &str) -> bool {
        let mut words = row.split([' ', '`']);
        (name.split(' ')).all(|name| words.any(|word| word.split("\\|").any(|word| word == name)))
    }
    let page = include_str!("../../docs/cli.md");
    let rows = || page.lines().filter_map(|line| line.strip_prefix("| `"));
    for name in names(&Cli::command(), "indelible") {
        assert!(
            rows().any(|row| is_named(row, &name)),
            "docs/cli.md does not name `{name}`"
        );
    }
}

const SENSE: &[&str] = &[
    "serve --data /srv/indelible",
    "backup create --rate 50",
    "backup list",
    "backup list /mnt/backup --output json",
    "backup verify /mnt/backup --max-age 30h --wait 2h --tell-daemon --archive a",
    "backup verify /mnt/backup --backup 20261129T174500.042Z-1f0c9a3b --key k --scratch s",
    "backup prune --keep-days 0 --yes",
    "backup verify /mnt/backup --sealed",
    "backup verify /mnt/backup --identity key.txt",
    "backup stop --output json",
    "backup forget /mnt/old-backup --yes",
    "backup restore /mnt/backup --into data --anchor data.anchor",
    "backup restore /mnt/backup --into data --anchor-lost --yes --identity key.txt",
    "serve --data d --listen 127.0.0.1:0 --passphrase-file p --anchor a --origin-prefix x.example",
    "keys rotate identity --reason incident --yes",
    "keys rotate kek --reason policy",
    "policy diff --kind gate a.yaml b.yaml --output json",
    "policy explain bundle.tar.zst 7 --key k",
    "policy explain request.json --policy p.yaml --kind gate",
    "policy explain request.json --ledger a --as dns:b.example",
    "agent halt --all-ledgers --two-people",
    "policy artifacts b.tar --key k --requests r.ndjson --schema-version 1.2 --chain-id c",
    "agent resume --all-ledgers",
    "decision complete a 7 --output-file o.json --output-tool search --request r.json",
    "keys rotate epoch l --reason scheduled",
    "keys rescue --data lost --identity rescue.txt --out rescued --ledger a --ledger b --archive shelf",
    "keys rescue --data lost --identity i --out o --anchor a --known-head h --known-head g --behind-anchor",
    "keys rescue --data lost --identity i --out o --anchor-lost",
    "doctor --config f --output json",
    "doctor --data d --passphrase-file p --offline --strict",
    "ledger create trail",
    "ledger list --output json",
    "report article12 --ledger audit --period-by event --from 2026-07-01 --to 2026-10-01 -o r.html",
    "report eu-ai-act --ledger audit --period-by event --last-quarter --records 0..700 --imported -o r.json",
    "ledger show trail",
    "ledger key trail",
    "ledger succeed localhost/trail/0123456789ab",
    "append trail -",
    "append trail --id 1 --source s --type t --fact a=b --fact c=d=e --expected-sequence 0",
    "import cloudtrail trail file.gz --keep-going",
    "import cloudevents trail - --dry-run",
    "import cloudtrail trail a b c --keep-going --refused r.ndjson --foreign-time said_time",
    "import cloudtrail trail a --id-from-content --imported-from aws-payments",
    "import cloudevents trail a --without-data-subject keep",
    "import ndjson trail f --id-from-content --source s --type t --without-data-subject refuse",
    "append trail a --without-data-subject keep",
    "append trail f --each --refused r --keep-going",
    "append trail --id 1 --source s --type t --fact latency_ms:=300 --fact error:=true",
    "import aigc trail a --hmac-key-file k --keys-are-right",
    "import ndjson trail f --id-field id --source s --type-field kind --fact-field user=u.name",
    "import aigc trail a b --hmac-key-file k --system claims --require-verified",
    "import codeatelier trail a --hmac-secret-file k --hmac-secret-file l --signing-keys s --keep-going",
    "export-events trail --form ocsf --out - --from 5",
    "get trail 7 --payload-out -",
    "get trail --source s --id 1",
    "list trail --type t --actor a --since 2026-11-20T00:00:00Z --to 500 --all",
    "tail trail -n 5 --follow",
    "tail trail --from 3 -f",
    "receipt trail 3 --out r --record-out f --wait --timeout 5",
    "checkpoint trail --committed",
    "consistency trail 1 5",
    "verify trail --quiet",
    "ledger create trail --encrypt all",
    "append trail --id 1 --source s --type t --data-subject p",
    "append trail --id 1 --source s --type t --time 2026-11-20T09:30:00Z --payload-file p --encrypt-with k --key-id k1",
    "get trail 7 --decrypt",
    "list trail --decrypt",
    "tail trail --decrypt",
    "receipt trail 7 --decrypt --record-out f",
    "decrypt trail 7 --key k",
    "decrypt --event - --key k --system-id s --timestamp t --out f",
    "erase trail --subject p --basis b",
    "erase trail --subject-file - --basis b --yes",
    "erase trail --subject p --basis b --request --request-expires 12h",
    "erase --all-ledgers --subject p --basis b --request",
    "erase --all-ledgers --subject p --basis b --approved 00112233445566778899 --approved 11112233445566778899 --yes",
    "erase trail --subject p --basis b --approved 00112233445566778899 --yes",
    "keys revoke epoch trail 0011223344 --trusted-size 7 --reason r --request",
    "ledger succeed trail --request",
    "ledger end trail --bundle trail.tar.zst --reason r --yes",
    "ledger end trail --bundle trail.tar --request",
    "token create --name t --role decryptor --on trail --request",
    "request list",
    "request show 00112233445566778899",
    "request approve 00112233445566778899 --subject p --basis b --yes",
    "request approve 00112233445566778899 --reason r",
    "request decline 00112233445566778899",
    "request withdraw 00112233445566778899",
    "erasures trail",
    "certificate trail 7 -o c.html -o c.json",
    "list trail --type ai.* --type t --fact latency_ms:=300 --newest-first --color never --no-pager",
    "ledger succeed trail --yes",
    "keys rotate identity --yes",
    "retention set trail --rules rules.ndjson --yes",
    "retention set trail --none --reason r --request",
    "retention show trail",
    "retention preview trail",
    "retention run trail --yes",
    "retention list trail",
    "hold place trail",
    "hold place trail --subject p --reason r",
    "hold release trail 00112233445566778899aabbccddeeff",
    "hold list trail",
    "keys rotate data trail",
    "keys rotate kek",
    "export trail --out b.tar.zst --from 5 --withhold-payloads",
    "export trail --out b.tar --without-archived",
    "status --address 127.0.0.1:1",
    "access log --principal unix:alice --ledger pay",
    "access log --person p --receipts d",
    "token create --name a --role writer --role reader --on pay* --source s --expires 30d -o f",
    "token create --name a --role reader --on @store --expires 12h --output json",
    "token list",
    "token revoke 4Kd02Lmx",
    "system succeed --data d --yes",
    "upgrade status --data d",
    "upgrade confirm --data d --yes",
    "upgrade revert --data d",
    "access list --config f",
    "access check --config f --as unix:a --can append --on l --source s",
    "context list",
    "context set prod --address https://h:1 --ca c --cert d --cert-key e",
    "context use prod",
    "context show",
    "context remove prod",
    "status --context prod",
    "clock accept",
    "clock accept 2026-11-28T14:00:00Z --yes",
    "serve --data d --clock-right-until 2026-12-24T00:00:00Z",
    "completions zsh",
    "man --output-dir d",
];

#[test]
fn what_makes_sense_is_taken() {
    for line in SENSE {
        if let Err(problem) = parse(line) {
            panic!("{line}: {problem}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "serve",
        "ledger",
        "ledger create trail --recovery-key abc",
        "append trail --source s --type t",
        "append trail --id 1 --source s --type t --time yesterday",
        "append trail --id 1 --source s --type t --content-type json",
        "append trail --id 1 --source s --type t --fact a:=yes",
        "append trail file --id 1 --source s --type t",
        "append trail --id 1 --source s",
        "append trail --id 1 --source s --type t --fact nonsense",
        "import ndjson trail f --id-field id --type t",
        "import ndjson trail f --id-field id --source s --source-field t --type t",
        "import aigc trail",
        "export-events trail --out -",
        "export-events trail --form xml --out -",
        "get trail",
        "get trail 7 --id 1 --source s",
        "get trail --id 1",
        "get trail -1",
        "list trail --all --limit 5",
        "list trail --from 1 --since 2026-11-20T00:00:00Z",
        "list trail --since yesterday",
        "tail trail --from 1 -n 2",
        "consistency trail 0",
        "export trail",
        "ledger create trail --encrypt some",
        "append trail --id 1 --source s --type t --payload-file p --encrypt-with k --key-id k1",
        "append trail --id 1 --source s --type t --time t --encrypt-with k --key-id k1",
        "append trail --id 1 --source s --type t --time t --payload-file p --encrypt-with k",
        "append trail file --data-subject p",
        "decrypt trail --key k",
        "decrypt trail 7",
        "decrypt trail 7 --event f --key k",
        "erase trail --basis b",
        "erase trail --subject p",
        "erase trail --subject p --subject-file f --basis b",
        "hold",
        "hold release trail",
        "hold release trail 0011",
        "keys rotate",
        "keys rotate everything trail",
        "keys rescue --data lost --out rescued",
        "keys rescue --data lost --identity i --out o --anchor a --anchor-lost",
        "keys rotate kek trail",
        "status --timeout 0",
        "access log",
        "access log --principal a --person b",
        "token create --name a --role reader",
        "token create --name a --on b",
        "token create --name a --role reader --on b --expires 0d",
        "token create --name a --role reader --on b --expires 3",
        "token revoke",
        "token revoke idlt_AqV17qcMXcytfTeb0Mpq4fSrALgbCdh9hRqtpYG40X2Zmp",
        "system succeed",
        "upgrade revert",
        "clock",
        "clock accept tomorrow",
        "context",
        "context use",
        "context set",
        "status --output yaml",
        "completions tcl",
    ] {
        check_is_refused(line);
    }
}

fn check_is_refused(line: &str) {
    let problem = parse(line).err();
    assert_eq!(
        problem.map(|problem| problem.exit_code()),
        Some(i32::from(exit::Exit::Usage.code())),
        "{line}"
    );
}

#[test]
fn producers_are_named_by_their_keys_and_sources() {
    for line in [
        "producer register trail --name n --key k --source s --source t",
        "producer register trail --name n --public-key 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff --proof 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "producer proof localhost/trail/0123456789ab --name n --key k",
        "producer revoke trail 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff --from 7 --reason r --yes",
        "producer list trail",
        "producer require trail --source s --source t",
        "producer require trail --none",
        "append trail f --sign-with k",
        "append trail --id 1 --source s --type t --sign-with k",
    ] {
        if let Err(problem) = parse(line) {
            panic!("{line}: {problem}");
        }
    }
    for line in [
        "producer register trail --name n",
        "producer register trail --key k",
        "producer register trail --name n --public-key 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "producer register trail --name n --key k --public-key 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff --proof 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "producer proof trail --name n --key k",
        "producer revoke trail 0011",
        "producer require trail",
        "producer require trail --none --source s",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn an_address_that_is_empty_is_not_the_usual_one() {
    for option in ["--address", "--context"] {
        let parsed = Cli::try_parse_from(["indelible", option, "", "status"]);
        assert!(parsed.is_err(), "{option}");
    }
}
