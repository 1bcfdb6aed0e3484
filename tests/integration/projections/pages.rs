//! Pages and rows: what was asked for, as of one size.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_for_the_size_of_the_first_while_the_ledger_grows() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", about("erika", 1_000_000))
        .await
        .unwrap();
    decide(&mut client, 0..EVENTS).await;
    settled(&mut client).await;
    let whole = ask(&mut projections, &query("gaps.by_source"))
        .await
        .unwrap();
    assert!(
        whole.matching_row_count >= SOURCES,
        "{}",
        whole.matching_row_count
    );
    let holds = whole.coverage.clone().unwrap();
    assert!(holds.checkpoint.starts_with(&holds.origin), "{holds:?}");

    let mut paged = QueryProjectionRequest {
        page_size: 120,
        ..query("gaps.by_source")
    };
    let mut seen = Vec::new();
    let mut grown = EVENTS;
    loop {
        let page = ask(&mut projections, &paged).await.unwrap();
        let found = page.coverage.as_ref().unwrap();
        assert_eq!(
            (found.size, &found.root_hash),
            (holds.size, &holds.root_hash)
        );
        assert_eq!(
            (&page.fold, page.matching_row_count),
            (&whole.fold, whole.matching_row_count)
        );
        seen.extend(page.rows);
        if page.next_page_token.is_empty() {
            break;
        }
        paged.page_token = page.next_page_token;
        decide(&mut client, grown..grown + 900).await;
        grown += 900;
    }
    assert!(grown > EVENTS + 3 * 900, "there were pages");
    assert_eq!(seen, whole.rows);
    let now = ask(&mut projections, &query("gaps.by_source"))
        .await
        .unwrap();
    assert_ne!(now.rows, whole.rows, "it has grown");
    let earlier = QueryProjectionRequest {
        selection: as_of(holds.size),
        ..query("gaps.by_source")
    };
    assert_eq!(
        ask(&mut projections, &earlier).await.unwrap().rows,
        whole.rows
    );

    // A token goes on with its own query, and with no other.
    let others = [
        QueryProjectionRequest {
            table: "records.by_type".into(),
            ..paged.clone()
        },
        QueryProjectionRequest {
            selection: as_of(holds.size),
            ..paged.clone()
        },
        QueryProjectionRequest {
            filters: vec![only("events", "1")],
            ..paged.clone()
        },
        QueryProjectionRequest {
            open_sealed: true,
            ..paged.clone()
        },
        QueryProjectionRequest {
            selection: range(1, 0),
            ..paged.clone()
        },
        QueryProjectionRequest {
            page_token: "AQ".into(),
            ..paged.clone()
        },
    ];
    for other in others {
        let refused = ask(&mut projections, &other).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::PageTokenInvalid,
            "page_token",
        );
    }

    // Rows that an erasure changed can't be counted on from where the page before ended. Others can.
    let mut opened = QueryProjectionRequest {
        open_sealed: true,
        page_size: 1,
        ..query("decisions.by_model")
    };
    let page = ask(&mut projections, &opened).await.unwrap();
    opened.page_token = page.next_page_token;
    ask(&mut projections, &opened).await.unwrap();
    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let refused = ask(&mut projections, &opened).await;
    assert_refused(refused, Code::Aborted, ErrorReason::ProjectionChanged, "");
    ask(&mut projections, &paged).await.unwrap();
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_those_that_were_asked_for_and_what_there_is_not_is_said() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let mut projections = compliance(&daemon).await;
    create(&mut client, "audit").await;
    decide(&mut client, 0..105).await;
    let filtered = |filters: Vec<_>| QueryProjectionRequest {
        filters,
        ..query("decisions.by_combination")
    };
    let all = ask(&mut projections, &filtered(vec![])).await.unwrap();
    let column = |name: &str| all.columns.iter().position(|it| it == name).unwrap();
    let (model, result, count) = (column("model"), column("result"), column("decisions"));
    let all = rows(&all);
    let is = |row: &&Value, model_is: &str, result_is: &str| {
        row[model] == model_is && row[result] == result_is
    };
    let expected = all.as_array().unwrap().iter();
    let expected: Vec<_> = expected
        .filter(|row| is(row, "model 2", "fail"))
        .cloned()
        .collect();
    assert_eq!(expected.len(), 3, "one for each system: {all}");
    let filters = vec![only("model", "model 2"), only("result", "fail")];
    let found = ask(&mut projections, &filtered(filters)).await.unwrap();
    assert_eq!(
        (rows(&found), found.matching_row_count),
        (Value::Array(expected.clone()), 3)
    );
    let number = &expected[0][count];
    let found = ask(
        &mut projections,
        &filtered(vec![only("decisions", &number.to_string())]),
    )
    .await
    .unwrap();
    let has = |row: &Value| row[count] == *number;
    assert!(found.matching_row_count > 0 && rows(&found).as_array().unwrap().iter().all(has));
    let unknown = ask(&mut projections, &filtered(vec![only("policy", "")]))
        .await
        .unwrap();
    assert_eq!(
        unknown.matching_row_count,
        all.as_array().unwrap().len() as u64
    );
    let none = ask(&mut projections, &filtered(vec![only("model", "model 9")]))
        .await
        .unwrap();
    assert_eq!((none.matching_row_count, none.rows.len()), (0, 0));

    for table in ["decisions.by_colour", "decisions", "", "nobody.knows"] {
        let status = ask(&mut projections, &query(table)).await.unwrap_err();
        assert!(
            status.message().contains("decisions.by_model"),
            "{status:?}"
        );
        assert_refused(
            Err::<(), _>(status),
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            "table",
        );
    }
    let colours = filtered(vec![only("model", "x"), only("colour", "")]);
    let status = ask(&mut projections, &colours).await.unwrap_err();
    assert!(status.message().contains("model_version"), "{status:?}");
    let field = "filters[1].column";
    assert_refused(
        Err::<(), _>(status),
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        field,
    );
    let too_many = filtered(vec![only("model", "x"); 17]);
    let refused = ask(&mut projections, &too_many).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "filters",
    );

    let size = ledger(&mut client, "audit").await.size;
    let request = QueryProjectionRequest {
        selection: as_of(size + 1),
        ..query("decisions.by_model")
    };
    assert_refused(
        ask(&mut projections, &request).await,
        Code::OutOfRange,
        ErrorReason::SizeOutOfRange,
        "",
    );
    let request = GetProjectionsRequest {
        ledger: "audit".into(),
        selection: as_of(size + 1),
        ..Default::default()
    };
    assert_refused(
        projections.get_projections(request).await,
        Code::OutOfRange,
        ErrorReason::SizeOutOfRange,
        "",
    );
    let beyond = QueryProjectionRequest {
        selection: range(3, 9).map(|range| RecordSelection {
            as_of_size: 5,
            ..range
        }),
        ..query("decisions.by_model")
    };
    assert_refused(
        ask(&mut projections, &beyond).await,
        Code::OutOfRange,
        ErrorReason::SelectionEmpty,
        "",
    );
    daemon.stop();
}
