//! Ledgers whose projections have stored states, calls on them, and the auditor's fold of the same records.

use std::{fs, process::Command};

use indelible_proto::v1::{
    self, ColumnFilter, FactValue, GetProjectionsRequest, QueryProjectionRequest,
    QueryProjectionResponse, RecordSelection, compliance_service_client::ComplianceServiceClient,
    fact_value, measure, projection_cell,
};
use serde_json::{Value, json};
use tonic::{Status, transport::Channel};

use super::{
    Named,
    calls::{batch, event, hex, ledger},
    daemon::{Client, Daemon},
    place::Place,
    verifier::{export, program},
};

/// What tests ask projections with.
pub(crate) type Compliance = ComplianceServiceClient<Channel>;

/// Records of a segment, which has a stored state.
pub(crate) const SEGMENT: u64 = 16_384;
/// Two whole segments and a piece.
pub(crate) const EVENTS: u64 = 2 * SEGMENT + 1_500;
/// Sources of the events.
pub(crate) const SOURCES: u64 = 500;

const BATCH: u64 = 1_024;

/// A client with a connection of its own.
pub(crate) async fn compliance(daemon: &Daemon) -> Compliance {
    ComplianceServiceClient::new(daemon.connect().await).max_decoding_message_size(16 << 20)
}

/// A decision whose content follows from its number.
pub(crate) fn decision(number: u64) -> v1::Event {
    let text = |text: String| FactValue {
        value: Some(fact_value::Value::Text(text)),
    };
    let result = if number.is_multiple_of(7) {
        "fail"
    } else {
        "pass"
    };
    let facts = [
        ("system", format!("system {}", number % 3)),
        ("model", format!("model {}", number % 5)),
        ("result", result.to_owned()),
    ];
    let facts = facts.map(|(name, value)| (name.to_owned(), text(value)));
    v1::Event {
        source: format!("urn:source/{}", number % SOURCES),
        r#type: "ai.decision.v1".to_owned(),
        facts: facts.into_iter().collect(),
        payload: None,
        ..event(&format!("d{number}"))
    }
}

/// Appends numbered decisions.
pub(crate) async fn decide(client: &mut Client, numbers: std::ops::Range<u64>) {
    let mut from = numbers.start;
    while from < numbers.end {
        let to = numbers.end.min(from + BATCH);
        let events = (from..to).map(decision).collect();
        batch(client, "audit", events).await.unwrap();
        from = to;
    }
}

