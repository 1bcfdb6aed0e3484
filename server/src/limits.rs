//! Every limit of the gRPC edge, by name and in one place.
//!
//! The evidence format limits events, and the ledger limits its queue. HTTP/2 and gRPC leave many things unlimited by default,
//! so everything that can be limited is limited from here.

mod approvals;
mod backups;
mod calls;
mod monitoring;
mod overload;
mod own_tokens;
mod register;

pub use self::{
    approvals::*, backups::*, calls::*, monitoring::*, overload::*, own_tokens::*, register::*,
};

/// Connections that are open at once; further ones are told so, and closed. With few open files it is fewer:
/// [`OPEN_FILES_MIN`] and what follows it say how many.
pub const CONNECTIONS_MAX: usize = 1_024;

/// Connections beyond these that are kept for root and the daemon's own user over a Unix socket.
pub const OPERATOR_CONNECTIONS: usize = 8;

/// Connections of one address with TLS, or of one user over a Unix socket, that are open at once, unless configured
/// otherwise; root and the daemon's own user over a Unix socket may have more.
pub const CONNECTIONS_PER_ADDRESS_DEFAULT: u64 = 256;

/// Connections that are refused and may read why, at once; others are closed without waiting for that.
pub const REFUSALS_MAX: usize = 32;

/// Open files with which a daemon starts at least.
pub const OPEN_FILES_MIN: u64 = 256;

/// Open files that neither connections nor the store's tables take: logs, the anchor, what is being exported, monitoring,
/// providers of keys, and connections that are being refused.
pub const OPEN_FILES_RESERVE: u64 = 128;

/// Open files of the store's tables.
pub const OPEN_TABLES_MAX: u64 = 4_096;

/// Time from the accept of a connection until its first request.
pub const FIRST_REQUEST_SECONDS_MAX: u64 = 10;

/// Time for a message to arrive, once it has begun; for the one message of a call, from the call's beginning.
pub const MESSAGE_SECONDS_MAX: u64 = 20;

/// Time in which a client must read [`STALL_BYTES_MIN`] of what is ready for it, or all of it.
pub const STALL_SECONDS_MAX: u64 = 30;

/// What a client must read in [`STALL_SECONDS_MAX`].
pub const STALL_BYTES_MIN: usize = 64 * 1_024;

/// Time for which a call waits for room in a budget of bytes.
pub const ROOM_SECONDS_MAX: u64 = 10;

/// What is buffered of unfinished messages for one connection. Not less than [`REQUEST_BYTES_MAX`].
pub const CONNECTION_MESSAGE_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// What is buffered of unread answers for one connection. Not less than two pages that are being made.
pub const CONNECTION_ANSWER_BYTES_MAX: usize = 12 * 1_024 * 1_024;

/// Messages and answers up to this have a budget of their own, so that they never wait behind large ones.
pub const SMALL_BYTES_MAX: usize = 64 * 1_024;

/// What is put aside for the answer to a batch.
pub const ANSWER_BYTES_USUAL: usize = 16 * 1_024;

/// What is put aside for the acknowledgement of a message of an append stream, until it is known.
pub const ACKNOWLEDGEMENT_BYTES: usize = 112;

/// What is added to this for each event of the message, since it may be a repeat.
pub const REPEAT_BYTES: usize = 80;

/// Acknowledgements of one append stream that need no other room, so that no stream waits for room that others have.
pub const STREAM_ACKNOWLEDGEMENT_BYTES: usize = 2 * 1_024;

/// What is put aside for one record, or for a list of short items, until its size is known.
pub const RECORD_ROOM_BYTES: usize = 1_024 * 1_024;

/// What is put aside for a page, until its size is known: it may end with a record of the greatest size, and its records
/// take more than their bytes.
pub const PAGE_ROOM_BYTES: usize = 5 * 1_024 * 1_024;

/// What a page takes while it is made, beyond its room: its records as they are stored, opened, and as they are sent. As many
/// pages are made at once as there are processors, and as a sixteenth of the memory holds of this, one at least.
pub const PAGE_MAKING_BYTES: usize = 8 * 1_024 * 1_024;

/// What is put aside for one message to a follower, until its size is known.
pub const FOLLOW_ROOM_BYTES: usize = 5 * 1_024 * 1_024 / 2;

/// What a stream hands to HTTP/2 before it is written to the socket.
pub const SEND_BYTES_MAX: usize = 128 * 1_024;

/// Calls in progress on one connection, as HTTP/2 announces it to the client.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 1_024;

/// Streams that a peer may reset before they were accepted; then its connection is closed.
pub const PENDING_ACCEPT_RESET_STREAMS_MAX: usize = 20;

