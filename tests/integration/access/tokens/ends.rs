//! Nothing is served with a token after the answer that says it is revoked, nor after its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, CreateTokenRequest, FollowRecordsRequest, FollowRecordsResponse,
    ListEventsRequest,
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::{Rig, appending, reading, reason, wanted};
use crate::{
    access::believer::bearing,
    support::{
        calls::{append, create, event},
        chance::Chance,
        daemon::Client,
    },
};

const PATIENCE: Duration = Duration::from_secs(30);
const ROUNDS: usize = 8;

fn streamed(id: &str) -> AppendStreamRequest {
    AppendStreamRequest {
        ledger: "payments".into(),
        events: vec![event(id)],
    }
}

async fn following(client: &mut Client, text: &str) -> Streaming<FollowRecordsResponse> {
    let request = FollowRecordsRequest {
        ledger: "payments".into(),
        ..Default::default()
    };
    let answer = client.follow_records(bearing(request, Some(text))).await;
    answer.unwrap().into_inner()
}

/// How a stream ends, and what it gave until then.
async fn ended(mut stream: Streaming<FollowRecordsResponse>) -> (u64, Status) {
    let mut size = 0;
    loop {
        match tokio::time::timeout(PATIENCE, stream.message())
            .await
            .unwrap()
        {
            Ok(Some(message)) => size = size.max(message.size),
            Ok(None) => panic!("it ended without an error"),
            Err(status) => return (size, status),
        }
    }
}

/// Calls without pause until one is refused. The error says that one was served that began after the answer.
fn calls(
    mut client: Client,
    text: String,
    answered: Arc<AtomicBool>,
    appends: bool,
) -> JoinHandle<Result<usize, usize>> {
    tokio::spawn(async move {
        let mut served = 0;
        loop {
            let is_late = answered.load(Ordering::SeqCst);
            let id = format!("{}-{served}-{is_late}", &text[..13]);
            let outcome = match appends {
                true => client
                    .append(bearing(appending("payments", &id), Some(&text)))
                    .await
                    .map(drop),
                false => client
                    .get_record(bearing(reading("payments"), Some(&text)))
                    .await
                    .map(drop),
            };
            match outcome {
                Ok(()) if is_late => return Err(served),
                Ok(()) => served += 1,
                Err(status) if reason(&status) == "TOKEN_NOT_ACCEPTED" => return Ok(served),
                Err(status) => panic!("{status:?}"),
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_revoked_under_load_serves_nothing_after_the_answer() {
    let mut rig = Rig::start("failed_authentications_per_minute = 0").await;
    create(&mut rig.client, "payments").await;
    let mut chance = Chance::new("a token is revoked under load");
    let mut served = 0;
    for round in 0..ROUNDS {
        let made = rig.make(wanted(&["writer", "reader"], &["payments"])).await;
        let (text, id) = (made.text, made.token.unwrap().token_id);
        let mut bearer = rig.bearer().await;
        let follower = tokio::spawn(ended(following(&mut bearer, &text).await));
        let (sender, receiver) = mpsc::channel(1);
        let request = bearing(ReceiverStream::new(receiver), Some(text.as_str()));
        let mut acknowledged = bearer.append_stream(request).await.unwrap().into_inner();
        sender
            .send(streamed(&format!("first-{round}")))
            .await
            .unwrap();
        acknowledged.message().await.unwrap().unwrap();
        let answered = Arc::new(AtomicBool::new(false));
        let mut loads = Vec::new();
        for number in 0..4 {
            let client = rig.bearer().await;
            loads.push(calls(
                client,
                text.clone(),
                Arc::clone(&answered),
                number % 2 == 0,
            ));
        }
        tokio::time::sleep(Duration::from_millis(chance.within(20..120))).await;
        rig.revoke(&id).await;
        answered.store(true, Ordering::SeqCst);
        // Whatever is sent on the open stream now is not appended.
        let _gone = sender.send(streamed(&format!("late-{round}"))).await;
        let ended = tokio::time::timeout(PATIENCE, acknowledged.message());
        let refused = match ended.await.unwrap() {
            Ok(Some(_)) => panic!("a message was taken after the answer"),
            Ok(None) => panic!("it ended without an error"),
            Err(status) => status,
        };
        assert_eq!(reason(&refused), "TOKEN_NOT_ACCEPTED", "{refused}");
        assert!(refused.message().contains("was revoked"), "{refused}");
        // Nor is anything more sent to who follows.
        let marked = append(&mut rig.client, "payments", event(&format!("mark-{round}"))).await;
        let marked = marked.unwrap().sequence;
        let (size, refused) = follower.await.unwrap();
        assert_eq!(reason(&refused), "TOKEN_NOT_ACCEPTED", "{refused}");
        assert!(refused.message().contains("was revoked"), "{refused}");
        assert!(size <= marked, "{size}: record {marked} was sent");
        for load in loads {
            served += load.await.unwrap().unwrap_or_else(|late| {
                panic!("a call that began after the answer was served, the {late}th")
            });
        }
    }
    assert!(served > ROUNDS, "there was no load: {served}");
    let mut page_token = String::new();
    loop {
        let request = ListEventsRequest {
            ledger: "payments".into(),
            page_size: 1_000,
            page_token,
            ..Default::default()
        };
        let page = rig.client.list_events(request).await.unwrap().into_inner();
        for record in page.records {
            let id = record.event.map(|event| event.id).unwrap_or_default();
            assert!(!id.starts_with("late-") && !id.ends_with("-true"), "{id}");
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    rig.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_lasts_ends_when_its_token_expires() {
    let mut rig = Rig::start("").await;
    create(&mut rig.client, "payments").await;
    let begun = Instant::now();
    let request = CreateTokenRequest {
        valid_seconds: 4,
        ..wanted(&["reader"], &["payments"])
    };
    let made = rig.make(request).await;
    // It was made for no longer, so nobody is told that it ends soon.
    let status = rig
        .client
        .get_status(indelible_proto::v1::GetStatusRequest {})
        .await;
    let notices = status.unwrap().into_inner().notices;
    let told = notices
        .iter()
        .find(|notice| notice.code().name() == "TOKEN_ENDS_SOON");
    assert!(told.is_none(), "{told:?}");
    let mut bearer = rig.bearer().await;
    let following = following(&mut bearer, &made.text).await;
    let (_, over) = ended(following).await;
    assert_eq!(reason(&over), "TOKEN_NOT_ACCEPTED");
    assert!(over.message().contains("has expired"), "{over}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    // Whole seconds count.
    assert!(
        begun.elapsed() >= Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    let refused = bearer
        .get_record(bearing(reading("payments"), Some(&made.text)))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(reason(&refused), "TOKEN_NOT_ACCEPTED");
    assert!(refused.message().contains("expired"), "{refused}");
    rig.net.daemon.stop();
}