/// Waits until all whole segments have a state, and all is published.
pub(crate) async fn settled(client: &mut Client) -> u64 {
    for _ in 0..3_000 {
        let now = ledger(client, "audit").await;
        if now.projected_size == now.size - now.size % SEGMENT && now.published_size == now.size {
            return now.size;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!(
        "the ledger does not settle: {:?}",
        ledger(client, "audit").await
    );
}

/// A query of a table of the ledger `audit`.
pub(crate) fn query(table: &str) -> QueryProjectionRequest {
    QueryProjectionRequest {
        ledger: "audit".to_owned(),
        table: table.to_owned(),
        page_size: 10_000,
        ..Default::default()
    }
}

/// A filter.
pub(crate) fn only(column: &str, value: &str) -> ColumnFilter {
    ColumnFilter {
        column: column.to_owned(),
        value: value.to_owned(),
    }
}

/// One page.
pub(crate) async fn ask(
    client: &mut Compliance,
    query: &QueryProjectionRequest,
) -> Result<QueryProjectionResponse, Status> {
    let answer = client.query_projection(query.clone()).await?.into_inner();
    for row in &answer.rows {
        assert_eq!(row.cells.len(), answer.columns.len());
    }
    Ok(answer)
}

/// Rows as reports have them.
pub(crate) fn rows(answer: &QueryProjectionResponse) -> Value {
    let row = |row: &v1::ProjectionRow| row.cells.iter().map(cell).collect::<Vec<_>>();
    json!(answer.rows.iter().map(row).collect::<Vec<_>>())
}

fn cell(cell: &v1::ProjectionCell) -> Value {
    match &cell.value {
        None => Value::Null,
        Some(projection_cell::Value::Number(number)) => json!(number),
        Some(projection_cell::Value::Flag(flag)) => json!(flag),
        Some(projection_cell::Value::Text(text)) => json!(text),
        Some(projection_cell::Value::Sequences(records)) => json!(records.values),
    }
}

/// All that the projections say, in the members that reports have it in: each fold, and each table with its rows. The
/// pages of one size are asked for one table after the other.
pub(crate) async fn answers(
    client: &mut Compliance,
    like: QueryProjectionRequest,
) -> (Value, Value) {
    let listed = list(client, &like).await;
    let (mut folds, mut tables) = (Vec::new(), Vec::new());
    for projection in listed.projections {
        let fold = projection.fold.unwrap();
        folds.push(json!({
            "name": fold.name,
            "version": fold.version,
            "records": fold.record_count,
            "digest": hex(&fold.digest),
        }));
        for table in projection.tables {
            let of_table = QueryProjectionRequest {
                table: table.name.clone(),
                ..like.clone()
            };
            let answer = ask(client, &of_table).await.unwrap();
            assert_eq!(answer.fold.as_ref(), Some(&fold));
            let found = (answer.columns.clone(), answer.matching_row_count);
            assert_eq!(found, (table.columns.clone(), table.row_count));
            assert_eq!(answer.next_page_token, "");
            tables.push(json!({
                "name": table.name,
                "columns": table.columns,
                "rows": rows(&answer),
            }));
        }
    }
    (json!(folds), json!(tables))
}

/// All records that were there at a size of the ledger.
pub(crate) fn as_of(as_of_size: u64) -> Option<RecordSelection> {
    Some(RecordSelection {
        bounds: None,
        as_of_size,
    })
}

/// The projections over what a query is about.
pub(crate) async fn list(
    client: &mut Compliance,
    like: &QueryProjectionRequest,
) -> v1::GetProjectionsResponse {
    let request = GetProjectionsRequest {
        ledger: like.ledger.clone(),
        selection: like.selection,
        open_sealed: like.open_sealed,
        purpose: like.purpose.clone(),
    };
    client.get_projections(request).await.unwrap().into_inner()
}

/// A mapping that reads every projection there is, so that a report names the states of all.
pub(crate) async fn mapping_of_all(client: &mut Compliance, place: &Place) -> String {
    let listed = list(client, &query("")).await;
    let mut projections = String::new();
    let mut criteria = String::new();
    for projection in &listed.projections {
        let fold = projection.fold.as_ref().unwrap();
        projections.push_str(&format!("  {}: {}\n", fold.name, fold.version));
        let counts = |one: &&v1::Measure| matches!(one.value, Some(measure::Value::Count(_)));
        let one = projection.measures.iter().find(counts).unwrap();
        let measure = &one.name;
        criteria.push_str(&format!(
            "      - measure: {measure}\n        shown: true\n        says: it is counted\n"
        ));
    }
    let mapping = format!(
        "format: indelible-mapping/1\nid: all\nversion: 1\ndate: 2026-11-21\ntitle: All projections\nshort: All\n\
         review: no-legal-review\nsources:\n  - id: test\n    title: A test\n    date: 2026-11-21\n    kind: primary\n\
         projections:\n{projections}clauses:\n  - id: \"1\"\n    title: All\n    asks: Everything is counted.\n    \
         not_assessable: It only shows.\n    criteria:\n{criteria}    unknown:\n      - Nothing.\n"
    );
    let path = place.file("all.yaml");
    fs::write(&path, mapping).unwrap();
    path.display().to_string()
}

/// What a report says of folds and tables.
pub(crate) fn said(report: &Value) -> (Value, Value) {
    (report["projections"].clone(), report["tables"].clone())
}

/// Exports the ledger, and lets the auditor's program fold it: the size, and what it says of folds and tables.
pub(crate) async fn audited(
    client: &mut Client,
    named: &Named,
    mapping: &str,
    place: &Place,
) -> (u64, (Value, Value)) {
    let bundle = place.file("audited.tar");
    export(client, "audit", None, &bundle).await;
    let output = Command::new(program())
        .arg("report")
        .arg(&bundle)
        .args(["--key", &named.verifier_key, "--framework", mapping])
        .args(["--tables", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let size = report["ledger"]["checkpoint_size"].as_u64().unwrap();
    (size, said(&report))
}
