//! Rows on the command line.

use super::*;

pub(super) fn run_cli(daemon: &Daemon) -> crate::support::command::Answer {
    run(daemon, &["projection", "rebuild", "--ledger", "audit"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_programs_get_rows_in_their_own_forms() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    decide(&mut client, 0..105).await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();

    let listed = done(&daemon, &["projection", "list", "--ledger", "audit"]).text();
    for shown in [
        "decisions.recorded",
        "105",
        "table decisions.by_model",
        "5 rows",
        "14.2857 %",
    ] {
        assert!(listed.contains(shown), "{shown}: {listed}");
    }
    assert!(
        listed.contains("1 event is encrypted and not opened"),
        "{listed}"
    );
    let list = [
        "--output",
        "json",
        "projection",
        "list",
        "--ledger",
        "audit",
        "--as-of",
        "3",
    ];
    let listed = done(&daemon, &list).json();
    assert_eq!(listed["holds_for"]["size"], 3);
    let is_decisions = |it: &&Value| it["name"] == "decisions";
    let decisions = listed["projections"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_decisions)
        .unwrap();
    assert_eq!(decisions["digest"].as_str().unwrap().len(), 64);

    let show = [
        "projection",
        "show",
        "decisions.by_model",
        "--ledger",
        "audit",
    ];
    let with = |more: &[&'static str]| [&show[..], more].concat();
    let shown = done(&daemon, &show);
    assert!(shown.remarks.contains("as of size"), "{shown:?}");
    assert!(
        shown
            .remarks
            .contains("1 event is encrypted and not opened"),
        "{shown:?}"
    );
    assert_eq!(shown.text().lines().count(), 6, "{shown:?}");
    let csv = done(
        &daemon,
        &with(&["--format", "csv", "--where", "model=model 2"]),
    )
    .text();
    let mut lines = csv.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("model,model_version,decisions,not_passed")
    );
    assert!(lines.next().unwrap().starts_with("model 2,,21,3,"), "{csv}");
    assert_eq!(lines.next(), None);
    let path = place.file("models.ndjson");
    let mut to_file = with(&["-o"]);
    let name = path.display().to_string();
    to_file.push(&name);
    let told = done(&daemon, &to_file).text();
    assert!(told.contains("5 rows"), "{told}");
    let ndjson = std::fs::read_to_string(&path).unwrap();
    let objects: Vec<Value> = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(objects.len(), 5);
    assert_eq!(objects[2]["model"], "model 2");
    assert_eq!(objects[2]["model_version"], Value::Null);
    assert_eq!(run(&daemon, &with(&["--where", "colour=red"])).code, 2);
    assert_eq!(run(&daemon, &with(&["-o", "rows.docx"])).code, 2);

    let export = |form: &'static str| {
        done(
            &daemon,
            &["export-events", "audit", "--form", form, "--out", "-"],
        )
        .text()
    };
    let size = ledger(&mut client, "audit").await.size as usize;
    let rows: Vec<Value> = export("ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), size, "the ledger's own records, too");
    let decided = rows.iter().find(|row| row["id"] == "d7").unwrap();
    assert_eq!(
        (&decided["fact.result"], &decided["body"]),
        (&"fail".into(), &"present".into())
    );
    let sealed = &rows[size - 1];
    assert_eq!(
        (&sealed["body"], &sealed["id"]),
        (&"sealed".into(), &Value::Null)
    );
    let csv = export("csv");
    assert!(csv.starts_with("sequence,kind,recorded_time,type,source,id,"));
    assert_eq!(csv.lines().count(), size + 1);
    daemon.stop();
}