/// Streams that the daemon resets for a peer's errors; then the peer's connection is closed.
pub const LOCAL_ERROR_RESET_STREAMS_MAX: usize = 128;

/// All headers of one request together.
pub const HEADER_LIST_BYTES_MAX: u32 = 16 * 1_024;

/// One text in an error, such as its message. A longer one lacks its middle, and where characters become longer on the wire,
/// texts are shorter.
pub const ERROR_TEXT_BYTES_MAX: usize = 1_024;

/// The trailers of an error, as peers count them: many take 8 KiB, with the headers of an answer that is only that.
pub const ERROR_TRAILERS_BYTES_MAX: usize = 7 * 1_024;

/// What a client may send on one stream before a handler has read it.
pub const STREAM_WINDOW_BYTES: u32 = 64 * 1_024 - 1;

/// What a client may send on one connection before handlers have read it: the least that HTTP/2 allows.
pub const CONNECTION_WINDOW_BYTES: u32 = 64 * 1_024 - 1;

/// What is added to this on a connection with calls, while the budget of windows has enough.
pub const WIDE_WINDOW_BYTES: usize = 512 * 1_024;

/// What stays in the budget of windows for connections whose messages wait for room.
pub const WINDOW_BYTES_SPARE: usize = 4 * 1_024 * 1_024;

/// One HTTP/2 frame.
pub const FRAME_BYTES_MAX: u32 = 64 * 1_024;

/// What is read of one connection before others have their turn.
pub const TURN_BYTES_MAX: usize = 16 * 1_024;

/// Calls of one connection that begin before others have their turn, and that HTTP/2 begins before it hands them over.
pub const CALLS_BEGUN_IN_A_TURN_MAX: usize = 32;

/// SETTINGS that a peer may send at once; beyond that its connection is closed.
pub const SETTINGS_AT_ONCE_MAX: u64 = 32;

/// SETTINGS that are forgiven in a second.
pub const SETTINGS_PER_SECOND_MAX: u64 = 1;

/// Bytes of frames that belong to no call's headers or data, which a peer may send at once; beyond that its connection is
/// closed.
pub const CONTROL_BYTES_AT_ONCE_MAX: u64 = 64 * 1_024;

/// What is forgiven of these in a second.
pub const CONTROL_BYTES_PER_SECOND_MAX: u64 = 16 * 1_024;

/// What is forgiven of these for each frame of headers or data, in either direction, besides a sixteenth of its data.
pub const CONTROL_BYTES_PER_CALL_FRAME: u64 = 128;

/// How often an idle connection's peer is asked whether it is there.
pub const KEEPALIVE_INTERVAL_SECONDS: u64 = 60;

/// A peer that does not answer within this time is taken as gone.
pub const KEEPALIVE_TIMEOUT_SECONDS: u64 = 20;

/// How long a connection that was answered to the end waits for its peer to close it.
pub const LINGER_MS: u64 = 1_000;

/// How long the place of a connection that ended by its peer's fault stays taken.
pub const HELD_AFTER_FAULT_MS: u64 = 3_000;

/// The client of a connection of this age is asked to open a new one, and its calls run to their end.
pub const CONNECTION_AGE_SECONDS_MAX: u64 = 24 * 60 * 60;

/// Callers whose rates are counted; beyond that, those who have no account share one.
pub const RATE_ACCOUNTS_MAX: usize = 16_384;

/// Tokens of one address that are refused in a minute, after which its tokens are not looked at until one failure is
/// forgiven, unless configured otherwise.
pub const FAILED_AUTHENTICATIONS_PER_MINUTE_DEFAULT: u64 = 60;

/// Addresses whose failed authentications are counted; beyond that, the one that would be forgiven first is forgotten.
pub const FAILED_ADDRESSES_MAX: usize = 16_384;

/// Refusals of one kind to one caller, or one address, that are lines of the log each; further ones are counted, and told
/// together.
pub const REFUSALS_LOGGED_FIRST: u64 = 5;

/// How often refusals that were only counted are told.
pub const REFUSALS_TOLD_SECONDS: u64 = 60;

/// Callers and addresses whose refusals are counted apart; those of others are counted by kind alone.
pub const REFUSED_CALLERS_MAX: usize = 128;

/// Issuers of tokens.
pub const ISSUERS_MAX: usize = 16;

/// How often an issuer's keys are fetched; more often where they may not become so old.
pub const ISSUER_KEYS_SECONDS: u64 = 300;

/// When the keys of an issuer are fetched again after that failed; sooner where they may not become so old.
pub const ISSUER_KEYS_RETRY_SECONDS: u64 = 30;

/// How often the file with the keys of an issuer is read.
pub const ISSUER_FILE_SECONDS: u64 = 5;

/// Time for fetching the keys of an issuer.
pub const ISSUER_FETCH_SECONDS_MAX: u64 = 10;

