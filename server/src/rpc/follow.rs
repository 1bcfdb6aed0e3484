//! FollowRecords: reading while there is something to read, then waiting for more. The place in the
//! ledger is one number, so that none is missed or sent twice when reading turns into waiting.

use std::{pin::pin, sync::Arc, time::Duration};

use indelible_ledger::{Ledger, ReadError};
use indelible_proto::v1;
use prost::Message as _;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Draining, Gate, Scope},
    blocking::making_page,
    opened::Opened,
    read::{Form, opening, records},
    refusal::Refusal,
    transport::Room,
};
use crate::limits::{
    FOLLOW_BYTES_MAX, FOLLOW_HEARTBEAT_SECONDS, FOLLOW_MESSAGES_AHEAD_MAX, FOLLOW_RECORDS_MAX,
    FOLLOW_ROOM_BYTES, OPENED_MESSAGES_AHEAD_MAX,
};

pub(super) type Following = ReceiverStream<Result<v1::FollowRecordsResponse, Status>>;

pub(super) async fn follow_records(
    gate: &Gate,
    request: Request<v1::FollowRecordsRequest>,
) -> Result<Response<Following>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Follow, Scope::Ledger(&request.ledger))?;
    let opening = opening(
        gate,
        &caller,
        &request.ledger,
        (Action::Decrypt, "follow"),
        request.open_sealed,
        &request.purpose,
    )?;
    let ledger = permit.ledger()?;
    let opened = opening.as_ref().map(|_| Opened::begin(&ledger));
    let ahead = match opened {
        Some(_) => OPENED_MESSAGES_AHEAD_MAX,
        None => FOLLOW_MESSAGES_AHEAD_MAX,
    };
    let form = Form::new(opening, request.include_evidence);
    let (sender, receiver) = mpsc::channel(ahead);
    let follower = Follower {
        ledger,
        next: request.start_sequence,
        form,
        room: Room::current(),
        sender,
    };
    tokio::spawn(follower.run(gate.draining()));
    let answer = Response::new(ReceiverStream::new(receiver));
    Ok(Opened::attach(opened, answer))
}

struct Follower {
    ledger: Ledger,
    /// The next sequence number to send.
    next: u64,
    form: Form,
    /// What the connection has for answers: while earlier ones are unread, nothing is read for this follower either.
    room: Option<Arc<Room>>,
    /// Full while the client does not read: then nothing is read for it either.
    sender: mpsc::Sender<Result<v1::FollowRecordsResponse, Status>>,
}

impl Follower {
    async fn run(mut self, mut draining: Draining) {
        let outcome = tokio::select! {
            outcome = self.follow() => outcome,
            () = draining.begun() => Err(Refusal::draining().into()),
        };
        if let Err(refused) = outcome {
            // A client that is gone needs no answer.
            let _gone = self.sender.send(Err(refused)).await;
        }
    }

    /// Ends without an error only when the client is gone.
    async fn follow(&mut self) -> Result<(), Status> {
        let mut sizes = self.ledger.watch();
        loop {
            // Seen before it is read, so that what commits meanwhile wakes the wait below.
            let size = *sizes.borrow_and_update();
            while self.next < size {
                if !self.pass_on(size).await? {
                    return Ok(());
                }
            }
            let heartbeat = tokio::time::sleep(Duration::from_secs(FOLLOW_HEARTBEAT_SECONDS));
            tokio::select! {
                changed = sizes.changed() => {
                    if changed.is_err() {
                        return Err(Refusal::draining().into());
                    }
                }
                () = self.sender.closed() => return Ok(()),
                () = pin!(heartbeat) => {
                    if !self.send(Vec::new(), size).await {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads some records and sends them; false if the client is gone.
    async fn pass_on(&mut self, size: u64) -> Result<bool, Status> {
        let room = match &self.room {
            Some(room) => tokio::select! {
                room = room.take(FOLLOW_ROOM_BYTES) => room,
                () = self.sender.closed() => return Ok(false),
            },
            None => None,
        };
        let turn = match &self.room {
            Some(room) => tokio::select! {
                turn = room.page() => turn,
                () = self.sender.closed() => return Ok(false),
            },
            None => None,
        };
        let records = self.read(turn).await?;
        self.next += records.len() as u64;
        if let (Some(mut taken), Some(room)) = (room, &self.room) {
            taken.shrink(records.iter().map(v1::LedgerRecord::encoded_len).sum());
            room.keep(taken);
        }
        Ok(self.send(records, size).await)
    }

    async fn send(&self, records: Vec<v1::LedgerRecord>, size: u64) -> bool {
        self.sender
            .send(Ok(v1::FollowRecordsResponse { records, size }))
            .await
            .is_ok()
    }

    async fn read(
        &self,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Vec<v1::LedgerRecord>, Status> {
        let (ledger, next, form) = (self.ledger.clone(), self.next, self.form.clone());
        making_page(turn, move || {
            let bytes_max = form.page_bytes(FOLLOW_BYTES_MAX);
            let views = ledger.records(next, FOLLOW_RECORDS_MAX, bytes_max)?;
            // A follower is promised every record: what is short of that is never passed over.
            let consecutive = views
                .iter()
                .zip(next..)
                .all(|(view, wanted)| view.sequence() == wanted);
            if views.is_empty() || !consecutive {
                return Err(ReadError::Damaged {
                    sequence: next,
                    what: "it is missing or out of order".into(),
                }
                .into());
            }
            records(&ledger, views, &form)
        })
        .await
    }
}
