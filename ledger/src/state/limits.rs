//! Every limit of the ledger's engine, by name.

use std::time::Duration;

/// Events in one append.
pub const BATCH_EVENTS_MAX: usize = 1_024;
/// Bytes of bodies and payloads in one append.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// Events that may wait for one ledger's writer; one more is refused with a delay.
pub const WAITING_EVENTS_MAX: usize = 32_768;
/// Bytes of bodies and payloads that may wait for one ledger's writer; never more than what is left for all others, one append
/// excepted.
pub const WAITING_BYTES_MAX: usize = 64 << 20;
/// Bytes of bodies and payloads that may wait for all ledgers together, unless configured otherwise.
pub const WAITING_BYTES_TOTAL_MAX: usize = 512 << 20;
/// Bytes of the sources that one statement names, so that it has room in a record's header with all that stands beside them.
pub const SOURCES_BYTES_MAX: usize = 8 << 10;
/// Bytes of a statement of settings (signed sources, rules of retention, the reason), so that it has room in a record's header
/// with the signature beside it.
pub const SETTINGS_BYTES_MAX: usize = 15 << 10;
/// Of what may wait for a ledger, one part in so many is kept for small appends of callers for whom nothing waits.
pub const FIRST_APPENDS_PART: usize = 8;
/// Events of such an append.
pub const FIRST_APPEND_EVENTS_MAX: usize = 4;
/// Bytes of its bodies and payloads.
pub const FIRST_APPEND_BYTES_MAX: usize = 16 << 10;
/// What a caller that is refused for a full queue is told to wait.
pub const QUEUE_RETRY: Duration = Duration::from_millis(20);
/// Events that share one sync.
pub const GROUP_EVENTS_MAX: usize = 8_192;
/// Bytes that share one sync.
pub const GROUP_BYTES_MAX: usize = 16 << 20;
/// What the work of one ledger may weigh before that of the next one has its turn, and within a ledger what one caller's may.
pub const TURN_BYTES: usize = 64 << 10;
/// What an event weighs in such a turn, beyond its body and payload.
pub const EVENT_IN_TURN_BYTES: usize = 512;
/// Groups that may be linked and not yet durable: one that is being synced, and one ahead.
pub const GROUPS_AHEAD_MAX: usize = 2;
/// Events that make it worth linking a group while another is being synced: fewer are linked faster than
/// they would be synced by themselves.
pub const EVENTS_WORTH_LINKING_AHEAD: usize = 512;
/// Events up to which the writer syncs a group that is alone itself, which saves handing it over.
pub const LONE_GROUP_EVENTS_MAX: usize = 64;
/// Records that an epoch key may sign for.
pub const EPOCH_SPAN_RECORDS: u64 = 1 << 24;
/// Records that one step of the index takes in.
pub const INDEX_STEP_RECORDS: u64 = 16_384;
/// Records by which the index may lag behind a ledger; beyond it appends are refused with a delay.
pub const INDEX_LAG_RECORDS_MAX: u64 = 4 << 20;
/// Records whose projections are stored as one state.
pub const PROJECTION_SEGMENT_RECORDS: u64 = 16_384;
/// Records by which the projections' states may fall behind a ledger that grows; beyond it appends are refused with a
/// delay.
pub const PROJECTION_LAG_RECORDS_MAX: u64 = 4 << 20;
/// Sealed records, of all ledgers together, whose index terms wait in memory for the indexer, at 76 bytes each.
pub const TERMS_AHEAD_RECORDS_MAX: usize = 1 << 19;
/// Data keys that are open at once, in locked memory.
pub const DATA_KEYS_CACHED_MAX: usize = 2_048;
/// Time for which an opened data key is kept.
pub const DATA_KEY_CACHED: Duration = Duration::from_secs(300);
/// Data keys of people, made since the start, that are remembered for each ledger until records that name them are looked
/// for. If there are more, those that were made for refused appends, and that no record names, are destroyed.
pub const UNUSED_KEYS_KEPT_MAX: usize = 1_024;
/// For so long at least a data key is kept that no record names: its append may still be on its way.
pub const UNUSED_KEY_KEPT: Duration = Duration::from_secs(60);
/// Data keys of refused appends that are destroyed for each ledger until the restart; further ones stay until then.
pub const UNUSED_KEYS_GIVEN_UP_MAX: usize = 1 << 18;
/// Time between two rounds of publication.
pub const PUBLICATION_INTERVAL: Duration = Duration::from_secs(1);
/// Ledgers that one round of publication may sign for, all together.
pub const PUBLICATION_LEDGERS_MAX: usize = 4_096;
/// Time after which a checkpoint gets a new timestamp even if nothing was appended.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(3_600);
/// Records that one page of a list may look at before it ends early.
pub const LIST_EXAMINED_MAX: usize = 100_000;
/// Bytes of a request id.
pub const REQUEST_ID_BYTES_MAX: usize = 64;
/// The first pause before the provider of the keys is asked again, where it was away at the start.
pub const KEYS_RETRY_MIN: Duration = Duration::from_secs(1);
/// The longest of these pauses.
pub const KEYS_RETRY_MAX: Duration = Duration::from_secs(30);
/// Time between two looks at whether the providers of keys can be used, while all goes well.
pub const KEYS_PROBE: Duration = Duration::from_secs(60);
/// The same while one can't be used, and after a call of one has failed.
pub const KEYS_PROBE_AGAIN: Duration = Duration::from_secs(5);
/// Ledgers that a daemon may hold, closed ones included, unless configured otherwise. Each takes 2 KiB of the anchor, and a
/// place in every round of publication.
pub const LEDGERS_MAX: u64 = 10_000;
/// How far the clock on the wall may be ahead of what is recorded before somebody has to say that it is right, unless
/// configured otherwise.
pub const CLOCK_STEP_MAX: Duration = Duration::from_secs(7 * 86_400);
/// A step of the clock that is worth a line in the log.
pub const CLOCK_STEP_TOLD: Duration = Duration::from_millis(500);
/// How far the clock may be behind the newest recorded time before it is told.
pub const CLOCK_BEHIND_TOLD: Duration = Duration::from_secs(1);
/// How far the clock may be from the time that a person has confirmed.
pub const CLOCK_SEEN_WITHIN: Duration = Duration::from_secs(3_600);
/// Data keys that a rescue keeps open at once.
pub const RESCUE_KEYS_OPEN_MAX: usize = 1 << 16;
/// Data keys that a rescue names of a ledger, among those that it could not open.
pub const RESCUE_KEYS_TOLD_MAX: usize = 100;
/// Data keys whose copies are made and written at once, where keys from before get copies.
pub const KEY_COPIES_AT_ONCE: usize = 128;
/// The longest pause between two such writes: it is as long as the one before took.
pub const KEY_COPY_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Time between two looks at the clock and at the files.
pub const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// Time for which a lack of resources is told after it was met last.
pub const SHORTAGE_TOLD: Duration = Duration::from_secs(600);
/// Records from the first to the last of a file of the archive.
pub const ARCHIVE_FILE_RECORDS_MAX: u64 = 1 << 16;
/// Bytes of bodies and payloads in a file of the archive.
pub const ARCHIVE_FILE_BYTES_MAX: u64 = 256 << 20;
/// Time from the first to the last record of a file of the archive: a file goes as a whole, so where all of it is erased
/// under rules that count from the recorded time, none of it outlives its time by more.
pub const ARCHIVE_FILE_SPAN: Duration = Duration::from_secs(31 * 86_400);
/// Files of the archive of which it is remembered where parts stand in them.
pub const ARCHIVE_INDEXES_MAX: usize = 8;
/// The longest time after a start before what is past its time is disposed of, where that is done without being asked for.
pub const RETENTION_FIRST_AFTER: Duration = Duration::from_secs(60);
/// Time between two rounds of that, unless configured otherwise.
pub const RETENTION_EVERY: Duration = Duration::from_secs(86_400);
/// Free bytes on the data volume below which ledgers become read-only.
pub const DISK_FREE_BYTES_MIN: u64 = 256 << 20;
/// Types of a data subject's events that are counted one by one; the events of all others are one number.
pub const TYPES_TOLD_MAX: usize = 256;
/// Of the ledgers that a daemon may hold, one part in so many is for those who administer the store: operators of some ledgers
/// can't use it up. Of fewer ledgers than that, none is.
pub const LEDGERS_RESERVE_PARTS: u64 = 10;
/// Bytes that the scrub reads in a second, unless configured otherwise: 1 TB in three days.
pub const SCRUB_BYTES_PER_SECOND: u64 = 4 << 20;
/// Time after a start in which the scrub reads nothing, unless configured otherwise.
pub const SCRUB_START_DELAY: Duration = Duration::from_secs(60);
/// Time from the end of a ledger's pass of the scrub to its next one, unless configured otherwise.
pub const SCRUB_PASS_INTERVAL: Duration = Duration::from_secs(86_400);
/// Bytes that one step of the scrub reads, about: it ends with a full tile.
pub const SCRUB_STEP_BYTES: u64 = 1 << 20;
/// Records that one step of the scrub reads at most.
pub const SCRUB_STEP_RECORDS: u64 = 8_192;
/// Steps of the scrub that are taken without a pause, if they read no more together than such a part of what one may read.
pub const SCRUB_STEPS_MAX: u64 = 32;
/// The shortest pause between steps of the scrub.
pub const SCRUB_PAUSE_MIN: Duration = Duration::from_millis(5);
/// How long the scrub waits before it looks again, while appends wait for the writer.
pub const SCRUB_YIELD: Duration = Duration::from_millis(50);
/// How often in a row it does so before it takes a step all the same.
pub const SCRUB_YIELDS_MAX: u32 = 20;
/// Time between two looks at which ledger is due for the scrub, and before one that could not be read is tried again.
pub const SCRUB_LOOK: Duration = Duration::from_secs(60);
/// How often it is stored how far the scrub is.
pub const SCRUB_KEPT: Duration = Duration::from_secs(60);
/// How long after its next pass was due a ledger whose pass has not ended is told of.
pub const SCRUB_BEHIND_TOLD: Duration = Duration::from_secs(7 * 86_400);
/// Bytes of all documents of policies of one ledger.
pub const POLICIES_BYTES_MAX: usize = 64 << 20;
/// Decisions of one ledger that wait for an approval at once. Further ones are answered at once.
pub const WAITING_DECISIONS_MAX: usize = 256;
/// Approvals whose end is recorded at once.
pub const EXPIRED_APPROVALS_RECORDED: usize = 64;
/// Principals that may speak for one agent, besides one of its own name.
pub const AGENT_SPEAKERS_MAX: usize = 64;
/// Governance records after which the state is recorded again.
pub const GOVERNANCE_STATE_RECORDS: u64 = 1_000;
/// Time between two records of the state at least.
pub const GOVERNANCE_STATE_EVERY: Duration = Duration::from_secs(60);
/// Time for which equal refused calls are counted, before they are one record.
pub const REFUSALS_EVERY: Duration = Duration::from_secs(60);
/// Refused calls of a ledger that are told apart in that time. Further ones are counted together.
pub const REFUSALS_TOLD_APART_MAX: usize = 1_024;
/// Of one caller; its further ones are counted by call and reason.
pub const REFUSALS_OF_CALLER_TOLD_APART_MAX: usize = 32;
/// Bytes of a state that is recorded and kept. Of a larger one a start reads the records.
pub const GOVERNANCE_STATE_BYTES_MAX: usize = 32 << 20;