/// Time for which a call waits whose token has a key that is not known, while the keys of its issuer are fetched.
pub const ISSUER_KEY_WAIT_SECONDS_MAX: u64 = 3;

/// How often the token of a call that lasts is held against the clock.
pub const TOKEN_SECONDS: u64 = 60;

/// Keys of clients that may be revoked in the configuration file.
pub const REVOKED_CLIENT_KEYS_MAX: usize = 4_096;

/// How often the files of TLS are looked at.
pub const TLS_FILES_SECONDS: u64 = 5;

/// How often the configuration file is looked at, for what is taken without a restart.
pub const CONFIG_FILE_SECONDS: u64 = 5;

/// Bytes of a configuration file that is not taken, up to which its digest is on record.
pub const REFUSED_FILE_BYTES_MAX: u64 = 16 * 1_024 * 1_024;

/// How often a client's certificate is held against the clock while its connection is open.
pub const CERTIFICATE_SECONDS: u64 = 60;

/// Time for the calls of a client whose certificate is not valid any more; then its connection is cut.
pub const CERTIFICATE_LOST_SECONDS_MAX: u64 = 10;

/// A certificate that ends within this time is a notice.
pub const CERTIFICATE_ENDS_SOON_SECONDS: i64 = 14 * 24 * 60 * 60;

/// A handler that has not answered after this time is stopped. A shorter deadline of the client counts instead. For calls
/// that stream, it is the time until the headers of the answer.
pub const CALL_SECONDS_MAX: u64 = 60;
/// Seconds between two looks at which approvals of agents' acts have expired.
pub const EXPIRED_APPROVALS_LOOK_SECONDS: u64 = 10;
/// Requests of one stream of decisions that are on their way at once.
pub const STREAM_DECISIONS_MAX: usize = 64;
/// Seconds that one call for a decision waits for a human, at most: less than a call may take.
pub const DECISION_WAIT_SECONDS_MAX: u32 = 50;

/// Ledgers that are halted or resumed at once where all are.
pub const LEDGERS_HALTED_AT_ONCE: usize = 32;

/// Open decisions that the answer to a halt of all ledgers names.
pub const OPEN_DECISIONS_TOLD_MAX: usize = 10_000;

/// One batch of events.
pub use indelible_ledger::limits::BATCH_EVENTS_MAX;

/// The message of one batch.
pub use indelible_ledger::limits::BATCH_BYTES_MAX;

/// One request: a batch, and some room for the other fields.
pub const REQUEST_BYTES_MAX: usize = BATCH_BYTES_MAX + 64 * 1_024;

/// One request of the key, access, health and reflection services.
pub const SMALL_REQUEST_BYTES_MAX: usize = 16 * 1_024;

/// The mapping of a report.
pub const MAPPING_BYTES_MAX: usize = 256 * 1_024;

/// One request of the compliance service: a mapping, and some room for the other fields.
pub const REPORT_REQUEST_BYTES_MAX: usize = MAPPING_BYTES_MAX + 64 * 1_024;

/// One answer. The largest is a page that ends with a record of the greatest size.
pub const RESPONSE_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// A call's request id, best a UUID.
pub use indelible_ledger::limits::REQUEST_ID_BYTES_MAX;

/// The reason for the end of a ledger: beside it the ledger's record names the bundle.
pub const END_REASON_BYTES_MAX: usize = 800;

/// A page token, before it is decoded.
pub const PAGE_TOKEN_BYTES_MAX: usize = 1_024;

/// Items of a page if the caller gives no number.
pub const PAGE_ITEMS_DEFAULT: usize = 100;

/// Items of a page.
pub const PAGE_ITEMS_MAX: usize = 1_000;

/// Records of a page, as stored. Below what gRPC clients accept by default (4 MiB).
pub const PAGE_BYTES_MAX: usize = 3 * 1_024 * 1_024;

/// Messages of one append stream that are read but not yet acknowledged to the client.
pub const STREAM_IN_FLIGHT_MESSAGES_MAX: usize = 256;

/// Bytes of one append stream that are read but not yet acknowledged to the client. Not less than
/// [`REQUEST_BYTES_MAX`], or the largest message would wait forever.
pub const STREAM_IN_FLIGHT_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Records of one message to a follower.
pub const FOLLOW_RECORDS_MAX: usize = 512;

/// Records of one message to a follower, as stored.
pub const FOLLOW_BYTES_MAX: usize = 1_024 * 1_024;

/// Messages to a follower that may wait for it.
pub const FOLLOW_MESSAGES_AHEAD_MAX: usize = 2;

/// The same where they hold decrypted records: as little as possible waits, for an erasure drops it.
pub const OPENED_MESSAGES_AHEAD_MAX: usize = 1;

/// What the transport is given at once of an answer that holds decrypted records: one frame of the default size. An
/// erasure can't take it back.
pub const OPENED_PIECE_BYTES_MAX: usize = 16 * 1_024;

/// How often a follower that has seen everything gets a heartbeat.
pub const FOLLOW_HEARTBEAT_SECONDS: u64 = 15;

/// One piece of an exported bundle.
pub const EXPORT_CHUNK_BYTES: usize = 128 * 1_024;

/// Pieces of an exported bundle that may wait for the client.
pub const EXPORT_CHUNKS_AHEAD_MAX: usize = 4;

/// Bundles that are being exported at once.
pub const EXPORTS_MAX: usize = 4;

/// Rows of a projection's table on a page if the caller gives no number.
pub const PROJECTION_ROWS_DEFAULT: usize = 1_000;

/// Rows of a projection's table on a page.
pub const PROJECTION_ROWS_MAX: usize = 10_000;

/// Filters of one query of a table.
pub const PROJECTION_FILTERS_MAX: usize = 16;

/// Queries of projections that are answered at once: each may fold what has no stored state on all cores.
pub const PROJECTIONS_MAX: usize = 8;

/// Ledgers whose projections are being rebuilt at once: one thread makes the states of all.
pub const REBUILDS_MAX: usize = 2;

/// Ledgers that are being verified at once.
pub const VERIFICATIONS_MAX: usize = 2;

/// Reports that are being made at once: each verifies and folds on all cores.
pub const REPORTS_MAX: usize = 2;

/// Data subjects that are being erased at once. One erasure runs after the other; the others wait.
pub const ERASURES_MAX: usize = 8;

/// Shortest time between two progress messages of a call.
pub const PROGRESS_INTERVAL_MS: u64 = 250;

/// Threads for reads, proofs, verifications and exports.
pub const BLOCKING_THREADS_MAX: usize = 64;

/// An idle one of these ends after this time, since the allocator gives back what it freed only then.
pub const BLOCKING_THREAD_IDLE_MS: u64 = 1_000;

/// How often memory that the storage engine has freed is given back to the system.
pub const FREED_LOOK_MS: u64 = 2_000;

/// Processor time of the whole process since the last time, with less of which there is nothing to give back.
pub const FREED_WORK_MS_MIN: u64 = 20;

/// What waits to be recorded in the store's own ledger while that takes no records; the rest is told by its number.
pub const SYSTEM_NOTES_MAX: usize = 10_000;

/// Configurations that wait to be recorded there; of more, the first and the last are, and the rest is told by its number.
pub const SYSTEM_LOADED_MAX: usize = 16;

/// How long a start waits until it is recorded in the store's own ledger.
pub const SYSTEM_FIRST_SECONDS_MAX: u64 = 5;

/// Records that the store's own ledger is given at once.
pub const SYSTEM_RECORDS_AT_ONCE: usize = 100;

/// How often what waits is recorded there, and refusals are summed up.
pub const SYSTEM_ROUND_MS: u64 = 1_000;

/// Callers whose refusals are summed up by themselves; beyond that, those of all others are one sum.
pub const SYSTEM_REFUSED_CALLERS_MAX: usize = 1_024;

/// Places of one caller whose refusals are summed up by themselves; beyond that, those of all its other places are one sum.
pub const SYSTEM_REFUSED_PLACES_MAX: usize = 8;

/// A drain that has not ended after this time closes what is still open.
pub const DRAIN_SECONDS_MAX: u64 = 10;

/// A start that somebody stopped, and that has not ended after this time, ends with the process.
pub const START_BROKEN_OFF_SECONDS_MAX: u64 = 3;

/// When a caller may retry what was refused for lack of room, unless the ledger knows better.
pub const RETRY_DELAY_MS: u64 = 100;

/// When a caller may retry what only a restart can settle.
pub const RETRY_AFTER_RESTART_MS: u64 = 5_000;

/// A configuration file: room for as many bindings as there may be.
pub const CONFIG_BYTES_MAX: u64 = 4 * 1_024 * 1_024;

const _: () = assert!(STREAM_IN_FLIGHT_BYTES_MAX >= REQUEST_BYTES_MAX);
const _: () = assert!(CONNECTION_WINDOW_BYTES >= STREAM_WINDOW_BYTES);
const _: () = assert!(CONNECTION_MESSAGE_BYTES_MAX >= REQUEST_BYTES_MAX);
const _: () = assert!(CONNECTION_ANSWER_BYTES_MAX >= 2 * PAGE_ROOM_BYTES);
const _: () = assert!(PAGE_ROOM_BYTES > PAGE_BYTES_MAX && FOLLOW_ROOM_BYTES > FOLLOW_BYTES_MAX);
